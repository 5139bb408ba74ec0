import type { Clock } from "../../../async/clock.ts";

/** However quick a broker was before, a hiccup of this length is no reason to go on without it. */
const SHORTEST_MS = 500;
/** What a broker is taken to need before it has shown better: the first answers of a connection are slow ones. */
const FIRST_GUESS_MS = 500;
/** How many times as long as usual it may take. */
const SLACK = 3;
/** A slow answer is forgotten step by step, over the quicker ones after it. */
const DECAY = 0.9;
const RECHECK_MS = 50;

/**
 * When to go on without a broker. A cluster that is slow as a whole is waited for; one broker that says nothing while
 * others answer must not take their numbers with it. A broker that turns out slow and not dead is given more time.
 *
 * Kafka answers the requests of a connection one by one, in order: hence the oldest unanswered one decides for all.
 */
export class Patience {
  readonly #clock: Clock;
  readonly #longestMs: number;
  readonly #others: () => Iterable<Patience>;
  /** When each unanswered request was sent. */
  readonly #unanswered: number[] = [];
  #answeredAt = Number.NEGATIVE_INFINITY;
  /** The unanswered request that patience has ended for. */
  #givenUp: number | undefined;
  #usualMs = FIRST_GUESS_MS;

  /** `others` may hold this one, too. */
  constructor(clock: Clock, longestMs: number, others: () => Iterable<Patience>) {
    this.#clock = clock;
    this.#longestMs = longestMs;
    this.#others = others;
  }

  /** How long to wait for it where somebody else can be asked. */
  get milliseconds(): number {
    return Math.min(this.#longestMs, Math.max(SHORTEST_MS, SLACK * this.#usualMs));
  }

  /** True while it owes an answer, and others have answered since and had as much time over as they need themselves. */
  get isOver(): boolean {
    const oldest = this.#unanswered[0];
    if (oldest === undefined) return false;
    if (oldest === this.#givenUp) return true;
    const now = this.#clock.elapsed();
    if (now < oldest + this.milliseconds) return false;
    for (const other of this.#others()) {
      if (other === this || other.#answeredAt < oldest || now < other.#answeredAt + other.#usualMs) continue;
      this.#givenUp = oldest;
      return true;
    }
    return false;
  }

  /** Settles with `answer`, or rejects with `late()` where patience ends first; the answer is still waited for then. */
  wait<T>(answer: Promise<T>, late: () => Error): Promise<T> {
    const sentAt = this.#clock.elapsed();
    this.#unanswered.push(sentAt);
    const owedFor = sentAt - this.#unanswered[0]!;
    return new Promise((resolve, reject) => {
      const check = () => {
        if (this.isOver) reject(late());
        else cancel = this.#clock.after(RECHECK_MS, check);
      };
      let cancel = this.#clock.after(Math.max(RECHECK_MS, this.milliseconds - owedFor), check);
      answer
        .then((value) => {
          this.#note(sentAt);
          resolve(value);
        }, reject)
        .finally(() => {
          cancel();
          this.#unanswered.splice(this.#unanswered.indexOf(sentAt), 1);
        });
    });
  }

  #note(sentAt: number): void {
    this.#answeredAt = this.#clock.elapsed();
    this.#usualMs = Math.max(this.#answeredAt - sentAt, DECAY * this.#usualMs);
  }
}
