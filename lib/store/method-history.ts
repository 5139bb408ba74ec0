import { RATE_LEAST_MS, RATE_WINDOW_MS } from "../derive/rate.ts";
import type { LatencyHeat, LatencyMeasure } from "../model/call.ts";
import type { EpochMs } from "../model/reading.ts";
import type { LatencySum, MethodCounter, MethodSince, MethodTotals } from "../sample/method-totals.ts";
import { HEAT_STEP_MS, HeatHistory, latenciesByMeasure } from "./latency-heat.ts";
import { LatencySums } from "./latency-sums.ts";

const COUNTERS = [
  "started",
  "completed",
  "sent",
  "received",
  "bytesSent",
  "bytesReceived",
  "retries",
] as const satisfies readonly MethodCounter[];

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
export class MethodHistory implements MethodSince {
  private readonly counters = new Float64Array(COUNTERS.length).fill(Number.NaN);
  private codes: ReadonlyMap<number, number> = new Map();
  /** What each process told last, also of those that tell nothing for now. */
  private readonly previous = new Map<string, MethodTotals>();
  private readonly sums = new LatencySums();
  /** Calls that were alive when their process was first seen: they end before our eyes, and so began for us too. */
  private found = 0;
  /** The last minute, oldest first, every other second; the newest sample at the end. */
  private readonly points: Point[] = [];
  private readonly heats = new Map<LatencyMeasure, HeatHistory>();
  private heatEnd = Number.NaN;

  /**
   * @param wasRead whether a process was there in an earlier sample: what it tells of for the first time now began at 0
   *   since then, and is no past that nobody watched
   */
  accept(
    at: EpochMs,
    totals: readonly MethodTotals[],
    wasRead: (process: string) => boolean = () => false,
  ): void {
    for (const now of totals) {
      const before = this.previous.get(now.process);
      if (before !== undefined || wasRead(now.process)) this.add(before, now);
      else this.begin(now);
      this.previous.set(now.process, before === undefined ? now : withKnown(now, before));
    }
    // Where nothing is told for a while, what happens meanwhile is caught up with, and no rate is known.
    const isTold = totals.length > 0;
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
    const counted = this.counters[COUNTERS.indexOf(counter)]!;
    return counter === "started" ? counted + this.found : counted;
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

  /** Of the measures that the method has, as of the same sample as its counters. */
  latencies(): LatencySum[] {
    for (const [process, { latencies }] of this.previous) this.sums.take(process, latencies);
    return this.sums.view();
  }

  /** Processes of which it knows where they stood. */
  get processes(): number {
    return this.previous.size;
  }

  /** A process that will not come back. */
  forget(process: string): void {
    const last = this.previous.get(process);
    if (last === undefined) return;
    this.sums.take(process, last.latencies);
    this.sums.forget(process);
    this.previous.delete(process);
  }

  /** A process with a past: what it had counted by then is left out. */
  private begin(now: MethodTotals): void {
    for (const [index, counter] of COUNTERS.entries()) {
      if (!Number.isNaN(now[counter])) this.counters[index] = this.counters[index]! || 0;
    }
    this.found += Math.max(0, now.started - now.completed) || 0;
    this.sums.leaveOut(now.process, now.latencies);
  }

  /** @param before undefined: it had counted nothing */
  private add(before: MethodTotals | undefined, now: MethodTotals): void {
    // A page of metrics is read as a whole: a series that was not there has begun since.
    const beginsAtZero = before === undefined || now.from === "metrics";
    for (const [index, counter] of COUNTERS.entries()) {
      const value = now[counter];
      if (Number.isNaN(value)) continue;
      const earlier = before?.[counter] ?? 0;
      const grown = value - (Number.isNaN(earlier) && beginsAtZero ? 0 : earlier);
      // Known from here on, also where the first sample of a process said nothing of it.
      this.counters[index] = (this.counters[index]! || 0) + (Math.max(0, grown) || 0);
    }
    if (before?.statuses === now.statuses) return;
    const earlier = new Map(before?.statuses.map(({ code, count }) => [code, count]));
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

/** What is not told this time stands where it stood. */
function withKnown(now: MethodTotals, before: MethodTotals): MethodTotals {
  if (COUNTERS.every((counter) => !Number.isNaN(now[counter]) || Number.isNaN(before[counter]))) return now;
  const kept = COUNTERS.map((counter) => [
    counter,
    Number.isNaN(now[counter]) ? before[counter] : now[counter],
  ]);
  return { ...now, ...Object.fromEntries(kept) };
}
