import type { ConnectionRow } from "@streamside/grpc-health";
import { formatAge } from "../../../format/index.ts";
import type { EpochMs } from "../../../model/reading.ts";
import type { SourceSection } from "../../../model/source.ts";
import { type Column, createSection, newest } from "../../../sample/section.ts";
import { countOf } from "../../event-text.ts";
import type { BookedProcess } from "../book/booked.ts";
import { known } from "../book/flow.ts";
import type { BackendFindings } from "../ways/findings.ts";
import type { ChannelzSocket } from "../ways/ways.ts";
import { isGone, isShut, socketOf } from "./connection-state.ts";

const MOST_ROWS = 200;
/** A connection with an unanswered ping on which nothing comes for so long is told as silent. */
const SILENT_MS = 5_000;

/** A connection as its process tells of it, as channelz does, or both: they are one where the other end is the same. */
interface Seen {
  readonly address: string;
  readonly process: BookedProcess | null;
  readonly row: ConnectionRow | null;
  readonly socket: ChannelzSocket | null;
  /** Of `TROUBLES`. */
  readonly rank: number;
}

const TROUBLES = { none: 0, goingAway: 1, silent: 2, shut: 3, gone: 4 } as const;

/** The connections that carry calls, worst first; null: nothing tells of any. */
export function mapConnections(backends: readonly BackendFindings[]): SourceSection | null {
  const seen = seenConnections(backends);
  if (seen === null) return null;
  const all = seen.sort((a, b) => b.rank - a.rank || callsOn(b) - callsOn(a));
  const shown = all.slice(0, MOST_ROWS);
  const clients = clientsOf(shown);
  return createSection<Seen>({
    key: "connections",
    title: "Connections",
    note: "What calls are carried on. Instrumented: the process tells; channelz: the gRPC library does. Both tell of the same connection where its other end has the same address.",
    asOf: newest(asOfAll(backends)),
    columns: columnsOf(all, backends.length > 1, clients),
    items: shown,
    id: ({ address, process, row, socket }) =>
      row === null ? `${address} socket ${socket?.id}` : `${process?.info.instanceId} ${row.id}`,
    trouble: troubleOf,
    most: MOST_ROWS,
    total: all.length + unreadSockets(backends),
  });
}

function seenConnections(backends: readonly BackendFindings[]): Seen[] | null {
  let isTold = false;
  const seen: Seen[] = [];
  const processes = new Set<string>();
  for (const { address, book, confirmed, channelz } of backends) {
    const process = confirmed ? (book?.process ?? null) : null;
    const merged = new Set<ChannelzSocket>();
    if (process !== null && !processes.has(process.info.instanceId)) {
      processes.add(process.info.instanceId);
      if (process.connections.size > 0) isTold = true;
      for (const row of process.connections.values()) {
        const socket = socketOf(channelz, row.peer) ?? null;
        if (socket !== null) merged.add(socket);
        seen.push({ address, process, row, socket, rank: rankOf(row, socket, process) });
      }
    }
    if (channelz !== null) isTold = true;
    for (const socket of channelz?.sockets ?? []) {
      if (merged.has(socket)) continue;
      const rank = isShut(null, socket) ? TROUBLES.shut : TROUBLES.none;
      seen.push({ address, process: null, row: null, socket, rank });
    }
  }
  return isTold ? seen : null;
}

/** Connections that channelz lists, and whose turn to be read has not come yet. */
function unreadSockets(backends: readonly BackendFindings[]): number {
  return backends.reduce(
    (sum, { channelz }) => sum + (channelz === null ? 0 : channelz.totalSockets - channelz.sockets.length),
    0,
  );
}

function rankOf(row: ConnectionRow, socket: ChannelzSocket | null, process: BookedProcess): number {
  if (isGone(row, process)) return TROUBLES.gone;
  if (isShut(row, socket)) return TROUBLES.shut;
  if (known(row.unansweredPings) > 0 && silenceOf(row, process) >= SILENT_MS) return TROUBLES.silent;
  return row.goingAway ? TROUBLES.goingAway : TROUBLES.none;
}

function troubleOf({ rank, row, process }: Seen): string | null {
  switch (rank) {
    case TROUBLES.gone:
      return `half-open: ${countOf(known(row!.unansweredPings), "ping")} unanswered since ${formatAge(
        process!.serverTimeMs - known(row!.firstUnansweredPingAtMs),
      )}, the peer is gone`;
    case TROUBLES.shut:
      return "window shut: every call on it waits";
    case TROUBLES.silent:
      return `silent for ${formatAge(silenceOf(row!, process!))}, a ping is unanswered`;
    case TROUBLES.goingAway:
      return "going away: no new calls begin on it";
    default:
      return null;
  }
}

function silenceOf({ lastReceivedAtMs }: ConnectionRow, { serverTimeMs }: BookedProcess): number {
  return Math.max(0, serverTimeMs - known(lastReceivedAtMs));
}

function callsOn({ row, socket }: Seen): number {
  const live = known(row?.liveCalls);
  if (!Number.isNaN(live)) return live;
  if (socket === null) return 0;
  const { streamsStarted, streamsSucceeded, streamsFailed } = socket;
  return Math.max(0, streamsStarted - streamsSucceeded - streamsFailed) || 0;
}

