import type { Incident } from "./incident.ts";
import type { EpochMs } from "./reading.ts";

/** What is kept of the past, and how much more fits. */
export type Kept = KeptNothing | KeptHistory;

/** History is switched off. */
export interface KeptNothing {
  readonly isOn: false;
}

/** Series over time, in steps of one length: what long charts are made of. */
export interface KeptTier {
  readonly stepMs: number;
  /** The first step there is on disk, and the end of the last one; null: there is none. */
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
  readonly bytes: number;
}

export interface KeptHistory {
  readonly isOn: true;
  /** The recording that is looked at, where nothing is live; null: it is recorded now. */
  readonly opened: Incident | null;
  /** Spans that somebody has marked, the newest first. */
  readonly incidents: readonly Incident[];
  /** Where. */
  readonly dir: string;
  /**
   * How long samples are kept, ms, and each of `tiers`, and what all of it may take on disk; null: nothing comes, and
   * nothing goes.
   */
  readonly limits: {
    readonly keepMs: number;
    readonly tiersMs: readonly number[];
    readonly maxBytes: number;
  } | null;
  /** Why nothing is recorded now; null: it is. */
  readonly trouble: string | null;
  /** The first moment there is, and when the newest of it was written; null: there is none. */
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
  /** The finest first. */
  readonly tiers: readonly KeptTier[];
  /** Of all of it. */
  readonly bytes: number;
  /** How fast it grows: of the newest segments; null: not known yet. */
  readonly bytesPerDay: number | null;
  /** How much before a moment is read for its pages, ms: less than a quarter of an hour where much is sampled. */
  readonly windowMs: number;
}
