import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BrokerError } from "./broker-error.ts";
import { cacheDirectory, installOnce } from "./cache.ts";
import type { ToolchainOptions } from "./kafka/kafka-toolchain.ts";
import { withElapsed } from "./progress.ts";
import { lastLines, runCommand } from "./run-command.ts";

const installGo = "Install Go 1.26 or newer (go.dev/dl)";

export interface GoProgramOptions extends Omit<ToolchainOptions, "version"> {
  /** What it is called in the cache. */
  readonly name: string;
  /** The folder of its module, from the project's. */
  readonly source: string;
}

/**
 * The tests' server of grpc-go. Its folder is that of the project, from which tests and scripts run: this module is also
 * bundled elsewhere.
 */
export const goTarget = { name: "grpc-go-target", source: "lib/sources/grpc/foreign/go" } as const;

/**
 * A program of this repository in Go, built once for each state of its source: the path of what can be run. Throws
 * `tool-missing` or `install-failed`.
 */
export async function getGoProgram(o: GoProgramOptions): Promise<string> {
  const directory = join(cacheDirectory(o.env), o.name, await digestOf(o.source));
  await installOnce({ ...o, directory, what: o.name, install: (into) => build(into, o) });
  return join(directory, o.name);
}

/** For tests: null where it cannot be had, and why on standard error. */
export async function findGoProgram(
  program: Pick<GoProgramOptions, "name" | "source">,
): Promise<string | null> {
  try {
    return await getGoProgram({ ...program, env: process.env, log: () => undefined });
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    console.error(`No ${program.name}, so what needs it is skipped: ${error.message}`, error.install ?? "");
    return null;
  }
}

/** Of every file in it; sums of what it depends on are among them. */
async function digestOf(source: string): Promise<string> {
  const digest = createHash("sha256");
  for (const name of (await readdir(source)).sort()) {
    digest.update(name).update(await readFile(join(source, name)));
  }
  return digest.digest("hex").slice(0, 12);
}

async function build(into: string, { name, source, env, signal, log, run = runCommand }: GoProgramOptions) {
  const args = ["build", "-trimpath", "-o", join(into, name), "."];
  const done = await withElapsed(log, `Building ${name} through Go (some minutes, once)`, () =>
    run("go", args, { env, cwd: source, signal }),
  );
  if (done.code === "not-found") {
    throw new BrokerError("tool-missing", `Go is not installed, which builds ${name}`, {
      install: installGo,
    });
  }
  if (done.code !== 0 || !existsSync(join(into, name))) {
    throw new BrokerError("install-failed", `Go could not build ${name}:\n${lastLines(done.stderr, 5)}`);
  }
}
