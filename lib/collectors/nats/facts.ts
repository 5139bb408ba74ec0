import type { ServerInfo } from "@nats-io/transport-node";
import type { SourceFact } from "../../model/source.ts";
import type { AccountInfo } from "./api-types.ts";
import type { Connz, Varz } from "./monitoring-types.ts";

export interface Findings {
  readonly info: ServerInfo;
  readonly roundTripMs: number;
  /** `unwanted`: the source says `jetstream: false`. */
  readonly jetstream: "on" | "off" | "unwanted" | "failed";
  /** Null: not to be had. */
  readonly account: AccountInfo | null;
  /** `unset`: the source has no monitoring address. */
  readonly monitoring: "set" | "unset";
  readonly varz: Varz | null;
  readonly connz: Connz | null;
}

export function mapFacts(findings: Findings): SourceFact[] {
  const { info, roundTripMs, varz } = findings;
  return [
    { label: "Server", value: info.server_name || info.server_id, title: `id ${info.server_id}` },
    { label: "Version", value: `nats-server ${info.version}` },
    ...(info.cluster ? [{ label: "Cluster", value: info.cluster }] : []),
    jetStreamFact(findings),
    {
      label: "Round trip",
      value: `${roundTripMs.toFixed(roundTripMs < 10 ? 2 : 0)} ms`,
      title: "Ping to the server and back, on Streamside's own connection",
    },
    ...(findings.monitoring === "unset" ? [NO_MONITORING] : varz ? serverFacts(varz, findings.connz) : []),
  ];
}

const NO_MONITORING: SourceFact = {
  label: "Core NATS",
  value: "not sampled: no monitoring address",
  title:
    "Start nats-server with `http: 127.0.0.1:8222` and give this source `monitoring: http://host:8222` to see core traffic and slow clients",
};

function jetStreamFact({ jetstream, account }: Findings): SourceFact {
  const label = "JetStream";
  switch (jetstream) {
    case "on":
      return {
        label,
        value: account
          ? `${formatBytes(account.storage)} on disk, ${formatBytes(account.memory)} in memory`
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

function serverFacts(varz: Varz, connz: Connz | null): SourceFact[] {
  const cut = connz !== null && connz.total > connz.connections.length;
  return [
    {
      label: "Connections",
      value: cut
        ? `${formatCount(varz.connections)}, shown: those with bytes waiting`
        : formatCount(varz.connections),
      title: "Client connections of this server",
    },
    {
      label: "Slow consumers",
      value: formatCount(varz.slow_consumers),
      title: "Connections the server has dropped since it started because they did not read",
    },
    { label: "Subscriptions", value: formatCount(varz.subscriptions) },
    ...(varz.uptime ? [{ label: "Uptime", value: varz.uptime }] : []),
  ];
}

function formatCount(value: number): string {
  return Number.isNaN(value) ? "unknown" : value.toLocaleString("en");
}

function formatBytes(bytes: number): string {
  if (Number.isNaN(bytes)) return "unknown";
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  const step = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const value = bytes / 1024 ** step;
  return `${value.toFixed(step === 0 || value >= 100 ? 0 : 1)} ${units[step]}`;
}
