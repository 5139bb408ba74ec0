/** Milliseconds since the Unix epoch. */
export type EpochMs = number;

/**
 * How a value came to be known.
 * - `measured`: read from the system itself
 * - `interpolated`: computed inside a bracket of two samples
 * - `atMost`: an upper bound; the truth is this or less
 * - `atLeast`: a lower bound; the truth is this or more
 * - `unknown`: nobody knows; the value is null, never 0
 */
export const PROVENANCES = ["measured", "interpolated", "atMost", "atLeast", "unknown"] as const;
export type Provenance = (typeof PROVENANCES)[number];

/**
 * One measure. Never NaN, infinite or negative; null exactly when `unknown`. When it was read is said once, by what it
 * stands on: the `asOf` of its row. The API tells both in one (`{ value, asOf, provenance }`).
 */
export type Reading =
  | { readonly value: number; readonly provenance: Exclude<Provenance, "unknown"> }
  | typeof UNKNOWN_READING;

export const UNKNOWN_READING = { value: null, provenance: "unknown" } as const;

/**
 * Turns a column's value into a reading. Columns say "not known" with NaN; anything that is not a finite,
 * non-negative number becomes `unknown` here, so that no such value ever leaves the process.
 */
export function toReading(value: number, provenance: Exclude<Provenance, "unknown"> = "measured"): Reading {
  return Number.isFinite(value) && value >= 0 ? { value, provenance } : UNKNOWN_READING;
}

/**
 * The weaker of two provenances: what a sum or a maximum over both may claim. A lower and an upper bound together are
 * taken as the lower one: of the two mistakes, telling too little of a backlog is said with `≥`.
 */
export function weakerProvenance(a: Provenance, b: Provenance): Provenance {
  return PROVENANCES[Math.max(PROVENANCES.indexOf(a), PROVENANCES.indexOf(b))]!;
}
