import type { Status } from "../model/status.ts";
import type { Growth } from "../sample/derived.ts";
import type { Limits } from "../sample/limits.ts";
import { stillLimitMs } from "./limits.ts";
import type { Trend } from "./low-points.ts";

/**
 * What is known of one position. Moments are ms of watched time, lengths ms, counts messages, NaN is "not known". Read by
 * the classifier and, for rows someone looks at, by the sentence that explains the status.
 */
export interface LaneEvidence {
  /** When the position was last read. */
  now: number;
  position: number;
  head: number;
  /** Messages removed before they were read that the position has not got past; 0: none that is known of. */
  lost: number;
  /** There may have been more of them. */
  lostAtLeast: boolean;
  /** So many of all that were lost had been when a person marked them as seen; where no more came, `lost` is 0. */
  lostSeen: number;
  backlog: number;
  /** The part of it that any reader can have: without what an open or aborted transaction keeps from some of them. */
  readable: number;
  /** Readers of this lane, where that is known of lanes; of the consumer otherwise. */
  readers: number;
  /** When the position last moved, or was first seen. */
  movedAt: number;
  /** Whether it was ever seen to move. */
  hasMoved: boolean;
  /** Since when the backlog has been above zero without a break; NaN while it is zero. */
  waitingSince: number;
  /** For how long messages have waited and none was finished, where the system itself tells; NaN otherwise. */
  toldStillMs: number;
  /** For how long nothing has arrived. */
  quietMs: number;
  /** The highest position seen in this life of the lane. */
  highWater: number;
  /** Its longest usual pause, once enough was seen to rely on it; and as far as it was seen. */
  rhythmMs: number;
  seenRhythmMs: number;
  /** Age of the oldest unread message when the position last moved. */
  lowAgeMs: number;
  /** In how many ms the system removes the consumer by itself; NaN: it stays. */
  leavesInMs: number;
  blocked: boolean;
  inTransaction: boolean;
  failing: boolean;
  paused: boolean;
  held: boolean;
  redelivering: boolean;
  /** Its consumer has readers, and none of them reads this stream. */
  left: boolean;
  trend(): Trend;
  growth(): Growth | null;
}

/** For how long something has waited and nothing was finished, ms. Without a position nobody can say that it stands. */
export function stoodStillMs({
  now,
  position,
  movedAt,
  waitingSince,
  toldStillMs,
}: Pick<LaneEvidence, "now" | "position" | "movedAt" | "waitingSince" | "toldStillMs">): number {
  if (Number.isNaN(position)) return 0;
  if (!Number.isNaN(toldStillMs)) return toldStillMs;
  return Math.max(0, now - Math.max(movedAt, waitingSince || 0));
}

/** For how long this position may stand still, ms: by its own rhythm, or as it was set. */
export function stillAllowedMs(e: LaneEvidence, limits: Limits): number {
  // What the process itself tells needs no learning.
  const rhythmMs = Number.isNaN(e.toldStillMs) ? e.rhythmMs : e.seenRhythmMs;
  const set = e.readers === 0 ? limits.stoppedMs : limits.stalledMs;
  return stillLimitMs(limits, rhythmMs, e.seenRhythmMs, set);
}

/**
 * One position, by the principles of docs/verdicts.md; the test table beside this file is the specification. Movement
 * goes before the absence of readers: whoever finishes messages is being read.
 */
export function classifyLane(e: LaneEvidence, limits: Limits): Status {
  if (e.paused) return "paused";
  if (Number.isNaN(e.position) && Number.isNaN(e.backlog)) return e.failing ? "failing" : "unknown";
  if (e.lost > 0) return "losing";
  if (e.position < e.highWater) return "rewound";
  if (Number.isNaN(e.backlog)) return e.failing ? "failing" : "unknown";
  const waiting = e.inTransaction ? e.backlog : e.readable;
  if (!(waiting > 0) || waiting < limits.minBacklog) {
    if (e.failing) return "failing";
    return e.quietMs >= limits.idleMs && !(waiting > 0) ? "idle" : "ok";
  }

  const stillMs = stoodStillMs(e);
  const allowedMs = stillAllowedMs(e, limits);
  const stands = stillMs >= allowedMs;
  if (e.held && stillMs >= Math.min(allowedMs, limits.heldUpMs)) return "held";
  if (e.left && (stands || !e.hasMoved)) return "left";
  // Something that is known to hold it up need not last as long as a mere standstill, unless that is its usual pace.
  const isHeldUp = e.blocked || (e.inTransaction && e.readers !== 0);
  if (isHeldUp && stillMs >= (Number.isNaN(e.rhythmMs) ? Math.min(allowedMs, limits.heldUpMs) : allowedMs)) {
    return "blocked";
  }
  if (stands && !(e.readers > 0) && !Number.isNaN(e.leavesInMs)) return "leaving";
  if (e.readers === 0 && stands) return "stopped";
  // One message that comes again and again holds the position back while others pass it: that is not standing still.
  if (e.redelivering && e.now - e.waitingSince >= limits.heldUpMs) return "redelivering";
  if (stands) return "stalled";
  if (e.failing) return "failing";
  if (isSuspicious(e, stillMs, limits)) return "unknown";
  switch (e.trend()) {
    case "growing":
      return "behind";
    case "level":
    case "shrinking":
      return e.lowAgeMs > limits.lateMs ? "late" : "ok";
    case "unknown":
      return "unknown";
  }
}

/**
 * When the verdict of a position of which nothing else changes may become another one, in watched time: the next moment
 * that `classifyLane` compares with. Infinity: never by itself.
 */
export function nextChangeAt(e: LaneEvidence, limits: Limits): number {
  // What the system tells of time itself may be another time each time.
  if (!Number.isNaN(e.toldStillMs)) return e.now;
  const standsSince = Math.max(e.movedAt, e.waitingSince || 0);
  return Math.min(
    ifLater(standsSince + stillAllowedMs(e, limits), e.now),
    ifLater(standsSince + limits.heldUpMs, e.now),
    ifLater(standsSince + suspiciousAfterMs(e, limits), e.now),
    ifLater(e.waitingSince + limits.heldUpMs, e.now),
    ifLater(e.now - e.quietMs + limits.idleMs, e.now),
  );
}

function ifLater(at: number, now: number): number {
  return at > now ? at : Number.POSITIVE_INFINITY;
}

function suspiciousAfterMs({ seenRhythmMs }: Pick<LaneEvidence, "seenRhythmMs">, limits: Limits): number {
  return Math.max(limits.stillLeastMs, (seenRhythmMs || 0) * limits.rhythms);
}

/** Stands longer than it was ever seen to, and too little was seen of it to say that it should not. */
function isSuspicious(e: LaneEvidence, stillMs: number, limits: Limits): boolean {
  return e.hasMoved && Number.isNaN(e.rhythmMs) && stillMs >= suspiciousAfterMs(e, limits);
}
