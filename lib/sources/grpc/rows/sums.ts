import type { BookedMethod, BookedPeer } from "../book/booked.ts";
import { methodTotals, type Totals } from "../book/flow.ts";
import type { Rows } from "./rows.ts";

/**
 * Adds what every process has counted since the last time to the sums of streams and consumers. Those go on while
 * processes come and go, so one that is back after a break is no burst of traffic, and one that is lost no step back.
 */
export function takeSums({ methods, peers, doubles }: Rows): void {
  for (const { parts, fills, beside, sum } of methods) {
    const isNew = Number.isNaN(sum.due);
    for (const { method } of parts) {
      const grown = takeMethod(method, isNew);
      if (!Number.isNaN(grown)) sum.due = (sum.due || 0) + grown;
    }
    for (const { method } of [...fills.values(), ...beside]) pass(method);
  }
  for (const { parts, sum } of peers) {
    for (const { peer } of parts) takePeer(peer, sum);
  }
  for (const { process } of doubles) for (const method of process.methods.values()) pass(method);
}

/** What was counted since; NaN: not known. */
function takeMethod(method: BookedMethod, isNew: boolean): number {
  const { due } = methodTotals(method.flow, method.row, 0);
  if (Number.isNaN(due)) return Number.NaN;
  // What a process had done before it was seen is no growth of a stream that was there before.
  const from = Number.isNaN(method.taken) ? (isNew ? 0 : method.base.due) : method.taken;
  method.taken = due;
  return Math.max(0, due - from) || 0;
}

function takePeer({ totals, taken }: BookedPeer, sum: Totals): void {
  sum.due += totals.due - taken.due;
  sum.out += totals.out - taken.out;
  taken.due = totals.due;
  taken.out = totals.out;
}

/** Somebody else counts the same. */
function pass(method: BookedMethod): void {
  const ignored = { due: 0, out: 0 };
  takeMethod(method, false);
  for (const peer of method.peers.values()) takePeer(peer, ignored);
  if (method.pool) takePeer(method.pool, ignored);
}
