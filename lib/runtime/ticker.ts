import type { Clock } from "../async/clock.ts";
import type { EpochMs } from "../model/reading.ts";
import { nextOnGrid } from "../pipeline/scheduler.ts";

/**
 * Samples start on the second; the round closes this much later, when all but slow ones are in. What arrives after it
 * is in the next round.
 */
const ROUND_CLOSES_AFTER_MS = 350;

/** Calls `run` once an interval, a little after the instant at which all sources are sampled. Returns the stop. */
export function startTicker(clock: Clock, intervalMs: number, run: (now: EpochMs) => void): () => void {
  let stopped = false;
  let cancel = () => {};
  const next = () => {
    const at = nextOnGrid(clock.now() - ROUND_CLOSES_AFTER_MS, intervalMs) + ROUND_CLOSES_AFTER_MS;
    cancel = clock.after(at - clock.now(), () => {
      if (stopped) return;
      run(clock.now());
      next();
    });
  };
  next();
  return () => {
    stopped = true;
    cancel();
  };
}
