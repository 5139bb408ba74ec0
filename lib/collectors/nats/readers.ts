import type { ConsumerEntry } from "./entries.ts";

/** Without a delivery for so long, a pull consumer that nobody waits on and that owes nothing counts as left. */
const STILL_MS = 2_500;
/** Long enough for a reader that works in batches to take a new message. */
const PASSING_MS = 60_000;
/** Messages come back a little after their ack wait. */
const LATE_MS = 2_000;

/**
 * Active readers of a consumer. A pull consumer shows a reader only while a pull waits: none may mean that all of its
 * readers are busy, so that is not known until nothing is in flight, or what is has been out for longer than a reader
 * may take, and nothing moves any more.
 *
 * @param stillMs since when it has been seen to be delivered nothing
 */
export function readersOf(consumer: ConsumerEntry, stillMs: number): number {
  if (consumer.push) return consumer.pushBound;
  if (consumer.numWaiting > 0) return 1; // one at least: a client may have several pulls waiting
  if (consumer.numWaiting !== 0 || !(stillMs >= STILL_MS)) return Number.NaN;
  if (consumer.numAckPending === 0) return 0;
  return quietMs(consumer, stillMs) > longestWaitMs(consumer) + LATE_MS ? 0 : Number.NaN;
}

/**
 * Whether it is given the same messages again and again while others pass. Not so where nothing was delivered for
 * longer than a message takes to come back, nor where new ones wait and only old ones are delivered: then it stands.
 *
 * @param stillMs since when it has been seen to be delivered nothing · @param noNewMs … nothing for the first time
 */
export function isRedelivering(consumer: ConsumerEntry, stillMs: number, noNewMs: number): boolean {
  if (!(consumer.numRedelivered > 0)) return false;
  const goesOn = stillMs <= Math.max(PASSING_MS, longestWaitMs(consumer) + LATE_MS);
  return goesOn && (consumer.numPending === 0 || noNewMs <= PASSING_MS);
}

/** How long ago anything was delivered, reported as in progress or acknowledged, by the server's clock where it tells. */
export function quietMs({ deliveredAt, ackedAt, toldAt }: ConsumerEntry, stillMs: number): number {
  const last = deliveredAt > ackedAt ? deliveredAt : ackedAt; // the same form of time: as texts, to the second
  return last === "" ? stillMs : Date.parse(toldAt) - Date.parse(last);
}

/** How long a reader may keep a message before it is given to another. */
export function longestWaitMs({ config }: ConsumerEntry): number {
  return Math.max(config.ackWaitMs, config.longestBackoffMs);
}
