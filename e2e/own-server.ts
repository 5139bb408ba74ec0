import { type ChildProcess, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Streamside as `npm start` runs it, on a configuration of its own. */
export interface OwnServer {
  readonly url: string;
  /** Ends it and resolves when it is gone. */
  end(signal: "SIGINT" | "SIGKILL"): Promise<void>;
}

/**
 * @param folder for its configuration and its data
 * @param yaml the configuration
 */
export async function startOwnServer(folder: string, yaml: string): Promise<OwnServer> {
  const config = join(folder, "streamside.yaml");
  await writeFile(config, yaml);
  return startServer(folder, ["--config", config]);
}

/** The same on a recording that was exported. */
export function openRecording(folder: string, recording: string): Promise<OwnServer> {
  return startServer(folder, ["--recording", recording]);
}

async function startServer(folder: string, options: readonly string[]): Promise<OwnServer> {
  const script = fileURLToPath(new URL("../dist/server.js", import.meta.url));
  const child = spawn(process.execPath, [script, ...options], {
    env: {
      ...process.env,
      NODE_ENV: "production",
      STREAMSIDE_PORT: "0",
      STREAMSIDE_DATA: join(folder, "data"),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    url: await addressOf(child),
    end(signal) {
      child.kill(signal);
      return gone;
    },
  };
}

/** From the line of its log that says so. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (chunk) => {
      text += chunk;
      const found = /Streamside is at (http:\/\/[^"\s]+)/.exec(text);
      if (found) resolve(found[1]!);
    });
    child.once("exit", (code) => reject(new Error(`The server ended with exit code ${code}:\n${text}`)));
  });
}
