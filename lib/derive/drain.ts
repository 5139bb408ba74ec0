import type { Drain, Status } from "../model/status.ts";
import type { Shrinking } from "../sample/derived.ts";
import type { Trend } from "./low-points.ts";

/** What the time until a backlog is gone rests on: the low points that the verdict rests on, too. */
export interface DrainEvidence {
  /** NaN: not known. */
  readonly backlog: number;
  readonly status: Status;
  readonly trend: Trend;
  /** How fast it shrinks, where it does. */
  readonly shrinking: Shrinking | undefined;
}

/**
 * When the backlog will be gone. A range where it shrinks; no end in sight where the verdict says that nobody works it
 * off; and where it is level and nothing is wrong, it is what the reader has in hand, which never was to be gone.
 */
export function drainOf({ backlog, status, trend, shrinking }: DrainEvidence): Drain {
  if (Number.isNaN(backlog)) return { kind: "unknown" };
  if (backlog === 0) return { kind: "none" };
  switch (status) {
    case "stalled":
    case "stopped":
    case "blocked":
    case "behind":
      return { kind: "never" };
    case "ok":
    case "late":
    case "losing":
    case "rewound":
    case "redelivering":
    case "failing":
      if (trend === "shrinking") {
        return shrinking === undefined
          ? { kind: "unknown" }
          : within(backlog, shrinking.whole, shrinking.lately);
      }
      if (trend === "unknown") return { kind: "unknown" };
      return status === "ok" ? { kind: "steady" } : { kind: "never" };
    default:
      return { kind: "unknown" };
  }
}

function within(backlog: number, whole: number, lately: number): Drain {
  const [slow, fast] = whole <= lately ? [whole, lately] : [lately, whole];
  const soonest = backlog / fast;
  // A pace next to nothing promises no time at all.
  if (!(fast > 0) || !Number.isFinite(soonest)) return { kind: "unknown" };
  const latest = backlog / slow;
  // Of two paces of which one goes nowhere, the other one is all there is to say.
  return { kind: "in", seconds: soonest, most: slow > 0 && Number.isFinite(latest) ? latest : soonest };
}
