import type { EpochMs } from "./reading.ts";

/** A span of the past that somebody has named, so that it is kept and found again. */
export interface Incident {
  /** Safe in an address and as the name of a folder. */
  readonly id: string;
  readonly name: string;
  /** For whoever reads it later; empty: none. */
  readonly note: string;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly markedAt: EpochMs;
}

/** As somebody marks it. */
export type NewIncident = Pick<Incident, "name" | "note" | "from" | "to">;
