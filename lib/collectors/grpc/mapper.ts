import {
  ConsumerFlag,
  type ConsumerInfo,
  type Layout,
  type Member,
  type Observation,
  type StreamInfo,
} from "../contract.ts";
import type { BookedCall, BookedMethod, BookedPeer, BookedProcess } from "./booked.ts";
import type { CallBook } from "./call-book.ts";
import { backlogAge, callBacklog, kindText, known, methodTotals } from "./flow.ts";

export type Columns = Pick<Observation, "lanes" | "positions" | "streams" | "consumers" | "members">;

/** A layout with what its rows stand for, of one version of the book. */
export interface Rows {
  readonly source: CallBook;
  readonly version: number;
  readonly layout: Layout;
  readonly methods: readonly BookedMethod[];
  readonly peers: readonly BookedPeer[];
  /** One a lane: a live call, or a peer that has none. Row for row also the positions. */
  readonly lanes: readonly (BookedCall | BookedPeer)[];
  readonly members: readonly Member[];
}

/** The peer is given nothing more once its oldest message has waited so long. */
const BLOCKED_AFTER_MS = 1_000;

/** The rows of the book: the same object until methods, peers or calls come or go. */
export function mapRows(book: CallBook, previous: Rows | null): Rows {
  if (previous?.source === book && previous.version === book.version) return previous;
  const methods = [...(book.process?.methods.values() ?? [])];
  const streams: StreamInfo[] = [];
  const consumers: ConsumerInfo[] = [];
  const peers: BookedPeer[] = [];
  const lanes: (BookedCall | BookedPeer)[] = [];
  const members: Member[] = [];
  const laneStream: number[] = [];
  const laneConsumer: number[] = [];
  const start = [0];
  for (const [stream, method] of methods.entries()) {
    const { path } = method.row;
    streams.push({ key: path, name: path, kind: "method", detail: kindText(method.row) });
    for (const peer of [...method.peers.values(), ...(method.pool ? [method.pool] : [])]) {
      for (const lane of peer.calls.size > 0 ? peer.calls.values() : [peer]) {
        lanes.push(lane);
        laneStream.push(stream);
        laneConsumer.push(peers.length);
        if (isCall(lane)) members.push(mapMember(lane, peers.length));
      }
      start.push(lanes.length);
      consumers.push(mapConsumer(peer, stream));
      peers.push(peer);
    }
  }
  const layout: Layout = {
    streams,
    lanes: {
      count: lanes.length,
      stream: Int32Array.from(laneStream),
      number: Int32Array.from(lanes, ({ number }) => number),
      label: lanes.map(labelOf),
    },
    consumers,
    positions: {
      count: lanes.length,
      consumer: Int32Array.from(laneConsumer),
      lane: Int32Array.from(lanes, (_, row) => row),
      start: Int32Array.from(start),
    },
  };
  return { source: book, version: book.version, layout, methods, peers, lanes, members };
}

function isCall(lane: BookedCall | BookedPeer): lane is BookedCall {
  return "peer" in lane;
}

function mapConsumer(peer: BookedPeer, stream: number): ConsumerInfo {
  return {
    key: peer.key,
    name: peer.name,
    kind: "peer",
    streams: [stream],
    backlogUnit: "messages",
    detail: detailOf(peer),
  };
}

function detailOf({ host, method }: BookedPeer): string {
  const kind = kindText(method.row);
  if (host !== null) return `${kind}, host ${host}`;
  return method.flow === "calls"
    ? `${kind}, all peers together`
    : `${kind}, calls too short or too many to be listed`;
}

function mapMember({ row }: BookedCall, consumer: number): Member {
  return { id: `call ${row.id}`, clientId: `call ${row.id}`, host: row.peer || "unknown peer", consumer };
}

function labelOf(lane: BookedCall | BookedPeer): string {
  if (isCall(lane)) return `call ${lane.row.id} · ${lane.row.peer || "unknown peer"}`;
  if (lane.method.flow === "calls") return "all calls";
  return lane.host === null ? "other calls" : "no live call";
}

