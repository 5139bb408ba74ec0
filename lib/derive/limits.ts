import type { Limits } from "../sample/limits.ts";

/** What a user may set, for everything, for a source or for consumers by name. */
export interface UserLimits {
  /** The oldest unread message, at the low point of the rhythm, may be so old: `late`. */
  readonly lateMs?: number | undefined;
  /** Standing still with a reader, without one: instead of what the rhythm says. */
  readonly stalledMs?: number | undefined;
  readonly stoppedMs?: number | undefined;
  /** Fewer messages than this may wait without any of it. */
  readonly minBacklog?: number | undefined;
  /** Abandoned: shown, and neither counted nor ranked. */
  readonly ignore?: boolean | undefined;
}

/** The limits of one consumer: the later ones go before the earlier ones. */
export function withLimits(base: Limits, ...set: readonly UserLimits[]): Limits {
  const merged: { -readonly [key in keyof Limits]: Limits[key] } = { ...base };
  for (const { lateMs, stalledMs, stoppedMs, minBacklog, ignore } of set) {
    if (lateMs !== undefined) merged.lateMs = lateMs;
    if (stalledMs !== undefined) merged.stalledMs = stalledMs;
    if (stoppedMs !== undefined) merged.stoppedMs = stoppedMs;
    if (minBacklog !== undefined) merged.minBacklog = minBacklog;
    if (ignore !== undefined) merged.ignore = ignore;
  }
  return merged;
}

/**
 * For how long a position may stand still before it is called that, ms.
 *
 * @param rhythmMs its longest usual pause; NaN: not known yet
 * @param seenMs as far as it was seen: before it is known that can only give it more time
 * @param set instead of all that
 */
export function stillLimitMs(limits: Limits, rhythmMs: number, seenMs: number, set: number | null): number {
  if (set !== null) return set;
  const isKnown = !Number.isNaN(rhythmMs);
  const least = isKnown ? limits.stillLeastMs : limits.stillUnknownMs;
  const pauseMs = isKnown ? rhythmMs : seenMs || 0;
  return Math.min(limits.stillMostMs, Math.max(least, pauseMs * limits.rhythms));
}
