import { remapColumn, remapColumns } from "../sample/remap.ts";

const SLOTS = 14;
const STEP_MS = 4_800;
const TICK_MS = 100;
/** Averaged over so long, or over the last two moves where those are further apart. */
const WINDOW_MS = 55_000;

/** Messages a second over whole moves of a consumer. */
export interface PaceOver {
  readonly duePerSecond: number;
  readonly outPerSecond: number;
  readonly overMs: number;
}

/**
 * What became due to each consumer and what it finished between its moves: averages that begin and end at a move do not
 * depend on when between two commits they are looked at, and belong to the same window as its low points. 208 bytes a
 * consumer.
 */
export class Paces {
  /** The averages, messages a second, and over how long, ms; NaN with fewer than two moves. */
  readonly duePerSecond: Float64Array;
  readonly outPerSecond: Float64Array;
  readonly overMs: Float64Array;
  /** What was added up to each mark since the one before. */
  private due: Float32Array;
  private out: Float32Array;
  private at: Uint32Array;
  private count: Uint8Array;
  private newest: Uint8Array;
  private dueThen: Float64Array;
  private outThen: Float64Array;

  constructor(readonly rows: number) {
    this.duePerSecond = new Float64Array(rows).fill(Number.NaN);
    this.outPerSecond = new Float64Array(rows).fill(Number.NaN);
    this.overMs = new Float64Array(rows).fill(Number.NaN);
    this.due = new Float32Array(rows * SLOTS);
    this.out = new Float32Array(rows * SLOTS);
    this.at = new Uint32Array(rows * SLOTS);
    this.count = new Uint8Array(rows);
    this.newest = new Uint8Array(rows);
    this.dueThen = new Float64Array(rows);
    this.outThen = new Float64Array(rows);
  }

  /** A consumer has just moved, or has nothing to do. `now`: watched time, ms; totals ever counted. */
  note(row: number, now: number, dueTotal: number, outTotal: number): void {
    const known = this.count[row]! > 0;
    const last = this.slot(row, 0);
    if (known && now - this.at[last]! * TICK_MS < STEP_MS) return;
    const slot = known ? (this.newest[row]! + 1) % SLOTS : 0;
    this.newest[row] = slot;
    const next = this.slot(row, 0);
    this.at[next] = now / TICK_MS;
    this.due[next] = known ? dueTotal - this.dueThen[row]! : 0;
    this.out[next] = known ? outTotal - this.outThen[row]! : 0;
    this.dueThen[row] = dueTotal;
    this.outThen[row] = outTotal;
    if (this.count[row]! < SLOTS) this.count[row]!++;
    this.average(row);
  }

  remapped(oldRow: Int32Array): Paces {
    const next = new Paces(oldRow.length);
    next.due = remapColumns(this.due, SLOTS, oldRow);
    next.out = remapColumns(this.out, SLOTS, oldRow);
    next.at = remapColumns(this.at, SLOTS, oldRow);
    next.count = remapColumn(this.count, oldRow, 0);
    next.newest = remapColumn(this.newest, oldRow, 0);
    next.dueThen = remapColumn(this.dueThen, oldRow, 0);
    next.outThen = remapColumn(this.outThen, oldRow, 0);
    for (let row = 0; row < next.rows; row++) next.average(row);
    return next;
  }

  private average(row: number): void {
    const count = this.count[row]!;
    let due = 0;
    let out = 0;
    const end = this.at[this.slot(row, 0)]!;
    for (let back = 0; back + 1 < count; back++) {
      const slot = this.slot(row, back);
      due += this.due[slot]!;
      out += this.out[slot]!;
      const overMs = (end - this.at[this.slot(row, back + 1)]!) * TICK_MS;
      if (overMs >= WINDOW_MS || back + 2 === count) {
        this.duePerSecond[row] = (due * 1000) / overMs;
        this.outPerSecond[row] = (out * 1000) / overMs;
        this.overMs[row] = overMs;
        return;
      }
    }
  }

  private slot(row: number, back: number): number {
    return ((this.newest[row]! - back + SLOTS) % SLOTS) * this.rows + row;
  }
}
