import type { EpochMs, Reading } from "./reading.ts";
import type { Status } from "./status.ts";
import type { BacklogUnit } from "./system.ts";

/** How a consumer stood at a moment. */
export interface Standing {
  readonly status: Status;
  readonly latencyMs: Reading;
  readonly backlog: Reading;
}

export const CHANGES = ["worse", "new", "gone", "better"] as const;
export type Change = (typeof CHANGES)[number];

/** A consumer that stands otherwise than it did. */
export interface ComparedConsumer {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly sourceName: string;
  /** The kind of its source. */
  readonly system: string;
  readonly stream: string;
  readonly backlogUnit: BacklogUnit;
  readonly change: Change;
  /** Null: it was not there. */
  readonly before: Standing | null;
  readonly after: Standing | null;
}

export interface Comparison {
  /** As of when both are: earlier than asked for where nothing was recorded just before. */
  readonly before: EpochMs;
  readonly after: EpochMs;
  /** Those that changed most, first. */
  readonly rows: readonly ComparedConsumer[];
  /** How many changed, by how, and how many there are at either moment. */
  readonly counts: Readonly<Record<Change, number>>;
  readonly all: number;
}
