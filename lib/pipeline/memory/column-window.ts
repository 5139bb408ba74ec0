import type { EpochMs } from "../../model/reading.ts";
import { remapColumn } from "../../sample/remap.ts";

/**
 * The last few samples of one column, at least `stepMs` apart: a ring of copies with their times. Serves rates: growth
 * of a counter over the window.
 */
export class ColumnWindow {
  private readonly times: Float64Array;
  private columns: Float64Array[];
  private newest = -1;
  private size = 0;

  constructor(
    readonly rows: number,
    readonly slots: number,
    readonly stepMs: number,
  ) {
    this.times = new Float64Array(slots);
    this.columns = [];
  }

  /** Samples held. */
  get length(): number {
    return this.size;
  }

  /** Keeps a copy of the column, unless the last one is less than `stepMs` old. A clock set back begins anew. */
  push(at: EpochMs, column: Float64Array): void {
    const sinceMs = this.size > 0 ? at - this.times[this.newest]! : this.stepMs;
    if (sinceMs < 0) this.size = 0;
    else if (sinceMs < this.stepMs) return;
    this.newest = (this.newest + 1) % this.slots;
    this.times[this.newest] = at;
    const kept = this.columns[this.newest];
    if (kept === undefined) this.columns[this.newest] = Float64Array.from(column);
    else kept.set(column);
    this.size = Math.min(this.size + 1, this.slots);
  }

  /** Time of the sample `back` steps before the newest (0 is the newest). */
  timeAt(back: number): EpochMs {
    return this.times[this.slotOf(back)]!;
  }

  columnAt(back: number): Float64Array {
    return this.columns[this.slotOf(back)]!;
  }

  /** The newest sample at least `ageMs` older than `now`, else the oldest there is; -1 when the window is empty. */
  backTo(now: EpochMs, ageMs: number): number {
    for (let back = 0; back < this.size; back++) {
      if (now - this.timeAt(back) >= ageMs) return back;
    }
    return this.size - 1;
  }

  /** The same samples for another layout; rows that are new have NaN in their past. */
  remapped(oldRow: Int32Array): ColumnWindow {
    const next = new ColumnWindow(oldRow.length, this.slots, this.stepMs);
    next.newest = this.newest;
    next.size = this.size;
    next.times.set(this.times);
    next.columns = this.columns.map((column) => remapColumn(column, oldRow, Number.NaN));
    return next;
  }

  private slotOf(back: number): number {
    return (this.newest - back + this.slots) % this.slots;
  }
}
