/** The rows of the core: one stream, and a consumer for each connection. */
import { formatBytes } from "../../../format/index.ts";
import type { FactCell, SourceFact } from "../../../model/source.ts";
import type { ConsumerInfo, StreamInfo } from "../../../sample/layout.ts";
import { accountOf, addressOf, type ConnectionEntry, type CoreSnapshot, libraryOf } from "./core-snapshot.ts";

export const CORE_KEY = "$core";

export function describeCore({ servers, totals }: CoreSnapshot): StreamInfo {
  const whose = totals.counts === "clients" ? "client traffic" : "all traffic";
  return {
    key: CORE_KEY,
    name: "core",
    kind: "core",
    detail: servers > 1 ? `${whose} of ${servers} servers` : `${whose} of the server`,
  };
}

export function describeConnection({ key, name, detail }: ConnectionEntry, core: number): ConsumerInfo {
  return { key, name, kind: "connection", streams: [core], backlogUnit: "bytes", detail };
}

/** Whether two snapshots of the core give the same rows. */
export function sameCore(a: CoreSnapshot | null, b: CoreSnapshot | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.servers === b.servers &&
    a.totals.counts === b.totals.counts &&
    a.connections.length === b.connections.length &&
    a.connections.every(
      ({ key, detail }, i) => key === b.connections[i]!.key && detail === b.connections[i]!.detail,
    )
  );
}

export function coreFacts({ totals, servers }: CoreSnapshot): readonly SourceFact[] {
  const what = {
    clients: "messages that clients publish, and that are sent to clients",
    all: "messages that the servers take in and send on, of clients and of servers",
    links:
      "messages that the servers take in and send on; those that servers pass on to each other count again",
  }[totals.counts];
  return [
    {
      label: "Counted",
      value: what,
      title:
        totals.counts === "links"
          ? "nats-server counts clients' messages apart since 2.12: before, a message counts once more for every route, gateway and leaf node"
          : "From varz of every server that answers",
    },
    { label: "Servers", value: { kind: "count", value: servers } },
  ];
}

export function connectionFacts({ told, server, maxPending }: ConnectionEntry): readonly SourceFact[] {
  const fact = (label: string, value: SourceFact["value"], title?: string): SourceFact[] =>
    isTold(value) ? [{ label, value, ...(title && { title }) }] : [];
  return [
    ...fact("Server", server),
    ...fact("Account", accountOf(told)),
    ...fact("Address", addressOf(told)),
    ...fact("Library", libraryOf(told)),
    ...fact(
      "Waiting",
      { kind: "bytes", value: told.pending_bytes, of: `{} of ${formatBytes(maxPending)}` },
      "Bytes the server holds for it, of those it may hold before it drops the connection (max_pending)",
    ),
    ...fact(
      "Round trip",
      { kind: "duration", value: told.rtt },
      "As the server measured it when it last sent a ping",
    ),
    ...fact("Subscriptions", { kind: "count", value: told.subscriptions }),
    ...fact("Connected", { kind: "ago", value: told.start }, "By the server's clock"),
    ...fact(
      "Last active",
      { kind: "ago", value: told.last_activity },
      "When it last sent or was sent anything, by the server's clock",
    ),
    ...fact("Sent by it", messages(told.in_msgs, told.in_bytes)),
    ...fact("Sent to it", messages(told.out_msgs, told.out_bytes)),
  ];
}

function isTold(value: SourceFact["value"]): boolean {
  return typeof value === "string" ? value !== "" : !Number.isNaN(value.value);
}

function messages(count: number, bytes: number): FactCell {
  return { kind: "count", value: count, of: `{} messages, ${formatBytes(bytes)}` };
}

/** What more there is to say of a connection that does not read as fast as it is sent to. */
export function explainConnection({ told, maxPending }: ConnectionEntry): string | null {
  if (!(told.pending_bytes > 0) || Number.isNaN(maxPending)) return null;
  return `${formatBytes(told.pending_bytes)} wait for this client; the server drops it at ${formatBytes(maxPending)}.`;
}
