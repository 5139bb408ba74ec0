import type { EpochMs } from "../model/reading.ts";
import { type SourceStatus, statusOfFailure } from "../model/source.ts";
import type { SourceTable } from "./source-table.ts";

/** A sample this many intervals old is late: two turns were missed. */
const LATE_INTERVALS = 2;
/** A late source is still believed until it fails or so many turns are gone. */
const BELIEVED_INTERVALS = 5;

/** One source at an instant: what its table says, and what that is worth by then. */
export class SourceSnapshot {
  readonly status: SourceStatus;
  /** Whether its numbers may stand for the instant. */
  readonly isCurrent: boolean;

  constructor(
    readonly table: SourceTable,
    readonly at: EpochMs,
  ) {
    const { asOf, intervalMs, lastFailure, isFailing } = table;
    const age = at - (asOf ?? 0);
    if (isFailing && lastFailure !== null) this.status = statusOfFailure(lastFailure.code);
    else if (asOf === null) this.status = "waiting";
    else this.status = age > LATE_INTERVALS * intervalMs ? "late" : "live";
    this.isCurrent =
      this.status === "live" || (this.status === "late" && age <= BELIEVED_INTERVALS * intervalMs);
  }

  get identity() {
    return this.table.identity;
  }

  get sampled() {
    return this.table.sampled;
  }

  /** Row of a consumer in its newest sample; -1: it has no such consumer. */
  rowOf(consumerId: string): number {
    return this.table.rowOf(consumerId);
  }

  /** Since when it has been lost; null while it is not. */
  get lostSince(): EpochMs | null {
    return this.table.outages.since;
  }

  /** How long it was lost in all, the present outage included, ms. */
  get lostMs(): number {
    const { since, endedMs } = this.table.outages;
    return endedMs + (since === null ? 0 : Math.max(0, this.at - since));
  }
}
