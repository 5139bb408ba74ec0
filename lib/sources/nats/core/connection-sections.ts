/** Which client is the slow one: those that bytes wait for, and those that were dropped for it. */
import { formatBytes } from "../../../format/index.ts";
import type { SourceSection } from "../../../model/source.ts";
import { createSection, newest, sumKnown } from "../../../sample/section.ts";
import type { ConnzConnection } from "../servers/monitoring-types.ts";
import type { ServerReport } from "../servers/server-report.ts";
import { accountOf, connectionName, type IsOwn, isClient } from "./core-snapshot.ts";
import type { DroppedClient } from "./slow-clients.ts";

interface Connection {
  readonly server: string;
  readonly told: ConnzConnection;
  readonly maxPending: number;
  readonly key: string;
}

const MOST_CONNECTIONS = 50;
/** From this much on, waiting bytes that grow are worth a look: less is what one write takes. */
const SOME_WAITING = 64 << 10;
/** Looks in a row at which more was waiting than before. */
const GROWING_LOOKS = 3;
/** From this part of its limit on a client is near to being dropped. */
const NEAR_LIMIT = 0.5;

/** Sections of connections; remembers whose waiting bytes grow. */
export function createConnectionSection(): (
  servers: readonly ServerReport[],
  isOwn: IsOwn,
) => SourceSection | null {
  let pending = new Map<string, { readonly bytes: number; readonly grew: number; readonly asOf: number }>();

  return (servers, isOwn) => {
    const answering = servers.filter(({ missed, connz }) => missed === 0 && connz !== null);
    if (answering.length === 0) return null;
    const connections = answering.flatMap((server) => connectionsOf(server, isOwn));
    const next: typeof pending = new Map();
    const asOfBy = new Map(answering.map(({ name, connz }) => [name, connz!.asOf]));
    for (const { key, server, told } of connections) {
      const bytes = told.pending_bytes;
      if (!(bytes > 0)) continue;
      const before = pending.get(key);
      const asOf = asOfBy.get(server)!;
      if (before?.asOf === asOf) next.set(key, before);
      else next.set(key, { bytes, grew: before && bytes > before.bytes ? before.grew + 1 : 0, asOf });
    }
    pending = next;
    const untold = sumKnown(
      answering.map(({ connz }) => connz!.value.total - connz!.value.connections.length),
    );
    return createSection<Connection>({
      key: "connections",
      title: "Connections",
      note: "Those with the most bytes waiting: the clients that read slower than they are sent to.",
      asOf: newest([...asOfBy.values()]),
      most: MOST_CONNECTIONS,
      total: connections.length + untold,
      // Most of them have nothing waiting: in an order of their own, so that rows do not dance.
      items: connections.sort(
        (a, b) =>
          (b.told.pending_bytes || 0) - (a.told.pending_bytes || 0) ||
          compareText(connectionName(a.told), connectionName(b.told)) ||
          compareText(a.key, b.key),
      ),
      id: ({ key }) => key,
      trouble: (connection) => troubleOf(connection, pending.get(connection.key)?.grew ?? 0),
      columns: [
        { label: "Client", kind: "text", cell: ({ told }) => connectionName(told) },
        { label: "Account", kind: "text", cell: ({ told }) => accountOf(told) },
        { label: "Server", kind: "text", cell: ({ server }) => server },
        {
          label: "Waiting",
          kind: "bytes",
          title: "Bytes that the server holds for it because it does not read them yet",
          cell: ({ told }) => told.pending_bytes,
        },
        {
          label: "Limit",
          kind: "bytes",
          title: "Bytes that may wait before the server drops the connection (max_pending)",
          cell: ({ maxPending }) => maxPending,
        },
        {
          label: "Round trip",
          kind: "duration",
          title: "As the server measured it when it last sent a ping",
          cell: ({ told }) => told.rtt || Number.NaN,
        },
        {
          label: "In",
          kind: "counter",
          title: "Messages from this client",
          cell: ({ told }) => told.in_msgs,
        },
        {
          label: "Out",
          kind: "counter",
          title: "Messages to this client",
          cell: ({ told }) => told.out_msgs,
        },
        { label: "Bytes in", kind: "byteCounter", cell: ({ told }) => told.in_bytes },
        { label: "Bytes out", kind: "byteCounter", cell: ({ told }) => told.out_bytes },
        { label: "Subscriptions", kind: "count", cell: ({ told }) => told.subscriptions },
        {
          label: "Idle",
          kind: "duration",
          title: "Since it last sent or was sent anything",
          cell: ({ told }) => told.idle,
        },
      ],
    });
  };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function connectionsOf({ id, name, connz, varz }: ServerReport, isOwn: IsOwn): Connection[] {
  return connz!.value.connections
    .filter(({ cid, kind }) => isClient(kind) && !isOwn(id, cid))
    .map((told) => ({
      server: name,
      told,
      maxPending: varz.value.max_pending,
      key: `${name}/${told.cid}`,
    }));
}

function troubleOf({ told, maxPending }: Connection, grew: number): string | null {
  const { pending_bytes: waiting } = told;
  if (waiting >= maxPending * NEAR_LIMIT) {
    return `${Math.floor((waiting / maxPending) * 100)} % of what may wait before it is dropped`;
  }
  return waiting >= SOME_WAITING && grew >= GROWING_LOOKS
    ? `${formatBytes(waiting)} wait, and more and more`
    : null;
}

/** Null: none was dropped as far as the servers remember. */
export function droppedSection(dropped: readonly DroppedClient[]): SourceSection | null {
  if (dropped.length === 0) return null;
  return createSection<DroppedClient>({
    key: "dropped",
    title: "Dropped slow consumers",
    note: "Clients whose connection the server closed because they did not read. Newest first, as far as servers remember.",
    asOf: newest(dropped.map(({ asOf }) => asOf)),
    items: dropped,
    id: ({ key }) => key,
    columns: [
      { label: "Client", kind: "text", cell: ({ name }) => name },
      { label: "Account", kind: "text", cell: ({ account }) => account },
      { label: "Address", kind: "text", cell: ({ address }) => address },
      { label: "Server", kind: "text", cell: ({ server }) => server },
      { label: "Dropped at", kind: "text", title: "UTC", cell: ({ at }) => instantText(at) },
      { label: "Why", kind: "text", cell: ({ reason }) => reason },
      {
        label: "Was waiting",
        kind: "bytes",
        title: "Bytes that the server held for it, when it was dropped or was last seen",
        cell: ({ pendingBytes }) => pendingBytes,
      },
      { label: "Connected for", kind: "duration", cell: ({ connectedMs }) => connectedMs },
      { label: "Sent to it", kind: "count", title: "Messages", cell: ({ outMsgs }) => outMsgs },
      { label: "Library", kind: "text", cell: ({ library }) => library },
    ],
  });
}

/** `2026-11-21 19:22:31`. */
function instantText(at: number): string {
  return Number.isNaN(at) ? "" : new Date(at).toISOString().slice(0, 19).replace("T", " ");
}
