import type { EpochMs } from "../../../model/reading.ts";

const MEMORY_MS = 60_000;
const MOST_TROUBLES = 20;

/** What was wrong lately with what a process told, in words. */
export class Troubles {
  readonly #lastAt = new Map<string, EpochMs>();

  note(message: string, at: EpochMs): void {
    if (this.#lastAt.size < MOST_TROUBLES || this.#lastAt.has(message)) this.#lastAt.set(message, at);
  }

  get messages(): readonly string[] {
    return [...this.#lastAt.keys()];
  }

  prune(now: EpochMs): void {
    for (const [message, at] of this.#lastAt) if (now - at > MEMORY_MS) this.#lastAt.delete(message);
  }

  clear(): void {
    this.#lastAt.clear();
  }
}
