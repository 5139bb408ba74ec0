/** Design section 2. The order is the ranking: worst first. */
export const STATUSES = [
  "losing",
  "stopped",
  "stalled",
  "blocked",
  "failing",
  "rewound",
  "redelivering",
  "behind",
  "unknown",
  "paused",
  "ok",
  "idle",
] as const;
export type Status = (typeof STATUSES)[number];

export type Severity = "critical" | "warning" | "unknown" | "good";

/** How bad a status is. `unknown` stands apart: not good, and not yet an alarm. */
export function severityOf(status: Status): Severity {
  switch (status) {
    case "losing":
    case "stopped":
    case "stalled":
    case "blocked":
    case "failing":
    case "rewound":
      return "critical";
    case "redelivering":
    case "behind":
      return "warning";
    case "unknown":
      return "unknown";
    case "paused":
    case "ok":
    case "idle":
      return "good";
  }
}

/** 0 is the worst. */
export function statusRank(status: Status): number {
  return STATUSES.indexOf(status);
}

export function worseStatus(a: Status, b: Status): Status {
  return statusRank(a) <= statusRank(b) ? a : b;
}

/** When the backlog will be gone at the present pace. */
export type Drain =
  | { readonly kind: "none" } // nothing to drain
  | { readonly kind: "in"; readonly seconds: number }
  | { readonly kind: "never" } // the backlog is not shrinking
  | { readonly kind: "unknown" };
