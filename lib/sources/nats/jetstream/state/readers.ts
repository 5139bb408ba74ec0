import type { ConsumerEntry } from "../entries.ts";

/** Long enough for a reader that works in batches to take a new message. */
const PASSING_MS = 60_000;
/** Messages come back a little after their ack wait. */
const LATE_MS = 2_000;
/** Redeliveries go on while the last one is no longer ago than the next one may take, between these. */
const LATELY_MS = 10_000;

/**
 * Active readers of a consumer. A push consumer has them exactly while somebody subscribes. A pull consumer shows one
 * only while a pull waits: none may mean that its clients are busy with what they were given, or come by later, and the
 * server does not know either.
 */
export function readersOf({ push, pushBound, numWaiting }: ConsumerEntry): number {
  if (push) return pushBound;
  return numWaiting > 0 ? 1 : Number.NaN; // one at least: a client may have several pulls waiting
}

/**
 * Whether it is given the same messages again and again while others pass. Not so where none was delivered again for
 * longer than a message takes to come back, nor where new ones wait and only old ones are delivered: then it stands.
 *
 * @param againMs since when none has been seen to be delivered again · @param noNewMs … nothing for the first time
 */
export function isRedelivering(consumer: ConsumerEntry, againMs: number, noNewMs: number): boolean {
  if (!(consumer.numRedelivered > 0)) return false;
  const goesOn = againMs <= Math.min(PASSING_MS, Math.max(LATELY_MS, longestWaitMs(consumer) + LATE_MS));
  return goesOn && (consumer.numPending === 0 || noNewMs <= PASSING_MS);
}

/** How long a reader may keep a message before it is given to another. */
export function longestWaitMs({ config }: ConsumerEntry): number {
  return Math.max(config.ackWaitMs, config.longestBackoffMs);
}
