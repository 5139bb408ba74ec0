import { build, type JsHistogram } from "hdr-histogram-js";
import type { LatencyMeasure, LatencyRow } from "./protocol.ts";

/** One hour. Longer values are counted in the last bucket; `maxUs` and `sumUs` stay exact. */
const highestUs = 3_600_000_000;

/** Durations of one measure of one method since the process started, to 1 % in 1 µs … 1 h (about 13 KB). */
export class LatencyHistogram {
  readonly #histogram = build({
    bitBucketSize: 64,
    numberOfSignificantValueDigits: 2,
    lowestDiscernibleValue: 1,
    highestTrackableValue: highestUs,
    autoResize: false,
  }) as JsHistogram;
  #sumUs = 0;
  #maxUs = 0;

  recordMs(ms: number): void {
    const us = Math.max(0, Math.round(ms * 1000));
    this.#histogram.recordValue(Math.min(us, highestUs));
    this.#sumUs += us;
    if (us > this.#maxUs) this.#maxUs = us;
  }

  row(measure: LatencyMeasure): LatencyRow {
    const bucketUpperUs: number[] = [];
    const bucketCounts: number[] = [];
    const values = this.#histogram.recordedValuesIterator;
    values.reset();
    while (values.hasNext()) {
      const value = values.next();
      bucketUpperUs.push(value.valueIteratedTo);
      bucketCounts.push(value.countAtValueIteratedTo);
    }
    const count = this.#histogram.totalCount;
    return { measure, count, sumUs: this.#sumUs, maxUs: this.#maxUs, bucketUpperUs, bucketCounts };
  }
}

/**
 * The value that a share `q` (0 … 1) of a histogram does not exceed, in milliseconds: the upper bound of its bucket.
 * `undefined` for an empty one.
 */
export function latencyAtMs(latency: LatencyRow, q: number): number | undefined {
  if (latency.count === 0) return undefined;
  const rank = Math.max(1, Math.ceil(q * latency.count));
  let seen = 0;
  for (const [i, count] of latency.bucketCounts.entries()) {
    seen += count;
    if (seen >= rank) return Math.min(latency.bucketUpperUs[i] ?? latency.maxUs, latency.maxUs) / 1000;
  }
  return latency.maxUs / 1000;
}

/** The values recorded after `before` and up to `after`, two rows of one measure of one process. */
export function latencyBetween(before: LatencyRow | undefined, after: LatencyRow): LatencyRow {
  if (before === undefined) return after;
  const earlier = new Map(before.bucketUpperUs.map((upperUs, i) => [upperUs, before.bucketCounts[i] ?? 0]));
  const row: LatencyRow = {
    ...after,
    count: after.count - before.count,
    sumUs: after.sumUs - before.sumUs,
    bucketUpperUs: [],
    bucketCounts: [],
  };
  for (const [i, upperUs] of after.bucketUpperUs.entries()) {
    const count = (after.bucketCounts[i] ?? 0) - (earlier.get(upperUs) ?? 0);
    if (count <= 0) continue;
    row.bucketUpperUs.push(upperUs);
    row.bucketCounts.push(count);
  }
  // The largest value of the interval is known only to its bucket, unless it is the largest ever.
  if (after.maxUs === before.maxUs) row.maxUs = Math.min(row.bucketUpperUs.at(-1) ?? 0, after.maxUs);
  return row;
}
