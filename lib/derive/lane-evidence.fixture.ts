import type { Growth } from "../sample/derived.ts";
import type { Trend } from "./low-points.ts";
import type { LaneEvidence } from "./status.ts";

/** Test only: the moment all evidence is as of. */
export const NOW = 10_000_000;

/** Evidence in which only what a test is about is said. */
export type LaneText = Partial<Omit<LaneEvidence, "trend" | "growth">> & {
  readonly trend?: Trend;
  readonly growth?: Growth | null;
};

/** A position that keeps up: one reader, moving every second, traffic, nothing waiting. */
export function evidenceOf({ trend = "level", growth = null, ...rest }: LaneText = {}): LaneEvidence {
  return {
    now: NOW,
    position: 500,
    head: 500,
    lost: 0,
    lostAtLeast: false,
    lostSeen: 0,
    backlog: 0,
    readable: rest.backlog ?? 0,
    readers: 1,
    movedAt: NOW - 1_000,
    hasMoved: true,
    waitingSince: Number.NaN,
    toldStillMs: Number.NaN,
    quietMs: 0,
    highWater: 500,
    rhythmMs: 1_000,
    seenRhythmMs: 1_000,
    lowAgeMs: Number.NaN,
    leavesInMs: Number.NaN,
    blocked: false,
    inTransaction: false,
    failing: false,
    paused: false,
    held: false,
    redelivering: false,
    left: false,
    ...rest,
    trend: () => trend,
    growth: () => growth,
  };
}
