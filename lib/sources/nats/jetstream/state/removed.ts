import type { ConsumerEntry, StreamConfigEntry, StreamEntry } from "../entries.ts";

/**
 * Made so that newer messages take the place of older ones of their subject (a key-value bucket, the newest values, an
 * object store): what a reader did not see of it is no loss.
 */
export function overwrites({
  maxPerSubject,
  discard,
  discardPerSubject,
  allowRollup,
}: StreamConfigEntry): boolean {
  return allowRollup || (isLimit(maxPerSubject) && !(discard === "new" && discardPerSubject));
}

/**
 * Messages that limits removed before a consumer that reads the whole stream was given them: at least so many; NaN: not
 * known.
 *
 * The server moves consumers on itself when a stream is purged, when the last of their messages is acknowledged, and
 * when limits remove a message that is out with a client. What limits remove ahead of the delivered sequence is noticed
 * only with the next delivery, and the ack floor stays where it was until that one is acknowledged.
 */
export function removedUnread({ firstSeq, config }: StreamEntry, consumer: ConsumerEntry): number {
  const finished = finishedSeq(consumer);
  const removed = firstSeq - 1 - finished;
  if (Number.isNaN(removed)) return removed;
  if (removed <= 0) return 0;
  // Removed by hand: that was somebody's will. And who asks for the newest of each subject wants no older ones.
  if (!removesUnread(config) || consumer.config.deliverPolicy === "last_per_subject") return 0;
  const unseen = Math.max(0, firstSeq - 1 - Math.max(finished, consumer.deliveredStreamSeq));
  // What was delivered is finished, out or given up; sequences that passed without a delivery were gone by then.
  const skipped = consumer.ackNone ? 0 : passedSince(consumer) - deliveriesSince(consumer);
  return unseen + Math.max(0, Math.min(skipped, removed - unseen));
}

/** Sequences of the stream, and deliveries, since the ack floor. A message that is delivered again counts again. */
function passedSince({ deliveredStreamSeq, ackFloorStreamSeq }: ConsumerEntry): number {
  return deliveredStreamSeq - ackFloorStreamSeq;
}

function deliveriesSince({ deliveredConsumerSeq, ackFloorConsumerSeq }: ConsumerEntry): number {
  return deliveredConsumerSeq - ackFloorConsumerSeq;
}

/** The last message in sequence that is finished; NaN: not known. */
export function finishedSeq(consumer: ConsumerEntry): number {
  if (consumer.ackNone) return consumer.deliveredStreamSeq;
  return hidesAckFloor(consumer) ? beforeFirstAck(consumer) : consumer.ackFloorStreamSeq;
}

/** A replicated consumer that began further on says 0 until something is acknowledged. */
function hidesAckFloor({ ackFloorStreamSeq, ackFloorConsumerSeq, replicas }: ConsumerEntry): boolean {
  return ackFloorStreamSeq === 0 && ackFloorConsumerSeq === 0 && replicas.length > 0;
}

/** Where it began, told by what was delivered: all of it is out. */
function beforeFirstAck({ deliveredStreamSeq, numAckPending, filter, config }: ConsumerEntry): number {
  if (filter === "" || numAckPending === 0) return Math.max(0, deliveredStreamSeq - numAckPending);
  return config.deliverPolicy === "all" ? 0 : Number.NaN;
}

/**
 * Whether a stream loses messages whoever has read them: with `discard: new` it refuses new ones instead, and what is
 * overwritten is not lost.
 */
export function removesUnread(config: StreamConfigEntry): boolean {
  if (config.sealed || overwrites(config)) return false;
  const { retentionMs, retentionBytes, retentionMessages } = retentionOf(config);
  return config.messageTtl || isLimit(retentionMs) || isLimit(retentionBytes) || isLimit(retentionMessages);
}

/** What removes the oldest messages of a stream; Infinity: nothing does. Limits by subject are no such thing. */
export function retentionOf(config: StreamConfigEntry): {
  readonly retentionMs: number;
  readonly retentionBytes: number;
  readonly retentionMessages: number;
} {
  const none = Number.POSITIVE_INFINITY;
  const keepsOld = config.sealed || config.discard === "new";
  return {
    retentionMs: config.sealed ? none : config.maxAgeMs,
    retentionBytes: keepsOld ? none : config.maxBytes,
    retentionMessages: keepsOld ? none : config.maxMessages,
  };
}

function isLimit(value: number): boolean {
  return value < Number.POSITIVE_INFINITY;
}
