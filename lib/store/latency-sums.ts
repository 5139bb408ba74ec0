import type { LatencyMeasure } from "../model/call.ts";
import type { LatencySum, LatencyTotals } from "../sample/method-totals.ts";
import { addGrowth } from "./latency-heat.ts";

interface Sum {
  readonly values: Map<number, number>;
  sumMs: number;
  /** By process: what is in the sum already, or was there before it was watched. */
  readonly counted: Map<string, LatencyTotals>;
}

/** How long the calls of one method took since it is watched, in all processes. */
export class LatencySums {
  private readonly sums = new Map<LatencyMeasure, Sum>();

  /** What a process had counted before it was watched. */
  leaveOut(process: string, latencies: readonly LatencyTotals[]): void {
    for (const latency of latencies) this.of(latency.measure).counted.set(process, latency);
  }

  /** What it has counted by now; a histogram that was not there before began with nothing. */
  take(process: string, latencies: readonly LatencyTotals[]): void {
    for (const latency of latencies) {
      const sum = this.of(latency.measure);
      const before = sum.counted.get(process) ?? { ...latency, count: 0, sumMs: 0, upperMs: [], counts: [] };
      if (before === latency) continue;
      addGrowth(sum.values, before, latency);
      sum.sumMs += Math.max(0, latency.sumMs - before.sumMs);
      sum.counted.set(process, latency);
    }
  }

  forget(process: string): void {
    for (const { counted } of this.sums.values()) counted.delete(process);
  }

  view(): LatencySum[] {
    return Array.from(this.sums, ([measure, { values, sumMs }]) => ({ measure, values, sumMs }));
  }

  private of(measure: LatencyMeasure): Sum {
    let sum = this.sums.get(measure);
    if (sum === undefined) {
      sum = { values: new Map(), sumMs: 0, counted: new Map() };
      this.sums.set(measure, sum);
    }
    return sum;
  }
}
