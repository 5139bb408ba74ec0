import type { MethodRow } from "@streamside/grpc-health";
import type { BookedMethod, BookedPeer } from "./booked.ts";
import { known, methodTotals, type Totals } from "./flow.ts";

export const NOTHING: Readonly<Totals> = { due: 0, out: 0 };

/** What a peer did, of what its method counts. */
export function give({ totals, method: { given } }: BookedPeer, { due, out }: Totals): void {
  totals.due += due;
  totals.out += out;
  given.due += due;
  given.out += out;
}

/** Never negative, and 0 where it is not known: a later known value makes up for it. */
export function growth(before: Readonly<Totals>, now: Totals): Totals {
  const step = (a: number, b: number) => (b > a ? b - a : 0);
  return { due: step(before.due, now.due), out: step(before.out, now.out) };
}

/** What a method counted and none of its peers was given yet. */
export function restOf({ flow, row, base, given, peers }: BookedMethod): Totals {
  let unread = 0;
  if (flow === "received") {
    for (const peer of peers.values()) {
      for (const { totals } of peer.calls.values()) unread += totals.due - totals.out || 0;
    }
  }
  const counted = methodTotals(flow, row, unread);
  // What was not counted before begins now.
  if (Number.isNaN(base.due)) base.due = counted.due - given.due;
  if (Number.isNaN(base.out)) base.out = counted.out - given.out;
  return growth({ due: base.due + given.due, out: base.out + given.out }, counted);
}

const COUNTERS = [
  "started",
  "completed",
  "messagesWritten",
  "messagesFlushed",
  "messagesReceived",
] as const satisfies readonly (keyof MethodRow)[];

export function wentBack(before: MethodRow, now: MethodRow): boolean {
  return COUNTERS.some((counter) => known(now[counter]) < known(before[counter]));
}

/** After counters went back: what is counted from here on is traffic, what is missing is not. */
export function rebase(method: BookedMethod, row: MethodRow): void {
  const { due, out } = methodTotals(method.flow, row, 0);
  method.base.due = due - method.given.due;
  method.base.out = out - method.given.out;
  if (method.taken > due) method.taken = due;
}
