import { firstLossMs } from "../../derive/first-loss.ts";
import { safeFromRetention } from "../../derive/retention.ts";
import { PROVENANCES, type Reading, toReading, UNKNOWN_READING } from "../../model/reading.ts";
import { STATUSES, type Status } from "../../model/status.ts";
import { paceOf } from "../../pipeline/readings.ts";
import type { Sampled } from "../../pipeline/sampled.ts";

const STANDING: ReadonlySet<Status> = new Set(["stalled", "stopped", "blocked", "held", "paused", "leaving"]);

const AT_LEAST = PROVENANCES.indexOf("atLeast");
const INTERPOLATED = PROVENANCES.indexOf("interpolated");

/** When the first of it is lost at the pace of the window that the verdict rests on; null: not at this pace. */
export function firstLossOf(sampled: Sampled, consumer: number, retention: Reading | null): Reading | null {
  if (retention === null || retention.value === null) return retention;
  const status = STATUSES[sampled.derived.consumers.judged[consumer]!]!;
  // What it finished before it stood still says nothing of what it will.
  const ms = firstLossMs(retention.value, STANDING.has(status) ? null : paceOf(sampled, consumer));
  if (ms === Number.POSITIVE_INFINITY) return null;
  return ms === retention.value ? retention : toReading(ms, "interpolated");
}

/**
 * How long what a consumer has not read is safe from retention: the shortest over its positions with a backlog. Unknown
 * where one of them is not known and might be shorter still; null where retention takes nothing.
 */
export function retentionOf(sampled: Sampled, consumer: number): Reading | null {
  const { layout, sample, derived } = sampled;
  const { retentionMs, retentionBytes, retentionMessages } = sample.streams;
  if (retentionMs === null || retentionBytes === null) return null;
  const { start, lane: laneOf } = layout.positions;
  const { lanes } = sample;
  const { position } = sample.positions;
  let least = Number.POSITIVE_INFINITY;
  let estimated = false;
  let isKnown = true;
  for (let row = start[consumer]!; row < start[consumer + 1]!; row++) {
    const backlog = derived.positions.backlog[row]!;
    if (!(backlog > 0)) continue;
    const lane = laneOf[row]!;
    const stream = layout.lanes.stream[lane]!;
    const mostMessages = retentionMessages?.[stream] ?? Number.POSITIVE_INFINITY;
    const isLimited = Math.min(retentionBytes[stream]!, mostMessages) !== Number.POSITIVE_INFINITY;
    const provenance = derived.positions.latencyProvenance[row]!;
    const left = safeFromRetention({
      ageMs: derived.positions.latencyMs[row]!,
      ageAtLeast: provenance === AT_LEAST,
      // The lane's messages, whoever they are for: those of other subjects fill it as well.
      messages: Math.max(backlog, lanes.head[lane]! - Math.max(position[row]!, lanes.floor[lane]! || 0) || 0),
      messageBytes: lanes.messageBytes?.[lane] ?? Number.NaN,
      messagesPerSecond: isLimited ? (derived.lanes.pace?.[lane] ?? Number.NaN) : Number.NaN,
      retentionMs: retentionMs[stream]!,
      retentionBytes: retentionBytes[stream]!,
      retentionMessages: mostMessages,
    });
    if (Number.isNaN(left)) isKnown = false;
    if (!(left < least)) continue;
    least = left;
    estimated = isLimited || provenance === INTERPOLATED;
  }
  // Nothing is sooner than now: then what the others are does not matter.
  if (!isKnown && least > 0) return UNKNOWN_READING;
  if (least === Number.POSITIVE_INFINITY) return null;
  return toReading(least, estimated ? "interpolated" : "measured");
}
