import { ConsumerFlag, type Observation } from "../contract.ts";
import { type BookedCall, type BookedMethod, type BookedPeer, localTime } from "./booked.ts";
import { mapCalls } from "./call-columns.ts";
import { explainPeer } from "./explain.ts";
import type { BackendFindings } from "./findings.ts";
import { callBacklog, known, methodTotals, oldestWaitingAt, waitedMs } from "./flow.ts";
import { mapMethodTotals } from "./method-totals.ts";
import { methodFacts, peerFacts } from "./row-facts.ts";
import { isCall, type PeerPart, type Rows, type ShownPeer } from "./rows.ts";
import { createSight, type Sight } from "./sight.ts";
import { addEnded, isFailing } from "./status-window.ts";
import { takeSums } from "./sums.ts";

export { mapRows, type Rows } from "./rows.ts";

export type Columns = Pick<
  Observation,
  "lanes" | "positions" | "streams" | "consumers" | "calls" | "members"
>;

const FAILED_LATELY_MS = 60_000;

/** The numbers of all addresses, row for row with `rows.layout`. */
export function mapColumns(rows: Rows, backends: readonly BackendFindings[]): Columns {
  takeSums(rows);
  const { lanes, peers, methods, layout } = rows;
  const sight = createSight(rows, backends);
  const unknown = () => new Float64Array(lanes.length).fill(Number.NaN);
  const positions = {
    position: unknown(),
    backlog: unknown(),
    inFlight: null,
    lost: null,
    latencyMs: unknown(),
    unreadSince: null,
    stillSince: unknown(),
    asOf: unknown(),
    member: new Int32Array(lanes.length).fill(-1),
    flags: new Uint8Array(lanes.length),
  };
  const head = unknown();
  const gone = new Float64Array(peers.length);
  let member = 0;
  for (const [row, lane] of lanes.entries()) {
    if (isCall(lane)) {
      positions.member[row] = member++;
      if (!sight.isConfirmed(lane.process)) continue;
      const { flow } = lane.peer.method;
      const backlog = callBacklog(flow, lane.row);
      head[row] = lane.totals.due;
      positions.position[row] = lane.totals.out;
      positions.backlog[row] = backlog;
      positions.latencyMs[row] = waitedMs(
        backlog,
        oldestWaitingAt(flow, lane.row),
        lane.process.serverTimeMs,
      );
      positions.stillSince[row] = stillSince(lane, backlog);
      positions.asOf[row] = lane.process.receivedAt;
      positions.flags[row] = sight.flagsOf(lane);
      if ((positions.flags[row]! & ConsumerFlag.gone) !== 0) gone[layout.positions.consumer[row]!]!++;
    } else {
      if (!lane.parts.every(({ process }) => sight.isConfirmed(process))) continue;
      const { due, out } = reportedSum(lane, sight);
      const { backlog, ageMs } = waitingIn(lane);
      head[row] = due;
      positions.position[row] = out;
      positions.backlog[row] = backlog;
      positions.latencyMs[row] = ageMs;
      positions.asOf[row] = asOfPeer(lane);
    }
  }
  return {
    lanes: {
      head,
      floor: new Float64Array(lanes.length).fill(Number.NaN),
      asOf: positions.asOf,
      messageBytes: null,
      replicas: null,
      inSync: null,
    },
    positions,
    streams: {
      inTotal: Float64Array.from(methods, ({ parts, sum }) =>
        parts.some(({ process }) => sight.isConfirmed(process)) ? sum.due : Number.NaN,
      ),
      // Derived from the consumers, whose totals add up to the method's.
      outTotal: null,
      // It keeps no messages.
      retentionMs: null,
      retentionBytes: null,
      retentionMessages: null,
      facts: (stream) => (methods[stream] ? methodFacts(methods[stream]) : []),
      calls: (stream) => (methods[stream] ? mapMethodTotals(methods[stream]) : []),
    },
    consumers: {
      readers: Float64Array.from(peers, (peer, row) => readersOf(peer, sight) - gone[row]!),
      dueTotal: Float64Array.from(peers, (peer) => reportedSum(peer, sight).due),
      outTotal: Float64Array.from(peers, (peer) => reportedSum(peer, sight).out),
      flags: mapFailing(rows),
      facts: (consumer) => (peers[consumer] ? peerFacts(peers[consumer]) : []),
      explain: (consumer, status) => (peers[consumer] ? explainPeer(peers[consumer], status, sight) : null),
    },
    calls: mapCalls(rows, sight),
    members: rows.members,
  };
}

