import { spawn } from "node:child_process";
import { BrokerError, throwIfAborted } from "./broker-error.ts";
import { childEnvironment, type Environment } from "./environment.ts";
import { signalGroup } from "./processes.ts";

export interface CommandResult {
  /** "not-found": there is no such command; "timed-out": it was killed after `timeoutMs`. */
  code: number | "not-found" | "timed-out";
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  env?: Environment;
  cwd?: string;
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
}

export type RunCommand = (command: string, args: string[], o?: CommandOptions) => Promise<CommandResult>;

/** Runs a command to its end. A failing command is a result; only an aborted one throws. */
export const runCommand: RunCommand = async (command, args, o = {}) => {
  throwIfAborted(o.signal);
  const child = spawn(command, args, {
    cwd: o.cwd,
    env: childEnvironment(o.env ?? process.env),
    // Its own group, so that a build's children end with it and Ctrl-C reaches it only through the signal.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const endGroup = () => {
    if (child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
  };
  let timedOut = false;
  const timer =
    o.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          endGroup();
        }, o.timeoutMs);
  o.signal?.addEventListener("abort", endGroup, { once: true });
  process.once("exit", endGroup);

  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  try {
    const code = await new Promise<CommandResult["code"]>((resolve, reject) => {
      child.once("error", (cause: NodeJS.ErrnoException) => {
        if (cause.code === "ENOENT" || cause.code === "EACCES") resolve("not-found");
        else
          reject(new BrokerError("tool-missing", `${command} could not be run: ${cause.message}`, { cause }));
      });
      child.once("close", (exit) => resolve(timedOut ? "timed-out" : (exit ?? 1)));
    });
    throwIfAborted(o.signal);
    return { code, stdout, stderr };
  } finally {
    clearTimeout(timer);
    o.signal?.removeEventListener("abort", endGroup);
    process.off("exit", endGroup);
  }
};

/** The end of an output that is worth showing to a person: no blank lines, no Java stack frames. */
export function lastLines(text: string, count = 12): string {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "" && !/^\s+at \S+\(/.test(line))
    .slice(-count)
    .join("\n");
}
