/** A histogram with fixed bounds, as Prometheus has them: bucket i counts values up to bound i. */
export class Buckets {
  readonly bounds: readonly number[];
  /** The last one counts what is above all bounds. */
  readonly #counts: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  record(value: number): void {
    let low = 0;
    let high = this.bounds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value <= (this.bounds[middle] as number)) high = middle;
      else low = middle + 1;
    }
    this.#counts[low]! += 1;
    this.sum += value;
  }

  /** One for each bound, and the count of all. */
  cumulative(): number[] {
    let sum = 0;
    return Array.from(this.#counts, (count) => {
      sum += count;
      return sum;
    });
  }
}
