/** The last few of what happened, for readers that each come by at their own pace. */
export class Ring<T> {
  readonly #items: T[] = [];
  readonly #capacity: number;
  /** How many were ever pushed: a reader notes it, and asks next time for what came `after` it. */
  pushed = 0;
  #cleared = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(item: T): void {
    this.#items[this.pushed % this.#capacity] = item;
    this.pushed += 1;
  }

  /** Those pushed after the first `count`, oldest first, as far as they are kept. */
  after(count: number): T[] {
    const items: T[] = [];
    const from = Math.max(count, this.#cleared, this.pushed - this.#capacity);
    for (let i = from; i < this.pushed; i += 1) items.push(this.#items[i % this.#capacity] as T);
    return items;
  }

  /** Forgets all; counting goes on. */
  clear(): void {
    this.#items.length = 0;
    this.#cleared = this.pushed;
  }
}
