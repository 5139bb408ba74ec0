import {
  LATENCY_MEASURES,
  type LatencyColumn,
  type LatencyHeat,
  type LatencyMeasure,
} from "../model/call.ts";
import { WINDOW_MS } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import type { LatencyTotals } from "../sample/method-totals.ts";

/** What one column of a heat map covers. */
export const HEAT_STEP_MS = 10_000;

/** Columns that are kept. */
export const HEAT_COLUMNS = WINDOW_MS / HEAT_STEP_MS;

/** The longest time between two samples that one column may stand for: a source is sampled at least once a minute. */
const LONGEST_COLUMN_MS = 60_000 + HEAT_STEP_MS;

/** Five rows a decade, from a tenth of a millisecond to a hundred seconds. */
export const HEAT_BOUNDS_MS: readonly number[] = [-1, 0, 1, 2, 3, 4].flatMap((decade) =>
  [1, 1.6, 2.5, 4, 6.3].map((mantissa) => Number((mantissa * 10 ** decade).toPrecision(2))),
);

/** Histograms of one measure, by the process that keeps them. */
type ByProcess = ReadonlyMap<string, LatencyTotals>;

/** Values of one measure that came within some time: each at most as large as its key, in ms. */
type Grown = Map<number, number>;

/**
 * How long one measure of one method took, column by column: what the histograms of all processes grew by. They are
 * compared only when a column is full, so a sample costs nothing but a look at the clock.
 */
export class HeatHistory {
  private readonly columns: LatencyColumn[] = [];
  /** The last histograms that were told to close a column, which one, and when. */
  private before: { readonly t: EpochMs; readonly at: EpochMs; readonly told: ByProcess } | null = null;

  constructor(readonly measure: LatencyMeasure) {}

  /** Closes the column that ends at `t`, and those before it that had no sample, with one taken at `at`; null: it told nothing. */
  close(t: EpochMs, at: EpochMs, told: ByProcess | null): void {
    const { before } = this;
    const last = this.columns.at(-1);
    if (last) this.addGaps(Math.max(last.t + HEAT_STEP_MS, t - HEAT_COLUMNS * HEAT_STEP_MS), t);
    // What happened while nobody looked for long belongs to no column.
    const grown = told && before && at - before.at <= LONGEST_COLUMN_MS ? growthOf(before.told, told) : null;
    if (before && grown) {
      const isWhole = last?.counts && last.t === t - HEAT_STEP_MS && before.t === last.t;
      this.columns.push(columnOf(t, isWhole ? null : before.at, grown));
    } else if (last) {
      // Before the first one there is no gap: it is not missing from a time that nobody watched at all.
      this.columns.push(gap(t));
    }
    if (told) this.before = { t, at, told };
    if (this.columns.length > HEAT_COLUMNS) this.columns.splice(0, this.columns.length - HEAT_COLUMNS);
  }

  view(): LatencyHeat {
    return {
      measure: this.measure,
      stepMs: HEAT_STEP_MS,
      boundsMs: HEAT_BOUNDS_MS,
      columns: this.columns.slice(),
    };
  }

  private addGaps(from: EpochMs, to: EpochMs): void {
    for (let t = from; t < to; t += HEAT_STEP_MS) this.columns.push(gap(t));
  }

  get isEmpty(): boolean {
    return this.columns.every(({ counts }) => counts === null || counts.length === 0);
  }
}

/** Histograms of several processes by measure, in the order of the measures. */
export function latenciesByMeasure(
  totals: readonly { readonly process: string; readonly latencies: readonly LatencyTotals[] }[],
): Map<LatencyMeasure, ByProcess> {
  const found = new Map<LatencyMeasure, Map<string, LatencyTotals>>();
  for (const measure of LATENCY_MEASURES) {
    for (const { process, latencies } of totals) {
      const latency = latencies.find((one) => one.measure === measure);
      if (latency === undefined) continue;
      const known = found.get(measure) ?? new Map();
      found.set(measure, known.set(process, latency));
    }
  }
  return found;
}

function gap(t: EpochMs): LatencyColumn {
  return { t, since: null, counts: null, p50: null, p90: null, p99: null, max: null };
}

/** null: no process that tells now told before. */
function growthOf(before: ByProcess, now: ByProcess): Grown | null {
  const values: Grown = new Map();
  let isKnown = false;
  for (const [process, latency] of now) {
    const earlier = before.get(process);
    // A process that was not there a column ago began since then, unless it was merely not seen: then its past is not ours.
    if (earlier === undefined) continue;
    isKnown = true;
    if (earlier === latency) continue;
    addGrowth(values, earlier, latency);
  }
  return isKnown ? values : null;
}

function columnOf(t: EpochMs, since: EpochMs | null, grown: Grown): LatencyColumn {
  const bounds = [...grown.keys()].sort((a, b) => a - b);
  let count = 0;
  for (const bound of bounds) count += grown.get(bound)!;
  return {
    t,
    since,
    counts: rowsOf(grown),
    p50: quantile(grown, bounds, count, 0.5),
    p90: quantile(grown, bounds, count, 0.9),
    p99: quantile(grown, bounds, count, 0.99),
    max: finite(bounds.at(-1)),
  };
}

/** Counters that went back count nothing: the process says elsewhere that they did. */
export function addGrowth(grown: Grown, before: LatencyTotals, now: LatencyTotals): void {
  if (before.count === now.count) return;
  let i = 0;
  for (const [index, bound] of now.upperMs.entries()) {
    while (i < before.upperMs.length && before.upperMs[i]! < bound) i++;
    const earlier = before.upperMs[i] === bound ? before.counts[i]! : 0;
    const more = now.counts[index]! - earlier;
    if (more > 0) grown.set(bound, (grown.get(bound) ?? 0) + more);
  }
}

function rowsOf(grown: Grown): number[] {
  const rows: number[] = [];
  for (const [bound, count] of grown) {
    let row = HEAT_BOUNDS_MS.findIndex((upper) => bound <= upper * 1.0001);
    if (row < 0) row = HEAT_BOUNDS_MS.length;
    while (rows.length <= row) rows.push(0);
    rows[row]! += count;
  }
  return rows;
}

function quantile(grown: Grown, bounds: readonly number[], count: number, q: number): number | null {
  let left = Math.max(1, Math.ceil(q * count));
  for (const bound of bounds) {
    left -= grown.get(bound)!;
    if (left <= 0) return finite(bound);
  }
  return null;
}

/** The last bucket of some histograms has no bound. */
function finite(bound: number | undefined): number | null {
  return bound !== undefined && Number.isFinite(bound) ? bound : null;
}
