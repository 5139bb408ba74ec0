import type { LatencyRow } from "@streamside/grpc-health";

/**
 * A histogram as Prometheus tells it, of several series that are to be one: in each of them a bucket counts all values of
 * at most its bound. NaN in a count makes the whole unknown.
 */
export class BucketSums {
  /** By series, and in there by bound in µs. */
  readonly #series = new Map<string, Map<number, number>>();
  #sumUs: number | undefined;

  /** @param series what tells it from other series: all labels but `le` */
  addBucket(series: string, upperUs: number, atMost: number): void {
    let bounds = this.#series.get(series);
    if (bounds === undefined) {
      bounds = new Map();
      this.#series.set(series, bounds);
    }
    bounds.set(upperUs, atMost);
  }

  addSum(us: number): void {
    this.#sumUs = (this.#sumUs ?? 0) + us;
  }

  /** Null: nothing was counted, or not all of it is known. */
  row(): LatencyRow | null {
    const counts = new Map<number, number>();
    for (const bounds of this.#series.values()) {
      let before = 0;
      for (const [upperUs, atMost] of [...bounds].sort(([a], [b]) => a - b)) {
        const count = atMost - before;
        before = atMost;
        // Written while it was read; or it is no histogram.
        if (!(count >= 0)) return null;
        if (count > 0) counts.set(upperUs, (counts.get(upperUs) ?? 0) + count);
      }
    }
    if (counts.size === 0) return null;
    const buckets = [...counts].sort(([a], [b]) => a - b);
    return {
      measure: "CALL_DURATION",
      count: buckets.reduce((sum, [, count]) => sum + count, 0),
      sumUs: this.#sumUs ?? Number.NaN,
      maxUs: Number.NaN,
      bucketUpperUs: buckets.map(([upperUs]) => upperUs),
      bucketCounts: buckets.map(([, count]) => count),
    };
  }
}
