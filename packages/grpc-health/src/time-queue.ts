const initialCapacity = 8;
const keepCapacity = 1024;

/**
 * First-in first-out of times: when each unflushed message was written. The oldest stands apart, because most calls never
 * have two; the others are in a ring that doubles, so that a push is a store.
 */
export class TimeQueue {
  #oldest = Number.NaN;
  #size = 0;
  #ring: Float64Array | undefined;
  #head = 0;

  get size(): number {
    return this.#size;
  }

  oldest(): number | undefined {
    return this.#size === 0 ? undefined : this.#oldest;
  }

  push(time: number): void {
    if (this.#size === 0) this.#oldest = time;
    else {
      const others = this.#size - 1;
      const ring = this.#ringFor(others + 1);
      ring[(this.#head + others) & (ring.length - 1)] = time;
    }
    this.#size += 1;
  }

  shift(): void {
    if (this.#size === 0) return;
    this.#size -= 1;
    const ring = this.#ring;
    if (ring === undefined) return;
    if (this.#size > 0) {
      this.#oldest = ring[this.#head] ?? Number.NaN;
      this.#head = (this.#head + 1) & (ring.length - 1);
    } else if (ring.length > keepCapacity) {
      // A stall that is over gives its memory back.
      this.#ring = undefined;
      this.#head = 0;
    }
  }

  /** The capacity stays a power of two: the masks depend on it. */
  #ringFor(count: number): Float64Array {
    const ring = this.#ring;
    if (ring !== undefined && count <= ring.length) return ring;
    const grown = new Float64Array(ring === undefined ? initialCapacity : ring.length * 2);
    if (ring !== undefined) {
      const tail = ring.subarray(this.#head);
      grown.set(tail);
      grown.set(ring.subarray(0, this.#head), tail.length);
    }
    this.#ring = grown;
    this.#head = 0;
    return grown;
  }
}
