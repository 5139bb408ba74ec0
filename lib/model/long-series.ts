import type { SeriesMeasure } from "./live.ts";
import type { EpochMs } from "./reading.ts";

/** One step of a series: when it began, and the smallest, mean and largest of the values that were known in it. */
export type LongPoint = readonly [t: EpochMs, min: number, mean: number, max: number];

/** A measure over hours, days or weeks. A step of which nothing is known has no point. */
export interface LongSeries {
  readonly entity: string;
  readonly measure: SeriesMeasure;
  readonly points: readonly LongPoint[];
}

export interface LongSeriesAnswer {
  /** The steps that begin from `from` until before `to`. */
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** How long a step is, ms. */
  readonly step: number;
  readonly series: readonly LongSeries[];
}

/** No series has more points at once. */
export const MOST_POINTS = 2_000;
/** So many are chosen where no step is asked for: a chart is not that wide. */
const USUAL_POINTS = 1_100;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Each a multiple of a step that is kept. */
const STEPS_MS = [
  10_000,
  30_000,
  ...[1, 2, 5, 10, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 3, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 7, 30].map((days) => days * DAY_MS),
];
export const LEAST_STEP_MS = STEPS_MS[0]!;

/** The step that shows a span of so many ms. */
export function usualStep(spanMs: number): number {
  return STEPS_MS.find((step) => spanMs / step <= USUAL_POINTS) ?? STEPS_MS.at(-1)!;
}
