import type { SourceSection } from "../../../model/source.ts";
import { type Column, createSection, newest } from "../../../sample/section.ts";
import { isGone, type ServerReport } from "./server-report.ts";

const value = ({ varz }: ServerReport) => varz.value;
const stats = (server: ServerReport) => value(server).jetstream?.stats;
const config = (server: ServerReport) => value(server).jetstream?.config;

const FIGURES: readonly Column<ServerReport>[] = [
  { label: "Up for", kind: "duration", cell: (s) => value(s).uptime },
  {
    label: "CPU",
    kind: "percent",
    title: "Of all cores the server has, as it measured it last",
    cell: (s) => Math.min(100, value(s).cpu / (value(s).cores || 1)),
  },
  { label: "Memory", kind: "bytes", title: "Resident memory", cell: (s) => value(s).mem },
  { label: "Connections", kind: "count", title: "Clients connected", cell: (s) => value(s).connections },
  {
    label: "Subscriptions",
    kind: "count",
    title: "Its clients', its own, and those other servers have told it of",
    cell: (s) => value(s).subscriptions,
  },
  {
    label: "In",
    kind: "counter",
    title: "Messages from clients and from other servers",
    cell: (s) => value(s).in_msgs,
  },
  {
    label: "Out",
    kind: "counter",
    title: "Messages to clients and to other servers",
    cell: (s) => value(s).out_msgs,
  },
  { label: "Bytes in", kind: "byteCounter", cell: (s) => value(s).in_bytes },
  { label: "Bytes out", kind: "byteCounter", cell: (s) => value(s).out_bytes },
  {
    label: "Slow consumers",
    kind: "count",
    title:
      "Connections that did not read in time, since the server started: clients, routes, gateways and leaf nodes",
    cell: (s) => value(s).slow_consumers,
  },
  { label: "JetStream memory", kind: "bytes", cell: (s) => stats(s)?.memory ?? Number.NaN },
  {
    label: "Memory limit",
    kind: "bytes",
    title: "max_mem of JetStream",
    cell: (s) => config(s)?.max_memory ?? Number.NaN,
  },
  { label: "JetStream disk", kind: "bytes", cell: (s) => stats(s)?.storage ?? Number.NaN },
  {
    label: "Disk limit",
    kind: "bytes",
    title: "max_file of JetStream",
    cell: (s) => config(s)?.max_storage ?? Number.NaN,
  },
  {
    label: "API errors",
    kind: "count",
    title: "Requests to the JetStream API that it answered with an error, since it started",
    cell: (s) => stats(s)?.api.errors ?? Number.NaN,
  },
  {
    label: "Answers in",
    kind: "duration",
    title: "From Streamside's question to the server's answer",
    cell: ({ tookMs }) => tookMs,
  },
];

const COLUMNS: readonly Column<ServerReport>[] = [
  { label: "Server", kind: "text", cell: ({ name }) => name },
  { label: "Version", kind: "text", cell: (s) => value(s).version },
  // What it said last says nothing of now, and a total that stands still would be told as no traffic.
  ...FIGURES.map((column) => ({
    ...column,
    cell: (server: ServerReport) => (server.missed > 0 ? Number.NaN : column.cell(server)),
  })),
];

/** From this part of a JetStream limit on it is worth a look. */
const NEARLY_FULL = 0.9;

export function serverSection(servers: readonly ServerReport[]): SourceSection {
  const withJetStream = new Set(servers.filter((s) => value(s).jetstream).map(({ cluster }) => cluster));
  return createSection({
    key: "servers",
    title: "Servers",
    note: "Rates of all that a server passes on, also between servers.",
    asOf: newest(servers.map(({ varz }) => varz.asOf)),
    columns: COLUMNS,
    items: servers,
    id: ({ name }) => name,
    trouble: (server) => {
      if (isGone(server)) return "does not answer any more";
      if (server.missed > 0) return "did not answer";
      if (!value(server).jetstream && server.cluster !== "" && withJetStream.has(server.cluster)) {
        return "runs without JetStream, others of its cluster with it";
      }
      return fullness(server);
    },
  });
}

function fullness(server: ServerReport): string | null {
  const { memory = Number.NaN, storage = Number.NaN } = stats(server) ?? {};
  const { max_memory = 0, max_storage = 0 } = config(server) ?? {};
  for (const [what, used, limit] of [
    ["disk", storage, max_storage],
    ["memory", memory, max_memory],
  ] as const) {
    if (limit > 0 && used / limit >= NEARLY_FULL) {
      return `${Math.floor((used / limit) * 100)} % of JetStream's ${what} is used`;
    }
  }
  return null;
}
