import { existsSync } from "node:fs";
import { join } from "node:path";
import { BrokerError } from "../broker-error.ts";
import { cacheDirectory, installOnce } from "../cache.ts";
import type { ToolchainOptions } from "../kafka/kafka-toolchain.ts";
import { withElapsed } from "../progress.ts";
import { lastLines, type RunCommand, runCommand } from "../run-command.ts";
import { compareVersions } from "../version.ts";

const defaultNatsVersion = "2.15.2";
const oldestNats = "2.12.6"; // security floor

export const installNats = `Install nats-server ${oldestNats} or newer, or Go (go.dev/dl), which Streamside then uses to build one`;

export interface NatsToolchain {
  version: string;
  command: string;
}

/** An installed nats-server that is new enough, else one from the cache, else one built through Go. An asked-for version is taken exactly. */
export async function getNatsToolchain(
  o: Omit<ToolchainOptions, "version"> & { version?: string | undefined },
): Promise<NatsToolchain> {
  const run = o.run ?? runCommand;
  const installed = await installedVersion(run, o);
  const wanted = o.version ?? defaultNatsVersion;
  const good = o.version ? installed === o.version : installed && compareVersions(installed, oldestNats) >= 0;
  if (installed && good) return { version: installed, command: "nats-server" };

  const directory = join(cacheDirectory(o.env), "nats-server", wanted);
  const command = join(directory, "nats-server");
  await installOnce({
    ...o,
    directory,
    what: `nats-server ${wanted}`,
    install: (into) => build(run, into, wanted, installed, o),
  });
  return { version: wanted, command };
}

async function installedVersion(
  run: RunCommand,
  o: Omit<ToolchainOptions, "version">,
): Promise<string | undefined> {
  const answer = await run("nats-server", ["-v"], { env: o.env, signal: o.signal, timeoutMs: 10_000 });
  return answer.code === 0 ? /v(\d\S*)/.exec(answer.stdout + answer.stderr)?.[1] : undefined;
}

async function build(
  run: RunCommand,
  into: string,
  version: string,
  installed: string | undefined,
  o: Omit<ToolchainOptions, "version">,
): Promise<void> {
  const done = await withElapsed(
    o.log,
    `Building nats-server ${version} through Go (up to a minute, once)`,
    () =>
      run("go", ["install", `github.com/nats-io/nats-server/v2@v${version}`], {
        env: { ...o.env, GOBIN: into },
        signal: o.signal,
      }),
  );
  if (done.code === "not-found") {
    const have = installed ? `nats-server ${installed} is too old` : "nats-server is not installed";
    throw new BrokerError("tool-missing", `${have}, and neither is Go, which could build it`, {
      install: installNats,
    });
  }
  if (done.code !== 0 || !existsSync(join(into, "nats-server"))) {
    throw new BrokerError(
      "install-failed",
      `Go could not build nats-server ${version}:\n${lastLines(done.stderr, 5)}`,
    );
  }
}
