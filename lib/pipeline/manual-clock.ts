import type { EpochMs } from "../model/reading.ts";
import type { Clock } from "./clock.ts";

/** A clock that moves only when a test says so, and lets promises settle between two timers. */
export class ManualClock implements Clock {
  private readonly timers = new Set<{ readonly at: EpochMs; readonly run: () => void }>();

  constructor(private time: EpochMs) {}

  now(): EpochMs {
    return this.time;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.time + Math.max(0, delayMs), run };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** Timers not yet run or cancelled. */
  get pending(): number {
    return this.timers.size;
  }

  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settled();
    for (let next = this.dueBy(end); next !== undefined; next = this.dueBy(end)) {
      this.timers.delete(next);
      this.time = Math.max(this.time, next.at);
      next.run();
      await settled();
    }
    this.time = end;
  }

  private dueBy(end: EpochMs) {
    return [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

/** Everything that promises can do without time passing is done. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
