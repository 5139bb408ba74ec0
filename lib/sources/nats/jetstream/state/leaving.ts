import type { EpochMs } from "../../../../model/reading.ts";
import type { ConsumerEntry } from "../entries.ts";
import { longestWaitMs, readersOf } from "./readers.ts";

/**
 * When a consumer last showed a sign of its reader, as far as that matters for its end: for those that the server
 * removes when nobody reads them (`inactive_threshold`; every ephemeral one has it). NaN: it stays.
 *
 * @param last the consumer as it was last known; null: not seen before · @param before its last sign then
 */
export function lastSign(consumer: ConsumerEntry, last: ConsumerEntry | null, before: EpochMs): EpochMs {
  if (!(consumer.config.inactiveMs > 0)) return Number.NaN;
  if (Number.isNaN(consumer.asOf)) return before;
  if (last === null || Number.isNaN(before)) return believable(toldSign(consumer), consumer);
  const moved =
    consumer.deliveredConsumerSeq !== last.deliveredConsumerSeq ||
    consumer.ackFloorConsumerSeq !== last.ackFloorConsumerSeq ||
    consumer.numAckPending !== last.numAckPending;
  if (moved || readersOf(consumer) > 0 || consumer.asOf < before) return consumer.asOf;
  return believable(before, consumer);
}

/** When the server removes it unless its reader comes back; NaN: it stays, or its reader is there. */
export function leavesAt(consumer: ConsumerEntry, sign: EpochMs): EpochMs {
  return readersOf(consumer) > 0 ? Number.NaN : sign + graceMs(consumer);
}

/** What a client was given it may be working on: the server waits for its ack wait first. */
function graceMs(consumer: ConsumerEntry): number {
  return consumer.config.inactiveMs + (consumer.numAckPending > 0 ? longestWaitMs(consumer) : 0);
}

/** The last delivery or acknowledgement, by the server's clock moved to this one. */
function toldSign({ deliveredAt, ackedAt, createdAt, toldAt, asOf }: ConsumerEntry): EpochMs {
  const ages = [deliveredAt, ackedAt, createdAt].flatMap((at) => {
    const ageMs = Date.parse(toldAt) - Date.parse(at);
    return Number.isNaN(ageMs) ? [] : [Math.max(0, ageMs)];
  });
  return asOf - Math.min(...ages, Number.MAX_SAFE_INTEGER);
}

/** That it is still there shows that somebody asked for messages later, between two samples or before the first. */
function believable(sign: EpochMs, consumer: ConsumerEntry): EpochMs {
  return sign + graceMs(consumer) + REMOVAL_MS < consumer.asOf ? consumer.asOf : sign;
}

/** The server adds up to a second, and in a cluster asks the meta leader first. */
const REMOVAL_MS = 3_000;