/** Who the other end says it is, by connection. */
function clientsOf(seen: readonly Seen[]): ReadonlyMap<ConnectionRow, string> {
  const clients = new Map<ConnectionRow, string>();
  for (const process of new Set(seen.map((one) => one.process))) {
    for (const { row } of process?.calls.values() ?? []) {
      const connection = process!.connections.get(row.connectionId ?? -1);
      if (connection && row.clientName !== "") clients.set(connection, row.clientName);
    }
  }
  return clients;
}

function asOfAll(backends: readonly BackendFindings[]): EpochMs[] {
  return backends.flatMap(({ book, channelz }) => [
    ...(book?.process ? [book.process.receivedAt] : []),
    ...(channelz ? [channelz.asOf] : []),
  ]);
}

const INSTRUMENTED = "From instrumented";
const CHANNELZ = "From channelz";

function columnsOf(
  seen: readonly Seen[],
  areSeveral: boolean,
  clients: ReadonlyMap<ConnectionRow, string>,
): Column<Seen>[] {
  const fromProcess = seen.some(({ row }) => row !== null);
  const fromChannelz = seen.some(({ socket }) => socket !== null);
  const ofRow = (pick: (row: ConnectionRow) => number | undefined) => (one: Seen) =>
    one.row === null ? Number.NaN : known(pick(one.row));
  const ofSocket = (pick: (socket: ChannelzSocket) => number) => (one: Seen) =>
    one.socket === null ? Number.NaN : pick(one.socket);
  return [
    {
      label: "Peer",
      kind: "text",
      title: "The other end",
      cell: ({ row, socket }) => row?.peer || socket?.remote || "",
    },
    ...(fromProcess ? processColumns(ofRow, clients) : []),
    ...(areSeveral
      ? [
          {
            label: "Address",
            kind: "text" as const,
            title: "Which of the target's it is at",
            cell: ({ address }: Seen) => address,
          },
        ]
      : []),
    {
      label: "Live calls",
      kind: "count",
      title: `${INSTRUMENTED}; ${CHANNELZ.toLowerCase()} where that does not tell: streams started and not ended`,
      cell: callsOn,
    },
    ...(fromChannelz ? channelzColumns(ofSocket) : []),
    {
      label: "Send window",
      kind: "bytes",
      title: `Bytes the other end would still take on the connection as a whole. ${INSTRUMENTED}; ${CHANNELZ.toLowerCase()} where that does not tell`,
      cell: ({ row, socket }) => known(row?.sendWindow ?? socket?.remoteWindow),
    },
    {
      label: "Seen by",
      kind: "text",
      title: "Which ways tell of it",
      cell: ({ row, socket }) =>
        [row === null ? "" : "instrumented", socket === null ? "" : "channelz"]
          .filter((way) => way !== "")
          .join(", "),
    },
  ];
}

type OfRow = (pick: (row: ConnectionRow) => number | undefined) => (one: Seen) => number;
type OfSocket = (pick: (socket: ChannelzSocket) => number) => (one: Seen) => number;

function processColumns(ofRow: OfRow, clients: ReadonlyMap<ConnectionRow, string>): Column<Seen>[] {
  return [
    {
      label: "Client",
      kind: "text",
      title: `${INSTRUMENTED}: who one of its calls says it is`,
      cell: ({ row }) => (row === null ? "" : (clients.get(row) ?? "")),
    },
    {
      label: "Bytes sent",
      kind: "byteCounter",
      title: `${INSTRUMENTED}: on the wire, all that it carries`,
      cell: ofRow(({ bytesSent }) => bytesSent),
    },
    {
      label: "Bytes received",
      kind: "byteCounter",
      title: `${INSTRUMENTED}: on the wire, all that it carries`,
      cell: ofRow(({ bytesReceived }) => bytesReceived),
    },
    {
      label: "Unsent",
      kind: "bytes",
      title: `${INSTRUMENTED}: given to the connection, and not taken by the operating system`,
      cell: ofRow(({ unsentBytes }) => unsentBytes),
    },
    {
      label: "Round trip",
      kind: "duration",
      title: `${INSTRUMENTED}: of the last ping that was answered; pings are sent only while calls are held up or silent`,
      cell: ofRow(({ roundTripMs }) => roundTripMs),
    },
    {
      label: "Silent for",
      kind: "duration",
      title: `${INSTRUMENTED}: since a byte last came`,
      cell: ({ row, process }) => (row === null || process === null ? Number.NaN : silenceOf(row, process)),
    },
  ];
}

function channelzColumns(ofSocket: OfSocket): Column<Seen>[] {
  return [
    {
      label: "Messages sent",
      kind: "counter",
      title: `${CHANNELZ}: by the target, in all calls`,
      cell: ofSocket(({ messagesSent }) => messagesSent),
    },
    {
      label: "Messages received",
      kind: "counter",
      title: `${CHANNELZ}: by the target, in all calls`,
      cell: ofSocket(({ messagesReceived }) => messagesReceived),
    },
    {
      label: "Failed streams",
      kind: "counter",
      title: `${CHANNELZ}: that ended in anything but a regular end`,
      cell: ofSocket(({ streamsFailed }) => streamsFailed),
    },
  ];
}
