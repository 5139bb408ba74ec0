import type { LatencyMeasure, LatencyRow } from "../protocol.ts";

/** One hour. Longer values are counted in the last bucket; `maxUs` and `sumUs` stay exact. */
const highestUs = 3_600_000_000;

/**
 * Durations of one measure of one method since the process started, to 1 % in 1 µs … 1 h (26 KB). The buckets of an HDR
 * histogram of two digits: one a microsecond below 256, and from there on 128 for each power of two. Done here, because
 * a library takes longer to record a value than all the rest that is done for a message.
 */
export class LatencyHistogram {
  readonly #counts = new Float64Array(bucketOf(highestUs) + 1);
  #lowest = Number.POSITIVE_INFINITY;
  #highest = -1;
  #count = 0;
  #sumUs = 0;
  #maxUs = 0;

  recordMs(ms: number): void {
    const us = ms > 0 ? Math.round(ms * 1000) : 0;
    const bucket = us < highestUs ? bucketOf(us) : this.#counts.length - 1;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    if (bucket < this.#lowest) this.#lowest = bucket;
    if (bucket > this.#highest) this.#highest = bucket;
    this.#count += 1;
    this.#sumUs += us;
    if (us > this.#maxUs) this.#maxUs = us;
  }

  row(measure: LatencyMeasure): LatencyRow {
    const bucketUpperUs: number[] = [];
    const bucketCounts: number[] = [];
    // No iterator: a Watch comes by too seldom for it to be compiled away.
    const counts = this.#counts;
    for (let bucket = this.#lowest; bucket <= this.#highest; bucket += 1) {
      const count = counts[bucket] as number;
      if (count === 0) continue;
      bucketUpperUs.push(upperOf(bucket));
      bucketCounts.push(count);
    }
    return {
      measure,
      count: this.#count,
      sumUs: this.#sumUs,
      maxUs: this.#maxUs,
      bucketUpperUs,
      bucketCounts,
    };
  }
}

/** Below 2 ** 32. */
function bucketOf(us: number): number {
  if (us < 256) return us;
  const shift = 24 - Math.clz32(us);
  return (shift << 7) + (us >>> shift);
}

/** The largest value of a bucket. */
function upperOf(bucket: number): number {
  if (bucket < 256) return bucket;
  const shift = (bucket >> 7) - 1;
  return (bucket - (shift << 7) + 1) * 2 ** shift - 1;
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