/** Since when messages have waited in a call and none was finished; NaN: none waits, or it is not known. */
function stillSince({ row, peer, process, movedAtMs }: BookedCall, backlog: number): number {
  if (!(backlog > 0)) return Number.NaN;
  const { flow } = peer.method;
  const oldest = oldestWaitingAt(flow, row);
  if (flow === "received") return localTime(process, Math.max(oldest, movedAtMs));
  const neverFlushed = row.messagesFlushed === 0;
  const flushedAt = row.lastFlushedAtMs ?? (neverFlushed ? oldest : movedAtMs);
  return localTime(process, Math.max(oldest, flushedAt));
}

function asOfPeer({ parts }: ShownPeer): number {
  let asOf = Number.NEGATIVE_INFINITY;
  for (const { process } of parts) asOf = Math.max(asOf, process.receivedAt);
  return asOf;
}

/** NaN where no process counts it. */
function reportedSum({ parts, sum }: ShownPeer, sight: Sight): { due: number; out: number } {
  let isDueKnown = false;
  let isOutKnown = false;
  for (const { peer, process } of parts) {
    if (!sight.isConfirmed(process)) continue;
    const { due, out } = methodTotals(peer.method.flow, peer.method.row, 0);
    if (!Number.isNaN(due)) isDueKnown = true;
    if (!Number.isNaN(out)) isOutKnown = true;
  }
  return { due: isDueKnown ? sum.due : Number.NaN, out: isOutKnown ? sum.out : Number.NaN };
}

/** A peer without live calls has nothing waiting; a pool has what no listed call has. */
function waitingIn({ parts }: ShownPeer): { backlog: number; ageMs: number } {
  let backlog = 0;
  let ageMs = 0;
  for (const part of parts) {
    if (part.peer.host !== null) continue;
    const waiting = waitingInPool(part);
    backlog += waiting.backlog;
    ageMs = Math.max(ageMs, waiting.ageMs);
  }
  return { backlog, ageMs };
}

function waitingInPool({ peer, process }: PeerPart): { backlog: number; ageMs: number } {
  if (!(unlistedIn(peer) > 0)) return { backlog: 0, ageMs: 0 };
  const { flow, row } = peer.method;
  if (flow === "received") return { backlog: Number.NaN, ageMs: Number.NaN };
  let listed = 0;
  for (const calls of listedIn(peer.method)) {
    for (const call of calls.values()) listed += callBacklog(flow, call.row) || 0;
  }
  const backlog = Math.max(0, known(row.queuedWrites) - listed);
  // The method tells the age of the oldest of all; with listed calls beside the pool it may be one of theirs.
  const oldest = flow === "calls" ? known(row.oldestUnflushedAtMs) : Number.NaN;
  return { backlog, ageMs: waitedMs(backlog, oldest, process.serverTimeMs) };
}

/** Live calls; NaN where one of its processes does not tell. */
function readersOf({ parts }: ShownPeer, sight: Sight): number {
  let readers = 0;
  for (const { peer, process } of parts) {
    if (!sight.isConfirmed(process)) return Number.NaN;
    readers += peer.calls.size + (peer.host === null ? unlistedIn(peer) : 0);
  }
  return readers;
}

/** Live calls of a pool's method that are no lanes. */
function unlistedIn({ method }: BookedPeer): number {
  let listed = 0;
  for (const calls of listedIn(method)) listed += calls.size;
  const unlisted = known(method.row.started) - known(method.row.completed) - listed;
  return Math.max(0, unlisted);
}

function* listedIn({ peers, pool }: BookedMethod): Iterable<BookedPeer["calls"]> {
  for (const { calls } of peers.values()) yield calls;
  if (pool) yield pool.calls;
}

/**
 * The consumers of methods of which too many calls end badly: those of whose calls some lately did, and everybody where
 * nothing is told of single calls.
 */
function mapFailing({ methods, peers, processes }: Rows): Uint8Array {
  const flags = new Uint8Array(peers.length);
  const failing = new Set<unknown>();
  for (const method of methods) {
    for (const part of method.parts)
      part.method.ended.take(part.process.receivedAt, part.method.row.statuses);
    if (method.parts.length === 1 && !method.parts[0]!.method.ended.isFailing) continue;
    if (isFailing(addEnded(method.parts.map((part) => part.method.ended.ended())))) failing.add(method);
  }
  if (failing.size === 0) return flags;
  const now = Math.max(...processes.map(({ process }) => process.receivedAt));
  const hasFailed = ({ parts }: ShownPeer) =>
    parts.some(({ peer }) => now - peer.failedAt < FAILED_LATELY_MS);
  const named = new Set(peers.filter(hasFailed).map(({ method }) => method));
  for (const [row, peer] of peers.entries()) {
    if (failing.has(peer.method) && (!named.has(peer.method) || hasFailed(peer))) {
      flags[row] = ConsumerFlag.failing;
    }
  }
  return flags;
}
