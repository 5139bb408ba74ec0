/**
 * What a consumer, a position, a stream or a source is judged to be. The order is that of a row of lamps: critical
 * first, then warnings, then what nobody knows, then what needs no one. What each takes: docs/verdicts.md.
 */
export const STATUSES = [
  // critical
  "losing",
  "stopped",
  "stalled",
  "blocked",
  "failing",
  "rewound",
  "full",
  "cut-off",
  "not-serving",
  // warning
  "redelivering",
  "behind",
  "late",
  "degraded",
  "unread",
  "given-up",
  // not known
  "unknown",
  // good
  "held",
  "paused",
  "leaving",
  "left",
  "ok",
  "idle",
] as const;
export type Status = (typeof STATUSES)[number];

/** Of streams and sources only; everything else may be said of a position and of its consumer. */
export const STREAM_ONLY_STATUSES = [
  "full",
  "cut-off",
  "not-serving",
  "degraded",
  "unread",
  "given-up",
] as const satisfies readonly Status[];

export const SEVERITIES = ["critical", "warning", "unknown", "good"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** How bad a status is, where nothing else is known. `unknown` stands apart: not good, and not yet an alarm. */
export function severityOf(status: Status): Severity {
  switch (status) {
    case "losing":
    case "stopped":
    case "stalled":
    case "blocked":
    case "failing":
    case "rewound":
    case "full":
    case "cut-off":
    case "not-serving":
      return "critical";
    case "redelivering":
    case "behind":
    case "late":
    case "degraded":
    case "unread":
    case "given-up":
      return "warning";
    case "unknown":
      return "unknown";
    case "held":
    case "paused":
    case "leaving":
    case "left":
    case "ok":
    case "idle":
      return "good";
  }
}

/** 0 is the worst. */
export function severityRank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

const RANKS = Object.fromEntries(STATUSES.map((status, rank) => [status, rank])) as Record<Status, number>;

/** 0 is the worst. */
export function statusRank(status: Status): number {
  return RANKS[status];
}

export function worseStatus(a: Status, b: Status): Status {
  return statusRank(a) <= statusRank(b) ? a : b;
}

/** What a stream or a source is judged to be: its severity goes with the case (a limit at 90 % is no refusal yet). */
export interface Verdict {
  readonly status: Status;
  readonly severity: Severity;
  /** One sentence with the numbers it rests on. */
  readonly because: string;
}

/** When the backlog will be gone, from the window that the verdict rests on. */
export type Drain =
  | { readonly kind: "none" } // nothing to drain
  | { readonly kind: "in"; readonly seconds: number; readonly most: number } // between the two, at the pace of the window
  | { readonly kind: "steady" } // what waits is what the reader has in hand: it neither grows nor is a debt
  | { readonly kind: "never" } // no end in sight
  | { readonly kind: "unknown" };
