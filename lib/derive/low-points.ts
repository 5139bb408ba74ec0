import type { Growth, Shrinking } from "../sample/derived.ts";
import { remapColumn, remapColumns } from "../sample/remap.ts";

export const TRENDS = ["unknown", "growing", "level", "shrinking"] as const;
export type Trend = (typeof TRENDS)[number];

/** Low points that are kept, and how far apart they are at least: a minute of a busy reader, or the last moves of a slow one. */
const SLOTS = 12;
const STEP_MS = 4_800;
/** So many of them make a trend; or one fewer that are further apart. */
const ENOUGH = 4;
const ENOUGH_SPAN_MS = 30_000;
/** Watched time is kept in these steps: thirteen years of it fit. */
const TICK_MS = 100;

/**
 * How low the backlog of each row came each time it moved, over the last low points: between two moves it ramps up,
 * and the ramp says nothing. Compared with each other these tell whether it grows. 99 bytes a row that moves; one that
 * stands has a single low point, and as all first slots come first, the memory behind the others is never touched.
 */
export class LowPoints {
  private backlog: Float32Array;
  private at: Uint32Array;
  private count: Uint8Array;
  /** Slot of the newest. */
  private newest: Uint8Array;
  /** The trend as it was last found, an index into TRENDS + 1; 0: not looked at since a low point came. */
  private found: Uint8Array;

  constructor(readonly rows: number) {
    this.backlog = new Float32Array(rows * SLOTS);
    this.at = new Uint32Array(rows * SLOTS);
    this.count = new Uint8Array(rows);
    this.newest = new Uint8Array(rows);
    this.found = new Uint8Array(rows);
  }

  /** So much waits right after a move. `now`: watched time, ms. */
  note(row: number, now: number, waiting: number): void {
    if (Number.isNaN(waiting)) return;
    const last = this.indexOf(this.newest[row]!, row);
    const known = this.count[row]! > 0;
    if (known && waiting === 0 && this.backlog[last] === 0) {
      // A long time of nothing is one low point, as late as it lasts.
      this.at[last] = now / TICK_MS;
      return;
    }
    if (known && now - this.at[last]! * TICK_MS < STEP_MS) {
      if (waiting < this.backlog[last]!) {
        this.backlog[last] = waiting;
        this.found[row] = 0;
      }
      return;
    }
    const slot = known ? (this.newest[row]! + 1) % SLOTS : 0;
    this.newest[row] = slot;
    const index = this.indexOf(slot, row);
    this.backlog[index] = waiting;
    this.at[index] = now / TICK_MS;
    if (this.count[row]! < SLOTS) this.count[row]!++;
    this.found[row] = 0;
  }

  /** The trend if it was looked for since the last low point; null: ask `trend`. */
  knownTrend(row: number): Trend | null {
    const found = this.found[row]!;
    return found === 0 ? null : TRENDS[found - 1]!;
  }

  /** @param noise messages that the moment of a sample may add or hide */
  trend(row: number, noise: number): Trend {
    if (this.found[row] === 0) this.found[row] = TRENDS.indexOf(this.look(row, noise)) + 1;
    return TRENDS[this.found[row]! - 1]!;
  }

  /**
   * Grew: even the lowest of the newer half is above the average of the older half by more than noise, and it is not
   * falling again. Nothing that came down to zero in the newer half grew. Shrinks: even the highest of the newer half is
   * below that average, or the newer half falls all the way to below it; a level that flutters does neither.
   */
  private look(row: number, noise: number): Trend {
    const count = this.count[row]!;
    if (count === 0) return "unknown";
    const half = count >>> 1;
    let sum = 0;
    let anyZero = false;
    for (let i = 0; i < half; i++) {
      const value = this.backlog[this.slot(row, i)]!;
      sum += value;
      if (value === 0) anyZero = true;
    }
    let lowest = Number.POSITIVE_INFINITY;
    let highest = 0;
    let falls = true;
    let before = Number.POSITIVE_INFINITY;
    for (let i = half; i < count; i++) {
      const value = this.backlog[this.slot(row, i)]!;
      if (value === 0) return "level";
      if (value < lowest) lowest = value;
      if (value > highest) highest = value;
      if (value > before + noise) falls = false;
      before = value;
    }
    const span = (this.at[this.slot(row, count - 1)]! - this.at[this.slot(row, 0)]!) * TICK_MS;
    if (count < ENOUGH && !(count === ENOUGH - 1 && span >= ENOUGH_SPAN_MS)) {
      return anyZero ? "level" : "unknown";
    }
    const older = sum / half;
    const first = this.backlog[this.slot(row, half)]!;
    const last = this.backlog[this.slot(row, count - 1)]!;
    if (lowest > older + noise && last > first - noise) return "growing";
    if (last > first + noise) return "level";
    return highest < older - noise || (falls && last < older - noise) ? "shrinking" : "level";
  }

  /** From the lowest of the older half to the newest; null where that is no growth. */
  growth(row: number): Growth | null {
    const count = this.count[row]!;
    let from = this.slot(row, 0);
    for (let i = 1; i < count >>> 1; i++) {
      const slot = this.slot(row, i);
      if (this.backlog[slot]! <= this.backlog[from]!) from = slot;
    }
    const to = this.slot(row, count - 1);
    if (count < 2 || !(this.backlog[to]! > this.backlog[from]!)) return null;
    return {
      from: this.backlog[from]!,
      to: this.backlog[to]!,
      overMs: (this.at[to]! - this.at[from]!) * TICK_MS,
    };
  }

  /** How fast it shrinks, messages a second: over all low points and over the newer half. NaN: not known. */
  shrinking(row: number): Shrinking {
    const count = this.count[row]!;
    const from = (index: number) => {
      const [a, b] = [this.slot(row, index), this.slot(row, count - 1)];
      return ((this.backlog[a]! - this.backlog[b]!) * 1000) / ((this.at[b]! - this.at[a]!) * TICK_MS);
    };
    return count < 2
      ? { whole: Number.NaN, lately: Number.NaN }
      : { whole: from(0), lately: from(count >>> 1) };
  }

  remapped(oldRow: Int32Array): LowPoints {
    const next = new LowPoints(oldRow.length);
    next.backlog = remapColumns(this.backlog, SLOTS, oldRow);
    next.at = remapColumns(this.at, SLOTS, oldRow);
    next.count = remapColumn(this.count, oldRow, 0);
    next.newest = remapColumn(this.newest, oldRow, 0);
    next.found = remapColumn(this.found, oldRow, 0);
    return next;
  }

  /** Where low point `index` is, the oldest first. */
  private slot(row: number, index: number): number {
    return this.indexOf((this.newest[row]! + 1 - this.count[row]! + index + SLOTS) % SLOTS, row);
  }

  private indexOf(slot: number, row: number): number {
    return slot * this.rows + row;
  }
}
