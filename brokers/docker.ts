import { existsSync } from "node:fs";
import type { Progress } from "./broker.ts";
import { BrokerError, type BrokerSystem } from "./broker-error.ts";
import type { Environment } from "./environment.ts";
import { withElapsed } from "./progress.ts";
import { type CommandResult, lastLines, type RunCommand } from "./run-command.ts";

export interface DockerOptions {
  composeFile: string | undefined;
  service: BrokerSystem;
  env: Environment;
  log: Progress;
  signal?: AbortSignal | undefined;
  run: RunCommand;
}

export type DockerAnswer =
  | { kind: "unavailable"; reason: string }
  | { kind: "up" /** Stops the service if this call started it. */; stop(): Promise<void> };

/** Brings one compose service up where an engine answers; an installed `docker` command alone says nothing. */
export async function composeUp(o: DockerOptions): Promise<DockerAnswer> {
  const unavailable = (reason: string): DockerAnswer => ({ kind: "unavailable", reason });
  const { composeFile } = o;
  if (composeFile === undefined) return unavailable("no compose file given");
  if (!existsSync(composeFile)) return unavailable(`there is no ${composeFile}`);
  const info = await o.run("docker", ["info"], { env: o.env, signal: o.signal, timeoutMs: 10_000 });
  if (info.code === "not-found") return unavailable("docker is not installed");
  if (info.code !== 0) return unavailable("docker is installed, but no engine answers");

  const compose = (args: string[], signal?: AbortSignal): Promise<CommandResult> =>
    o.run("docker", ["compose", "-f", composeFile, ...args], { env: o.env, signal });
  const before = await compose(["ps", "--status", "running", "--services"], o.signal);
  if (before.code !== 0) return unavailable(`docker compose does not work: ${lastLines(before.stderr, 2)}`);
  const ranBefore = before.stdout.split(/\s+/).includes(o.service);
  const stop = async () => {
    // Without the signal: it may be the reason for stopping.
    if (!ranBefore) await compose(["stop", o.service]);
  };
  try {
    const up = await withElapsed(o.log, `Starting ${o.service} with docker compose`, () =>
      compose(["up", "-d", o.service], o.signal),
    );
    if (up.code === 0) return { kind: "up", stop };
    await stop();
    return unavailable(`docker compose could not start ${o.service}: ${lastLines(up.stderr, 2)}`);
  } catch (error) {
    if (error instanceof BrokerError) await stop();
    throw error;
  }
}
