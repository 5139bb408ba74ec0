import type { BookedMethod, BookedPeer } from "../book/booked.ts";
import { callBacklog, known, waitedMs } from "../book/flow.ts";
import type { PeerPart, ShownPeer } from "./shown.ts";

/** A peer without live calls has nothing waiting; a pool has what no listed call has. */
export function waitingInPools({ parts }: ShownPeer): { backlog: number; ageMs: number } {
  let backlog = 0;
  let ageMs = 0;
  for (const part of parts) {
    if (part.peer.host !== null) continue;
    const waiting = waitingIn(part);
    backlog += waiting.backlog;
    ageMs = Math.max(ageMs, waiting.ageMs);
  }
  return { backlog, ageMs };
}

function waitingIn({ peer, process }: PeerPart): { backlog: number; ageMs: number } {
  if (unlistedIn(peer) === 0) return { backlog: 0, ageMs: 0 };
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

/** Live calls of a peer. */
export function liveIn(peer: BookedPeer): number {
  return peer.host === null ? peer.calls.size + unlistedIn(peer) : peer.calls.size;
}

/** Live calls of a pool's method that are no lanes. */
function unlistedIn({ method }: BookedPeer): number {
  let listed = 0;
  for (const calls of listedIn(method)) listed += calls.size;
  return Math.max(0, known(method.row.started) - known(method.row.completed) - listed);
}

function* listedIn({ peers, pool }: BookedMethod): Iterable<BookedPeer["calls"]> {
  for (const { calls } of peers.values()) yield calls;
  if (pool) yield pool.calls;
}
