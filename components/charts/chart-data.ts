import type { ChartColor } from "./chart-theme";

/** One line of a chart: as many values as the chart has times; null is a gap. */
export interface ChartLine {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly stroke: ChartColor;
  readonly dash?: boolean;
  /** A faint area down to zero. */
  readonly fill?: boolean;
  /** Drawn thinner and paler: context, not the message. */
  readonly quiet?: boolean;
}

export interface ChartSeries {
  readonly t: readonly number[];
  readonly lines: readonly ChartLine[];
}

/** Milliseconds, from and to. */
export type TimeRange = readonly [from: number, to: number];

export type PlotData = [t: number[], ...values: (number | null)[][]];

const MIN_GAP_MS = 5_000;

/**
 * The part of a series inside the range, with one point to its left so that lines reach the edge. Where points are missing
 * altogether (nothing was sampled) a null goes in: a line must not bridge a time nobody watched.
 */
export function plotData({ t, lines }: ChartSeries, [from, to]: TimeRange): PlotData {
  let first = t.findIndex((time) => time >= from);
  if (first === -1) first = t.length;
  first = Math.max(0, first - 1);
  const maxGap = Math.max(MIN_GAP_MS, 4 * medianStep(t));
  const times: number[] = [];
  const columns = lines.map(() => [] as (number | null)[]);
  for (let i = first; i < t.length; i++) {
    const time = t[i]!;
    if (time > to) break;
    const before = times.at(-1);
    if (before !== undefined && time - before > maxGap) {
      times.push(before + 1);
      for (const column of columns) column.push(null);
    }
    times.push(time);
    lines.forEach((line, k) => {
      columns[k]!.push(line.values[i] ?? null);
    });
  }
  return [times, ...columns];
}

/** Points of another time are taken for one of this where they are no further from it, or than half a step. */
const SAME_MS = 2_000;

/**
 * A series with the lines of the same from another time behind its own, put where they would be now.
 *
 * @param shiftMs how much earlier the other is
 * @param words what it is called
 */
export function withOther(
  series: ChartSeries,
  other: ChartSeries,
  shiftMs: number,
  words: string,
): ChartSeries {
  const sameMs = Math.max(SAME_MS, medianStep(series.t) / 2);
  const places = nearestPlaces(series.t, other.t, shiftMs, sameMs);
  const lines = other.lines
    .filter(({ quiet }) => !quiet)
    .map(
      ({ label, values, stroke }): ChartLine => ({
        label: `${label}, ${words}`,
        values: places.map((place) => (place < 0 ? null : (values[place] ?? null))),
        stroke,
        quiet: true,
        dash: true,
      }),
    );
  return { t: series.t, lines: [...series.lines, ...lines] };
}

/** Of each time where its neighbour in the other one is; -1: there is none. Both go up. */
function nearestPlaces(
  t: readonly number[],
  other: readonly number[],
  shiftMs: number,
  sameMs: number,
): number[] {
  let place = 0;
  const awayFrom = (time: number, at: number) =>
    Math.abs((other[at] ?? Number.POSITIVE_INFINITY) + shiftMs - time);
  return t.map((time) => {
    while (place + 1 < other.length && awayFrom(time, place + 1) <= awayFrom(time, place)) place++;
    return awayFrom(time, place) <= sameMs ? place : -1;
  });
}

function medianStep(t: readonly number[]): number {
  const recent = t.slice(-60);
  const steps = recent.slice(1).map((time, i) => time - recent[i]!);
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? 0;
}

/** The largest value in plot data; 0 where there is none. */
export function largestValue([, ...columns]: PlotData): number {
  let largest = 0;
  for (const column of columns) {
    for (const value of column) if (value !== null && value > largest) largest = value;
  }
  return largest;
}

/** Indices of values with a gap on both sides: no line goes through them, so they need a dot to be seen. */
export function isolatedIndices(values: ArrayLike<number | null | undefined>): number[] {
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (values[i] != null && values[i - 1] == null && values[i + 1] == null) found.push(i);
  }
  return found;
}

export interface TableRow {
  readonly at: number;
  readonly values: readonly (number | null)[];
}

/** The newest value of each line in each step of the range, for a table to read aloud. */
export function tableRows({ t, lines }: ChartSeries, [from, to]: TimeRange, stepMs: number): TableRow[] {
  const rows = new Map<number, TableRow>();
  t.forEach((at, i) => {
    if (at < from || at > to) return;
    rows.set(Math.floor(at / stepMs), { at, values: lines.map((line) => line.values[i] ?? null) });
  });
  return [...rows.values()];
}