/** The numbers of the book, row for row with `rows.layout`. */
export function mapColumns(rows: Rows, process: BookedProcess | null): Columns {
  const { lanes, peers, methods } = rows;
  const receivedAt = process?.receivedAt ?? Number.NaN;
  const serverTimeMs = process?.serverTimeMs ?? Number.NaN;
  const columns = {
    lanes: {
      head: new Float64Array(lanes.length),
      floor: new Float64Array(lanes.length).fill(Number.NaN),
      asOf: new Float64Array(lanes.length).fill(receivedAt),
      messageBytes: null,
      replicas: null,
      inSync: null,
    },
    positions: {
      position: new Float64Array(lanes.length),
      backlog: new Float64Array(lanes.length),
      inFlight: null,
      lost: null,
      latencyMs: new Float64Array(lanes.length),
      unreadSince: null,
      asOf: new Float64Array(lanes.length).fill(receivedAt),
      member: new Int32Array(lanes.length).fill(-1),
    },
    streams: {
      inTotal: Float64Array.from(methods, ({ row }) => methodTotals(row, 0).due),
      // Derived from the consumers, whose totals add up to the method's.
      outTotal: null,
      // It keeps no messages.
      retentionMs: null,
      retentionBytes: null,
      retentionMessages: null,
    },
    consumers: {
      readers: Float64Array.from(peers, readersOf),
      dueTotal: Float64Array.from(peers, (peer) => reportedTotals(peer).due),
      outTotal: Float64Array.from(peers, (peer) => reportedTotals(peer).out),
      flags: new Uint8Array(peers.length),
    },
    members: rows.members,
  };
  let member = 0;
  for (const [row, lane] of lanes.entries()) {
    const { due, out } = isCall(lane) ? lane.totals : reportedTotals(lane);
    const { backlog, ageMs } = isCall(lane)
      ? waitingInCall(lane, serverTimeMs)
      : waitingIn(lane, serverTimeMs);
    columns.lanes.head[row] = due;
    columns.positions.position[row] = out;
    columns.positions.backlog[row] = backlog;
    columns.positions.latencyMs[row] = ageMs;
    if (isCall(lane)) columns.positions.member[row] = member++;
    if (ageMs > BLOCKED_AFTER_MS) {
      columns.consumers.flags[rows.layout.positions.consumer[row]!]! |= ConsumerFlag.blocked;
    }
  }
  return columns;
}

/** NaN where the process does not count it. */
function reportedTotals({ totals, method }: BookedPeer): { due: number; out: number } {
  const { due, out } = methodTotals(method.row, 0);
  return {
    due: Number.isNaN(due) ? Number.NaN : totals.due,
    out: Number.isNaN(out) ? Number.NaN : totals.out,
  };
}

function waitingInCall({ row, peer }: BookedCall, serverTimeMs: number): { backlog: number; ageMs: number } {
  const { flow } = peer.method;
  const backlog = callBacklog(flow, row);
  return { backlog, ageMs: backlogAge(flow, backlog, row.oldestUnflushedAtMs, serverTimeMs) };
}

/** A peer without live calls has nothing waiting; a pool has what no listed call has. */
function waitingIn(peer: BookedPeer, serverTimeMs: number): { backlog: number; ageMs: number } {
  const { method, host } = peer;
  if (host !== null || readersOf(peer) === 0) return { backlog: 0, ageMs: 0 };
  const { flow, row } = method;
  if (flow === "requests") return { backlog: Number.NaN, ageMs: Number.NaN };
  let listed = 0;
  for (const { calls } of method.peers.values()) {
    for (const call of calls.values()) listed += callBacklog(flow, call.row);
  }
  const backlog = Math.max(0, known(row.queuedWrites) - listed);
  // The method tells the age of the oldest of all; with listed calls beside the pool it may be one of theirs.
  const oldest = flow === "calls" ? row.oldestUnflushedAtMs : undefined;
  return { backlog, ageMs: backlogAge(flow, backlog, oldest, serverTimeMs) };
}

/** Live calls. */
function readersOf({ host, method, calls }: BookedPeer): number {
  if (host !== null) return calls.size;
  let listed = 0;
  for (const peer of method.peers.values()) listed += peer.calls.size;
  return Math.max(0, known(method.row.started) - known(method.row.completed) - listed);
}
