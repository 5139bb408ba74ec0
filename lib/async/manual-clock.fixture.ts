import type { EpochMs } from "../model/reading.ts";
import type { Clock } from "./clock.ts";

/** Short beside any time limit. */
const STEP_MS = 10;

/** A clock that moves only when a test says so, and lets promises settle between two timers. */
export class ManualClock implements Clock {
  private readonly timers = new Set<{ readonly at: number; readonly run: () => void }>();
  private sinceStart = 0;

  constructor(private readonly start: EpochMs = 1_000_000) {}

  now(): EpochMs {
    return this.start + this.sinceStart;
  }

  elapsed(): number {
    return this.sinceStart;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.sinceStart + Math.max(0, delayMs), run };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** Timers not yet run or cancelled. */
  get pending(): number {
    return this.timers.size;
  }

  async advance(ms: number): Promise<void> {
    const end = this.sinceStart + ms;
    await settled();
    for (let next = this.dueBy(end); next !== undefined; next = this.dueBy(end)) {
      this.timers.delete(next);
      this.sinceStart = Math.max(this.sinceStart, next.at);
      next.run();
      await settled();
    }
    this.sinceStart = end;
  }

  /**
   * Time passes, a little at a time, until the work is done; for what does real input and output meanwhile: each step
   * leaves it a moment, so that an answer which is on its way does not come too late.
   */
  async advanceUntil<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const end = () => {
      isDone = true;
    };
    work.then(end, end);
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (isDone) return work;
      await this.advance(STEP_MS);
    }
  }

  private dueBy(end: number) {
    return [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

/** Everything that promises can do without time passing is done. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
