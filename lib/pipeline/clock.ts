import type { EpochMs } from "../model/reading.ts";

/** Time as a parameter, so that schedules can be tested without waiting. */
export interface Clock {
  now(): EpochMs;
  /** Calls `run` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};
