import type { EpochMs } from "../../../model/reading.ts";
import type { SourceEvent } from "../../../model/source.ts";

/** Told at a time at most; what is left waits for the next time. */
const MOST_EVENTS = 4;
/** What happens again and again is told at once, and then more and more seldom. */
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 600_000;
/** Kinds of things that are kept apart. */
const MOST_KINDS = 500;

/** What happened several times since it was last told. */
export interface Tallied<T> {
  readonly first: T;
  readonly count: number;
  /** Whatever each of them came with, added up. */
  readonly amount: number;
  /** The consumer that all of them concern. */
  readonly consumerKey: string | undefined;
}

interface Tally<T> extends Tallied<T> {
  count: number;
  amount: number;
  consumerKey: string | undefined;
  nextAt: EpochMs;
  pauseMs: number;
}

/** Many things that happen as few events. */
export class EventTally<T extends { readonly consumerKey?: string }> {
  readonly #tallies = new Map<string, Tally<T>>();
  readonly #describe: (tallied: Tallied<T>) => Omit<SourceEvent, "at">;

  constructor(describe: (tallied: Tallied<T>) => Omit<SourceEvent, "at">) {
    this.#describe = describe;
  }

  /** @param kind what is added up under it is told as one */
  add(kind: string, what: T, amount: number): void {
    const tally = this.#tallies.get(kind);
    if (tally === undefined) {
      if (this.#tallies.size >= MOST_KINDS) return;
      const { consumerKey } = what;
      const pace = { nextAt: Number.NEGATIVE_INFINITY, pauseMs: FIRST_PAUSE_MS };
      this.#tallies.set(kind, { first: what, count: 1, amount, consumerKey, ...pace });
      return;
    }
    if (tally.count === 0) Object.assign(tally, { first: what, amount: 0, consumerKey: what.consumerKey });
    else if (tally.consumerKey !== what.consumerKey) tally.consumerKey = undefined;
    tally.count++;
    tally.amount += amount;
  }

  take(now: EpochMs): SourceEvent[] {
    const due: Tally<T>[] = [];
    for (const [kind, tally] of this.#tallies) {
      if (tally.count > 0 && now >= tally.nextAt) due.push(tally);
      else if (tally.count === 0 && now >= tally.nextAt + tally.pauseMs) this.#tallies.delete(kind);
    }
    due.sort((a, b) => b.amount - a.amount || b.count - a.count);
    return due.slice(0, MOST_EVENTS).map((tally) => {
      const event = { at: now, ...this.#describe(tally) };
      tally.count = 0;
      tally.nextAt = now + tally.pauseMs;
      tally.pauseMs = Math.min(tally.pauseMs * 2, LONGEST_PAUSE_MS);
      return event;
    });
  }
}
