const initialCapacity = 8;
const keepCapacity = 1024;

/**
 * First-in first-out of times. A ring that doubles, so that a push is a store; a plain array, because a typed one lies in
 * more lines of the processor's cache.
 */
export class TimeQueue {
  size = 0;
  #head = 0;
  #ring: number[] | undefined;

  oldest(): number | undefined {
    return this.size === 0 ? undefined : this.#ring?.[this.#head];
  }

  push(time: number): void {
    let ring = this.#ring;
    if (ring === undefined || this.size === ring.length) ring = this.#grow();
    ring[(this.#head + this.size) & (ring.length - 1)] = time;
    this.size += 1;
  }

  shift(): number | undefined {
    const ring = this.#ring;
    if (this.size === 0 || ring === undefined) return undefined;
    const time = ring[this.#head];
    this.#head = (this.#head + 1) & (ring.length - 1);
    this.size -= 1;
    // A stall that is over gives its memory back.
    if (this.size === 0 && ring.length > keepCapacity) this.#ring = undefined;
    return time;
  }

  /** The capacity stays a power of two: the masks depend on it. */
  #grow(): number[] {
    const old = this.#ring ?? [];
    // Filled with fractions, it is an array of plain numbers to V8 from the start and stays one.
    const ring = new Array<number>(Math.max(initialCapacity, old.length * 2)).fill(Number.NaN);
    for (let i = 0; i < this.size; i += 1) ring[i] = old[(this.#head + i) & (old.length - 1)] as number;
    this.#ring = ring;
    this.#head = 0;
    return ring;
  }
}
