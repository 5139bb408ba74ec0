import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import type { LocalBroker, Progress } from "../broker.ts";
import { type LaunchOptions, launch, type Prepared } from "../local-broker.ts";
import type { RunDirectory } from "../run-directory.ts";
import { askNatsInfo, monitoringSays } from "./nats-probe.ts";
import { getNatsToolchain, type NatsToolchain } from "./nats-toolchain.ts";

export interface LocalNatsOptions {
  log?: Progress;
  signal?: AbortSignal;
  /** Exactly this version, built on first use. */
  version?: string;
  /** Further lines of nats-server configuration. */
  config?: string;
  port?: number;
  /** Default true. */
  jetstream?: boolean;
  /** False: it is configured to say nothing before the TLS handshake. Default true. */
  greets?: boolean;
}

/** A nats-server of one's own on free loopback ports with a fresh store: for tests. */
export function startLocalNats(o: LocalNatsOptions = {}): Promise<LocalBroker> {
  return launchNats({ ...o, log: o.log ?? (() => undefined), env: process.env });
}

type NatsLaunchOptions = LaunchOptions &
  Pick<LocalNatsOptions, "version" | "config" | "jetstream" | "greets">;

export async function launchNats(o: NatsLaunchOptions): Promise<LocalBroker> {
  const toolchain = await getNatsToolchain(o);
  return launch(
    {
      system: "nats",
      name: "nats-server",
      version: toolchain.version,
      portCount: 2,
      prepare: (run, ports) =>
        prepareNats(toolchain, run, ports, {
          serverName: uniqueServerName("streamside"),
          jetstream: (o.jetstream ?? true) ? [] : null,
          lines: [o.config ?? ""],
          greets: o.greets ?? true,
        }),
    },
    o,
  );
}

/** So that a server can be told from another one that took its port first. */
export function uniqueServerName(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`;
}

export interface NatsSettings {
  serverName: string;
  /** Lines of the `jetstream` block besides its directory; null: no JetStream. */
  jetstream: readonly string[] | null;
  /** Further lines of configuration. */
  lines: readonly string[];
  /** Default true. */
  greets?: boolean;
}

/** One server, ready as soon as it answers by its name, whatever the others of its cluster do. */
export async function prepareNats(
  toolchain: NatsToolchain,
  run: RunDirectory,
  [port = 0, monitoringPort = 0]: number[],
  { serverName, jetstream, lines, greets = true }: NatsSettings,
): Promise<Prepared> {
  const settings = run.file("nats.conf");
  const store = `store_dir: ${JSON.stringify(run.file("store"))}`;
  const config = [
    `listen: "127.0.0.1:${port}"`,
    `http: "127.0.0.1:${monitoringPort}"`,
    `server_name: "${serverName}"`,
    ...(jetstream ? [`jetstream {`, store, ...jetstream, `}`] : []),
    ...lines,
  ];
  await writeFile(settings, `${config.join("\n")}\n`);
  const monitoring = `http://127.0.0.1:${monitoringPort}`;
  const health = `${monitoring}/healthz${jetstream ? "?js-enabled-only=true" : ""}`;
  return {
    command: toolchain.command,
    args: ["-c", settings],
    address: `nats://127.0.0.1:${port}`,
    monitoring,
    bindFailure: /address already in use/i,
    async ready() {
      const named = (varz: Record<string, unknown>) => varz.server_name === serverName;
      try {
        if (!greets) return await monitoringSays(`${monitoring}/varz`, 1_000, named);
        const info = await askNatsInfo({ host: "127.0.0.1", port }, 1_000);
        return info.serverName === serverName && (await monitoringSays(health, 1_000));
      } catch {
        return false;
      }
    },
  };
}
