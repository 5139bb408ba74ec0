import type { PaceOver } from "./pace.ts";

/** A backlog that grows by less than this share of what arrives does not grow. */
const LEAST_SHARE = 0.01;

/**
 * When the first unread message will be lost to retention at the present pace, ms from now. Infinity: not at this pace.
 *
 * What is safe for `safeMs` while nobody reads is safe for longer while somebody does: of each second that passes only
 * the share that is not worked off brings the position nearer to the floor, whether messages go by age, count or size.
 *
 * @param safeMs how long it is safe where the position stands still
 * @param pace what becomes due and what is finished over whole moves; null: nobody is known to work on it
 */
export function firstLossMs(safeMs: number, pace: PaceOver | null): number {
  if (pace === null || safeMs === 0) return safeMs;
  const { duePerSecond, outPerSecond } = pace;
  if (!(outPerSecond > 0)) return safeMs;
  const share = (duePerSecond - outPerSecond) / duePerSecond;
  return share > LEAST_SHARE ? safeMs / share : Number.POSITIVE_INFINITY;
}
