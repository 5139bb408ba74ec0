import type { ConsumerEntry, StreamEntry } from "../entries.ts";

/** How much of a stream its consumers had left to do, and the stream's last message before they were asked. */
export interface Claimed {
  readonly messages: number;
  readonly lastSeq: number;
}

/** Streams that are made for their consumers to empty them. */
export function isEmptied({ config }: StreamEntry): boolean {
  return config.retention === "workqueue" || config.retention === "interest";
}

/**
 * What the consumers say is theirs; null: not known, or they were asked before the stream.
 *
 * Consumers of a work queue share nothing. Of an interest stream several may have the same message.
 */
export function claimedOf(entry: StreamEntry, consumers: readonly ConsumerEntry[]): Claimed | null {
  if (consumers.length !== entry.consumerCount) return null;
  let messages = 0;
  for (const { numPending, numAckPending, asOf } of consumers) {
    if (!(asOf >= entry.asOf)) return null;
    messages += numPending + numAckPending;
  }
  return Number.isNaN(messages) ? null : { messages, lastSeq: entry.lastSeq };
}

export interface Unclaimed {
  readonly messages: number;
  readonly atLeast: boolean;
}

/**
 * Messages that are none of its consumers': at least so many. What came since the consumers were asked is taken for
 * theirs, and what they finished since is gone from the stream, so it is never too many; a stream and its consumers are
 * not read in one moment. Null: not known yet.
 *
 * @param before what consumers had left to do at an earlier sample · @param now and at this one, where it was asked
 */
export function unclaimed(entry: StreamEntry, before: Claimed | null, now: Claimed | null): Unclaimed | null {
  if (Number.isNaN(entry.messages)) return null;
  if (entry.consumerCount === 0) return { messages: entry.messages, atLeast: false };
  if (before === null) return null;
  const since = entry.messages - before.messages - Math.max(0, entry.lastSeq - before.lastSeq);
  const messages = Math.max(0, now === null ? since : Math.min(since, entry.messages - now.messages));
  const isStill = entry.lastSeq === before.lastSeq && (now === null || now.messages === before.messages);
  return {
    messages,
    atLeast: !isStill || (entry.config.retention === "interest" && entry.consumerCount > 1),
  };
}
