import type { EpochMs } from "../model/reading.ts";
import { clockOf, type WatchedClock } from "../sample/derived.ts";

/** Steps between two samples up to this long, or this many intervals, are taken as time that passed. */
const STEP_MOST_MS = 10_000;
const STEP_MOST_INTERVALS = 5;
/** A source that answers that slowly is watched at its own pace: what takes about as long as the last time is no break. */
const SLOW_STEP_MOST_MS = 60_000;
/** After a failed sample only so many intervals are. */
const FAILED_STEP_INTERVALS = 2.5;
/** Breaks that are remembered, for telling when something was. */
const BREAKS_KEPT = 64;

/**
 * The time that a source was watched for, in ms since the first sample: what *standing still* is measured in. A reader is
 * not to blame for a time in which nobody looked, or in which the broker itself was away, and a clock that is set does
 * not make anybody stand still for an hour: a step from one sample to the next that is too long, or goes back, counts as
 * one interval.
 */
export class WatchedTime {
  /** Watched so far. */
  now = 0;
  /** As of the sample before the newest. */
  before = 0;
  /** When watching was last interrupted; what was under way then was seen in part only. */
  brokenAt = Number.NEGATIVE_INFINITY;
  /** Where watched time and the clock's go on together. */
  pieces: WatchedClock["pieces"] = [];
  private lastAt = Number.NaN;
  private lastStep = 0;

  constructor(readonly intervalMs: number) {}

  /** Takes the time of a new sample; `afterFailure`: the one before it could not be had. */
  advance(at: EpochMs, afterFailure = false): void {
    this.before = this.now;
    const step = at - this.lastAt;
    const slow = Math.min(SLOW_STEP_MOST_MS, this.lastStep * 2);
    this.lastAt = at;
    this.lastStep = step > 0 && !afterFailure ? step : 0;
    const { intervalMs } = this;
    if (Number.isNaN(step)) {
      this.pieces = [{ watched: 0, at }];
      return;
    }
    const most = afterFailure
      ? intervalMs * FAILED_STEP_INTERVALS
      : Math.max(STEP_MOST_MS, intervalMs * STEP_MOST_INTERVALS, slow);
    if (step >= 0 && step <= most) {
      this.now += step;
      return;
    }
    this.now += intervalMs;
    this.brokenAt = this.now;
    this.pieces = [...this.pieces, { watched: this.now, at }].slice(-BREAKS_KEPT);
  }

  /** When a moment of watched time was by the clock. */
  clockOf(watched: number): EpochMs {
    return clockOf(this.clock, watched);
  }

  /** As of now, to be kept. */
  get clock(): WatchedClock {
    return { now: this.now, pieces: this.pieces };
  }
}
