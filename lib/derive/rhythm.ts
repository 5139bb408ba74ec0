import { remapColumn } from "../sample/remap.ts";

/** How long a pause is believed in that has not come again. */
const REMEMBERED_MS = 15 * 60_000;
/** A pause this many times the longest known one is no jitter: it has to come twice. */
const JITTER = 2;
/** What waited for less than this share of the time since the last move was dealt with at once. */
const AT_ONCE = 1 / 8;
/** It has to be seen moving for so long, and so often, before its rhythm is known. */
const LEARNING_MS = 45_000;
/**
 * Where messages come one by one, each waits for whatever is left of a pause when it comes: of that few of them the
 * longest says little of the pause. Fewer neither make a rhythm known nor unmake one.
 */
const PAUSES = 8;

/**
 * How long each position usually stands still with something waiting before it moves: the longest pause of the last
 * while. Everyone has a rhythm (a poll every half minute, a commit every 90 s, a checkpoint every 5 min), and who keeps
 * to it does not stand still.
 *
 * A pause much longer than the ones before may be an incident: it counts from its second time on. The first pauses that
 * are seen count at once, for want of others. One that does not come again is forgotten. 20 bytes a position.
 */
export class Rhythm {
  /** The longest pause, ms; NaN: none was seen from its beginning to its end. */
  private longest: Float32Array;
  /** When a pause of at least half of that was last seen, in seconds of watched time. */
  private confirmed: Float32Array;
  /** A longer pause that was seen once, ms, and when, s. */
  private once: Float32Array;
  private onceAt: Float32Array;
  /** When it was first seen to move, s; NaN: not yet. */
  private since: Float32Array;
  /** Pauses seen in all, and since the longest was confirmed; up to PAUSES. */
  private pauses: Uint8Array;
  private unconfirmed: Uint8Array;

  constructor(readonly rows: number) {
    this.longest = unknown(rows);
    this.confirmed = unknown(rows);
    this.once = unknown(rows);
    this.onceAt = unknown(rows);
    this.since = unknown(rows);
    this.pauses = new Uint8Array(rows);
    this.unconfirmed = new Uint8Array(rows);
  }

  /**
   * A position moved now.
   *
   * @param now watched time, ms
   * @param movedAt the move before, watched time
   * @param gapMs since the move before, as far as it was seen not to move; NaN: that was not seen whole
   * @param stoodMs the part of it in which something waited
   */
  moved(row: number, now: number, movedAt: number, gapMs: number, stoodMs: number): void {
    const at = now / 1000;
    if (Number.isNaN(this.since[row]!)) {
      this.since[row] = at;
      return;
    }
    if (Number.isNaN(gapMs)) return;
    const pause = stoodMs >= gapMs * AT_ONCE ? gapMs : stoodMs;
    const isLearning = this.isLearning(row, movedAt);
    if (this.pauses[row]! < PAUSES) this.pauses[row]!++;
    const longest = this.longest[row]!;
    const remembered = REMEMBERED_MS / 1000;
    if (Number.isNaN(longest)) {
      this.longest[row] = pause;
      this.confirm(row, at);
    } else if (pause >= longest / 2) {
      this.confirm(row, at);
      if (pause <= longest * JITTER || isLearning) {
        if (pause > longest) this.longest[row] = pause;
      } else if (at - this.onceAt[row]! <= remembered) {
        // Two of them are at least as long as the shorter one.
        this.longest[row] = Math.min(this.once[row]!, pause);
        this.once[row] = Math.max(this.once[row]!, pause);
        this.onceAt[row] = at;
      } else {
        this.once[row] = pause;
        this.onceAt[row] = at;
      }
    } else {
      if (this.unconfirmed[row]! < PAUSES) this.unconfirmed[row]!++;
      if (this.unconfirmed[row] === PAUSES && at - this.confirmed[row]! > remembered) {
        this.longest[row] = longest / 2;
        this.confirm(row, at - (remembered * 3) / 4);
      }
    }
  }

  private confirm(row: number, at: number): void {
    this.confirmed[row] = at;
    this.unconfirmed[row] = 0;
  }

  /** The longest usual pause, ms, once it is known; NaN before. `movedAt`: its last move, watched time. */
  knownMs(row: number, movedAt: number): number {
    return this.isLearning(row, movedAt) ? Number.NaN : this.longest[row]!;
  }

  /** The same before enough was seen to rely on it; NaN: nothing was seen at all. */
  seenMs(row: number): number {
    return this.longest[row]!;
  }

  /** Whether it was ever seen to move. */
  hasMoved(row: number): boolean {
    return !Number.isNaN(this.since[row]!);
  }

  private isLearning(row: number, movedAt: number): boolean {
    return this.pauses[row]! < PAUSES || !(movedAt - this.since[row]! * 1000 >= LEARNING_MS);
  }

  /** The same for another layout: `oldRow[newRow]` is the row it had before, -1 for a new one. */
  remapped(oldRow: Int32Array): Rhythm {
    const next = new Rhythm(oldRow.length);
    next.longest = remapColumn(this.longest, oldRow, Number.NaN);
    next.confirmed = remapColumn(this.confirmed, oldRow, Number.NaN);
    next.once = remapColumn(this.once, oldRow, Number.NaN);
    next.onceAt = remapColumn(this.onceAt, oldRow, Number.NaN);
    next.since = remapColumn(this.since, oldRow, Number.NaN);
    next.pauses = remapColumn(this.pauses, oldRow, 0);
    next.unconfirmed = remapColumn(this.unconfirmed, oldRow, 0);
    return next;
  }
}

function unknown(rows: number): Float32Array {
  return new Float32Array(rows).fill(Number.NaN);
}
