import type { LatencySum } from "../../sample/method-totals.ts";
import type { CountedValues } from "../../sample/metrics.ts";

/** A bucket of the source may reach so far beyond a bound: histograms of instrumented processes are exact to 1 %. */
const PLAY = 1.01;

/** Values in ms as Prometheus counts them in seconds. @param boundsS rising */
export function bucketsOf({ values, sumMs }: LatencySum, boundsS: readonly number[]): CountedValues {
  const counts = new Float64Array(boundsS.length + 1);
  for (const [upperMs, count] of values) {
    const row = boundsS.findIndex((bound) => upperMs <= bound * 1_000 * PLAY);
    counts[row < 0 ? boundsS.length : row]! += count;
  }
  let count = 0;
  const atMost = boundsS.map((bound, row) => {
    count += counts[row]!;
    return [bound, count] as const;
  });
  return { atMost, count: count + counts[boundsS.length]!, sum: sumMs / 1_000 };
}
