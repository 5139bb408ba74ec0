import type { SeriesBlock } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";

/**
 * The live window of many series on one time axis: a ring of points, `measures` values each. Series are found by id,
 * so they outlive changes of topology. 4 bytes a value; NaN is a gap.
 */
export class SeriesTable {
  private readonly times: Float64Array;
  private readonly series = new Map<string, Float32Array>();
  /** Points ever begun; the newest is `count - 1`. */
  private count = 0;

  constructor(
    readonly measures: readonly string[],
    readonly points: number,
  ) {
    this.times = new Float64Array(points);
  }

  /** Begins the next point: every series has a gap there until `set` fills it. */
  begin(at: EpochMs): void {
    const slot = this.count % this.points;
    this.times[slot] = at;
    const width = this.measures.length;
    for (const values of this.series.values()) values.fill(Number.NaN, slot * width, (slot + 1) * width);
    this.count++;
  }

  /** Writes one value of the newest point. */
  set(id: string, measure: number, value: number): void {
    let values = this.series.get(id);
    if (values === undefined) {
      values = new Float32Array(this.points * this.measures.length).fill(Number.NaN);
      this.series.set(id, values);
    }
    values[((this.count - 1) % this.points) * this.measures.length + measure] = value;
  }

  /** Forgets series whose id is not in `ids`. */
  retain(ids: ReadonlySet<string>): void {
    for (const id of this.series.keys()) if (!ids.has(id)) this.series.delete(id);
  }

  /** The points newer than `after` of some series, oldest first, columns named by `name`. */
  block(
    ids: readonly string[],
    after: EpochMs,
    name: (id: string, measure: string) => string = (_id, measure) => measure,
  ): SeriesBlock {
    const slots: number[] = [];
    for (let point = Math.max(0, this.count - this.points); point < this.count; point++) {
      const slot = point % this.points;
      if (this.times[slot]! > after) slots.push(slot);
    }
    const columns: Record<string, (number | null)[]> = {};
    for (const id of ids) {
      const values = this.series.get(id);
      for (const [index, measure] of this.measures.entries()) {
        columns[name(id, measure)] = slots.map((slot) => {
          const value = values?.[slot * this.measures.length + index];
          return value === undefined || Number.isNaN(value) ? null : value;
        });
      }
    }
    return { t: slots.map((slot) => this.times[slot]!), columns };
  }

  /** The largest value of one measure in each closed bucket of `bucketMs` before `now`, oldest first. */
  bucketMaxima(
    id: string,
    measure: number,
    now: EpochMs,
    bucketMs: number,
    buckets: number,
  ): (number | null)[] {
    const values = this.series.get(id);
    const end = Math.floor(now / bucketMs) * bucketMs;
    const maxima = new Array<number | null>(buckets).fill(null);
    if (values === undefined) return maxima;
    for (let point = Math.max(0, this.count - this.points); point < this.count; point++) {
      const slot = point % this.points;
      const bucket = buckets - Math.ceil((end - this.times[slot]!) / bucketMs);
      const value = values[slot * this.measures.length + measure]!;
      if (bucket < 0 || bucket >= buckets || Number.isNaN(value)) continue;
      maxima[bucket] = Math.max(maxima[bucket] ?? 0, value);
    }
    return maxima;
  }
}
