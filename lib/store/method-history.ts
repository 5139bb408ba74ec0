import type { MethodTotals } from "../collectors/contract.ts";
import { RATE_LEAST_MS, RATE_WINDOW_MS } from "../derive/rate.ts";
import type { LatencyHeat, LatencyMeasure } from "../model/call.ts";
import type { EpochMs } from "../model/reading.ts";
import { HEAT_STEP_MS, HeatHistory, type LatencySum, latenciesByMeasure } from "./latency-heat.ts";

const COUNTERS = [
  "started",
  "completed",
  "sent",
  "received",
  "bytesSent",
  "bytesReceived",
  "retries",
] as const;
export type MethodCounter = (typeof COUNTERS)[number];
const STARTED = COUNTERS.indexOf("started");

const MINUTE_MS = 60_000;
const POINT_STEP_MS = 1_900;

interface Point {
  readonly at: EpochMs;
  readonly counters: Float64Array;
  readonly codes: ReadonlyMap<number, number>;
}

/**
 * What the calls of one method came to lately. Totals of several processes are added up by their growth, so that one of
 * them that starts again, comes or goes is neither traffic nor the opposite of it.
 */
export class MethodHistory {
  private readonly counters = new Float64Array(COUNTERS.length).fill(Number.NaN);
  private codes: ReadonlyMap<number, number> = new Map();
  private previous = new Map<string, MethodTotals>();
  /** The last minute, oldest first, every other second; the newest sample at the end. */
  private readonly points: Point[] = [];
  private readonly heats = new Map<LatencyMeasure, HeatHistory>();
  private heatEnd = Number.NaN;

  accept(at: EpochMs, totals: readonly MethodTotals[]): void {
    const next = new Map<string, MethodTotals>();
    for (const now of totals) {
      this.add(this.previous.get(now.process), now);
      next.set(now.process, now);
      // Calls that are alive will end, too: those that started less those that ended are those that live.
      if (this.points.length === 0) this.counters[STARTED]! += Math.max(0, now.started - now.completed) || 0;
    }
    // Where nothing is told for a while, what happens meanwhile is caught up with, and no rate is known.
    const isTold = totals.length > 0;
    if (isTold) this.previous = next;
    const beforeLast = this.points.at(-2);
    if (beforeLast !== undefined && at - beforeLast.at < POINT_STEP_MS) this.points.pop();
    const counters = isTold ? this.counters.slice() : this.counters.map(() => Number.NaN);
    this.points.push({ at, counters, codes: this.codes });
    while (this.points.length > 2 && this.points[1]!.at <= at - MINUTE_MS) this.points.shift();
    this.acceptHeat(at, totals);
  }

  /** Growth of a counter a second over the rate window; NaN: not known. */
  rate(counter: MethodCounter): number {
    const newest = this.points.at(-1);
    if (newest === undefined) return Number.NaN;
    const index = COUNTERS.indexOf(counter);
    const oldest = this.points.find(
      ({ at, counters }) => at >= newest.at - RATE_WINDOW_MS && !Number.isNaN(counters[index]!),
    );
    if (oldest === undefined || newest.at - oldest.at < RATE_LEAST_MS) return Number.NaN;
    return ((newest.counters[index]! - oldest.counters[index]!) * 1_000) / (newest.at - oldest.at);
  }

  /** A counter since it is watched; NaN: not known. */
  total(counter: MethodCounter): number {
    return this.counters[COUNTERS.indexOf(counter)]!;
  }

  /** Ended calls of one code since it is watched. */
  ended(code: number): number {
    return this.codes.get(code) ?? 0;
  }

  /** Ended calls of one code within the last minute, or since it is watched; null: watched for one sample only. */
  lastMinute(code: number): number | null {
    const [oldest] = this.points;
    if (this.points.length < 2) return null;
    return (this.codes.get(code) ?? 0) - (oldest!.codes.get(code) ?? 0);
  }

  heat(): LatencyHeat[] {
    return [...this.heats.values()].filter(({ isEmpty }) => !isEmpty).map((heat) => heat.view());
  }

  /** Of the measures that the method has; they grow column by column of the heat map. */
  latencies(): LatencySum[] {
    return [...this.heats.values()].map((heat) => heat.total());
  }

  private add(before: MethodTotals | undefined, now: MethodTotals): void {
    for (const [index, counter] of COUNTERS.entries()) {
      const value = now[counter];
      if (Number.isNaN(value)) continue;
      const grown = before === undefined ? 0 : value - before[counter];
      // Known from here on, also where the first sample of a process said nothing of it.
      this.counters[index] = (this.counters[index]! || 0) + (Math.max(0, grown) || 0);
    }
    if (before === undefined || before.statuses === now.statuses) return;
    const earlier = new Map(before.statuses.map(({ code, count }) => [code, count]));
    const codes = new Map(this.codes);
    for (const { code, count } of now.statuses) {
      const grown = count - (earlier.get(code) ?? 0);
      if (grown > 0) codes.set(code, (codes.get(code) ?? 0) + grown);
    }
    this.codes = codes;
  }

  private acceptHeat(at: EpochMs, totals: readonly MethodTotals[]): void {
    const end = Math.floor(at / HEAT_STEP_MS) * HEAT_STEP_MS;
    if (end === this.heatEnd) return;
    const measures = latenciesByMeasure(totals);
    for (const measure of measures.keys()) {
      if (!this.heats.has(measure)) this.heats.set(measure, new HeatHistory(measure));
    }
    for (const heat of this.heats.values()) heat.close(end, at, measures.get(heat.measure) ?? null);
    this.heatEnd = end;
  }
}
