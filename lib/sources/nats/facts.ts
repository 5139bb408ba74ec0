import type { ServerInfo } from "@nats-io/transport-node";
import { formatBytes } from "../../format/index.ts";
import type { SourceFact } from "../../model/source.ts";
import { sumKnown } from "../../sample/section.ts";
import type { AccountInfo } from "./jetstream/api-types.ts";
import { isGone, type ServerReport } from "./servers/server-report.ts";

export interface Findings {
  readonly info: ServerInfo;
  readonly roundTripMs: number;
  /** `unwanted`: the source says `jetstream: false`. */
  readonly jetstream: "on" | "off" | "unwanted" | "failed";
  /** Null: not to be had. */
  readonly account: AccountInfo | null;
  /** What servers tell of themselves; null: the source is given no way to ask them. */
  readonly servers: readonly ServerReport[] | null;
  /** Whether a user of the system account is given. */
  readonly systemAccount: boolean;
}

export function mapFacts(findings: Findings): SourceFact[] {
  const { info, roundTripMs, servers } = findings;
  return [
    { label: "Server", value: info.server_name || info.server_id, title: `id ${info.server_id}` },
    { label: "Version", value: `nats-server ${info.version}` },
    ...(info.cluster ? [{ label: "Cluster", value: info.cluster }] : []),
    jetStreamFact(findings),
    {
      label: "Round trip",
      value: { kind: "duration", value: roundTripMs },
      title: "Ping to the server and back, on Streamside's own connection",
    },
    ...(servers === null ? [NO_WAY] : serverFacts(servers)),
    ...(servers !== null && !findings.systemAccount ? [ONE_BY_ONE] : []),
  ];
}

const NO_WAY: SourceFact = {
  label: "Core NATS",
  value: "not sampled: no monitoring address and no system account",
  title:
    "Start nats-server with `http: 127.0.0.1:8222` and give this source `monitoring: http://host:8222`, or give it a user of the system account (`systemAccount`), to see core traffic, servers and slow clients",
};

const ONE_BY_ONE: SourceFact = {
  label: "Servers seen",
  value: "those with a monitoring address here",
  title:
    "A user of the system account (`systemAccount`) sees all servers and the streams of all accounts; list further servers' addresses in `monitoring`",
};

/** What an account has of JetStream. */
export function jetStreamFact(
  { jetstream, account }: Pick<Findings, "jetstream" | "account">,
  label = "JetStream",
): SourceFact {
  switch (jetstream) {
    case "on":
      return {
        label,
        value: account
          ? {
              kind: "bytes",
              value: account.storage,
              of: `{} on disk, ${formatBytes(account.memory)} in memory`,
            }
          : "on",
        title: "What this account stores, from $JS.API.INFO",
      };
    case "off":
      return {
        label,
        value: "off for this server or account",
        title:
          "Nothing is wrong: there are no streams to sample. Enable it with `jetstream {}` in the server's configuration",
      };
    case "unwanted":
      return { label, value: "not sampled", title: "This source is configured with `jetstream: false`" };
    case "failed":
      return { label, value: "could not be sampled", title: "See the failures of this source" };
  }
}

function serverFacts(servers: readonly ServerReport[]): SourceFact[] {
  const there = servers.filter((server) => !isGone(server));
  if (there.length === 0) return [];
  const told = (of: (server: ServerReport) => number) =>
    ({ kind: "count", value: sumKnown(there.map(of)) }) as const;
  const versions = [...new Set(there.map(({ varz }) => varz.value.version))].sort();
  const startedAt = there[0]!.varz.value.start;
  return [
    ...(there.length > 1
      ? [{ label: "Servers", value: `${there.length}, nats-server ${versions.join(", ")}` }]
      : []),
    {
      label: "Connections",
      value: told(({ varz }) => varz.value.connections),
      title: "Client connections of all servers seen",
    },
    {
      label: "Slow consumers",
      value: told(({ varz }) => varz.value.slow_consumers),
      title:
        "Connections that did not read in time, since the servers started; most of them were dropped for it",
    },
    ...(there.length === 1 && !Number.isNaN(startedAt)
      ? [{ label: "Started", value: { kind: "ago", value: startedAt } as const }]
      : []),
  ];
}
