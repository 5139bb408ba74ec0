import type { EpochMs } from "../model/reading.ts";

/** The time of day, for whoever only dates things. */
export interface WallClock {
  /** May be set, forwards and backwards: no measure of how long something took. */
  now(): EpochMs;
}

/** Time as a parameter, so that whatever waits or measures can be tested without waiting. */
export interface Clock extends WallClock {
  /** Milliseconds, with fractions, since some moment. Never goes back, whatever the time of day is set to. */
  elapsed(): number;
  /** Calls `run` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

/** The machine's own clock, and the one place under lib/ that asks it; Biome sees to that. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};
