import type { Status } from "../model/status.ts";

/**
 * What is known of one position over the window. Times are EpochMs, counts messages, NaN is "not known". Read by the
 * classifier and, for rows someone looks at, by the sentence that explains the status.
 */
export interface LaneEvidence {
  now: number;
  position: number;
  head: number;
  /** Messages removed before they were read that the position has not got past; 0: none that is known of. */
  lost: number;
  /** There may have been more of them. */
  lostAtLeast: boolean;
  backlog: number;
  /** Active readers of the consumer. */
  readers: number;
  /** Since when the consumer has had no reader; NaN while it has one or it is not known. */
  readersGoneSince: number;
  /** When the position last changed, or was first seen. */
  movedAt: number;
  /** Since when the backlog has been above zero without a break; NaN while it is zero. */
  waitingSince: number;
  /** Since when messages have waited and none was finished, where the system itself tells; NaN otherwise. */
  stillSince: number;
  /** When something last arrived: the lane's head grew, or the system counted it. */
  arrivedAt: number;
  /** The highest position seen in this life of the lane. */
  highWater: number;
  blocked: boolean;
  failing: boolean;
  paused: boolean;
  redelivering: boolean;
  /** Messages that arrive between two samples, smoothed; NaN while not known. */
  arriving: number;
  /**
   * The backlog as it was when the position last moved, over the window, oldest first; the first `samples` entries
   * count. NaN until a move was seen.
   */
  window: Float64Array;
  samples: number;
  /** Fills `window` and `samples`, where reading them is put off until they are needed: most verdicts need none. */
  loadWindow?(): void;
  /** The trend that was found in this window before; it is the same until the window is. */
  knownTrend?: Trend | undefined;
}

export const TRENDS = ["growing", "steady", "unknown"] as const;
export type Trend = (typeof TRENDS)[number];

/** How long something must last before it is called that. */
export interface StatusThresholds {
  /** No movement with an active reader and a backlog: `stalled`. */
  readonly stalledMs: number;
  /** No reader and a backlog: `stopped`. Covers a rebalance or a restart. */
  readonly stoppedMs: number;
  /** No arrival and no backlog: `idle`. */
  readonly idleMs: number;
  /** Samples of the window that must have a backlog before `behind` can be said. */
  readonly minSamples: number;
}

/** Design section 2, first version: one position. The test table beside this file is the specification. */
export function classifyLane(e: LaneEvidence, limits: StatusThresholds): Status {
  if (e.paused) return "paused";
  if (Number.isNaN(e.position) && Number.isNaN(e.backlog)) return "unknown";
  const waiting = e.backlog > 0;
  if (waiting && e.lost > 0) return "losing";
  if (e.position < e.highWater) return "rewound";
  if (Number.isNaN(e.backlog)) return e.failing ? "failing" : "unknown";
  if (!waiting && e.failing) return "failing";
  if (!waiting) return e.now - e.arrivedAt >= limits.idleMs ? "idle" : "ok";

  const waitedMs = e.now - e.waitingSince;
  if (e.readers === 0 && Math.min(waitedMs, e.now - e.readersGoneSince) >= limits.stoppedMs) return "stopped";
  const stillMs = stoodStillMs(e, waitedMs);
  if (e.blocked && stillMs >= Math.min(limits.stoppedMs, limits.stalledMs)) return "blocked";
  // One message that comes again and again holds the position back while others pass it: that is not standing still.
  if (e.redelivering && waitedMs >= limits.stoppedMs) return "redelivering";
  if (e.readers !== 0 && stillMs >= limits.stalledMs) return "stalled";
  if (e.failing) return "failing";
  if (e.knownTrend === undefined) {
    e.loadWindow?.();
    e.knownTrend = trendOf(e, limits.minSamples);
  }
  switch (e.knownTrend) {
    case "growing":
      return "behind";
    case "steady":
      return "ok";
    case "unknown":
      return "unknown";
  }
}

/** Without a position nobody can say that it stands still. */
function stoodStillMs({ now, position, movedAt, stillSince }: LaneEvidence, waitedMs: number): number {
  if (Number.isNaN(position)) return 0;
  return Number.isNaN(stillSince) ? Math.min(waitedMs, now - movedAt) : now - stillSince;
}

/**
 * Whether the backlog grew over the window. It did when even its lowest value in the newer half is above the average
 * of the older half, and it is not falling again. Above by more than what arrives between two samples: how much of
 * that a sample catches depends on how long after a commit it is taken, and drifts. Values are those of the moments at
 * which the position moved, so the ramp between two commits is no growth. A backlog that was zero in the newer half did
 * not grow. One message for one sample is never an alarm.
 */
function trendOf(e: LaneEvidence, minSamples: number): Trend {
  const { window, samples } = e;
  const half = samples >>> 1;
  const noise = 1 + (e.arriving || 0);
  let sum = 0;
  let older = 0;
  for (let i = 0; i < half; i++) {
    if (window[i]! >= 0) {
      sum += window[i]!;
      older++;
    }
  }
  let lowest = Number.POSITIVE_INFINITY;
  let first = Number.NaN;
  let last = Number.NaN;
  let newer = 0;
  for (let i = half; i < samples; i++) {
    const value = window[i]!;
    if (value === 0) return "steady";
    if (!(value > 0)) continue;
    if (newer++ === 0) first = value;
    last = value;
    if (value < lowest) lowest = value;
  }
  if (older === 0 || older + newer < minSamples) return "unknown";
  return lowest > sum / older + noise && last > first - noise ? "growing" : "steady";
}
