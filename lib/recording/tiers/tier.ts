import { SERIES_MEASURES, type SeriesMeasure } from "../../model/live.ts";
import type { EpochMs } from "../../model/reading.ts";

/**
 * Series that outlive the samples they are made of: of each step of time the smallest, the largest, the sum and the count
 * of the values that were known in it. Steps begin at whole multiples since 1970. A coarser tier is made of the one before.
 */
export interface Tier {
  readonly name: TierName;
  readonly stepMs: number;
  /** So much of it is one file in the end; until then it is in pieces. */
  readonly wholeMs: number;
}

export const TIER_NAMES = ["10s", "1m", "10m"] as const;
export type TierName = (typeof TIER_NAMES)[number];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The finest first. */
export const TIERS: readonly Tier[] = [
  { name: "10s", stepMs: 10_000, wholeMs: HOUR_MS },
  { name: "1m", stepMs: 60_000, wholeMs: DAY_MS },
  { name: "10m", stepMs: 600_000, wholeMs: 10 * DAY_MS },
];

export const FINEST = TIERS[0]!;

export const POINT_KINDS = ["consumer", "stream", "system"] as const;
/** What there are series of. */
export type PointKind = (typeof POINT_KINDS)[number];

/** What is told of a step, in this order. */
export const STATISTICS = ["min", "max", "sum", "count"] as const;
export const [MIN, MAX, SUM, COUNT] = [0, 1, 2, 3] as const;
/** A measure's own columns begin here. */
export const cellOf = (measure: SeriesMeasure): number =>
  SERIES_MEASURES.indexOf(measure) * STATISTICS.length;
/** Columns of a row: each measure's statistics. What an entity has no such measure of counts 0. */
export const ROW_WIDTH = SERIES_MEASURES.length * STATISTICS.length;

/** When the step began that a moment is in. */
export function stepOf(at: EpochMs, stepMs: number): EpochMs {
  return Math.floor(at / stepMs) * stepMs;
}

/** A span as whole steps: one that it begins or ends in is there as a whole. */
export function wholeSteps({
  from,
  to,
  stepMs,
}: {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly stepMs: number;
}): { readonly from: EpochMs; readonly to: EpochMs } {
  return { from: stepOf(from, stepMs), to: stepOf(to - 1, stepMs) + stepMs };
}
