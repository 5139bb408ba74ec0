import { WINDOW_MS } from "../../model/live.ts";
import type { EpochMs } from "../../model/reading.ts";

/** Every sample is kept this long; older ones are thinned to one a `COARSE_STEP_MS`. */
const FINE_MS = 64_000;
const COARSE_STEP_MS = 15_000;
const PACE_LEAST_MS = 10_000;
/** Lanes of a block are kept together: where none of them moved between two samples, these have it in common. */
const BLOCK_BITS = 8;
const BLOCK = 1 << BLOCK_BITS;

interface Slot {
  readonly at: EpochMs;
  /** By block, then by lane. */
  readonly head: readonly Float64Array[];
}

/** When a message was written: inside a bracket of two samples, or at the latest at a moment. */
export interface Arrival {
  at: EpochMs;
  bracketed: boolean;
}

/**
 * Where each lane's head was over the last 15 minutes: the (head, time) points from which the age of an unread message
 * is interpolated. Time-major, and a sample takes room for the blocks of lanes that moved: most lanes of a large cluster
 * stand, side by side with others of their stream.
 */
export class HeadHistory {
  private slots: Slot[] = [];

  constructor(readonly lanes: number) {}

  /**
   * Records one sample. A head that is not known now is carried forward. Heads never shrink while a lane lives: one that
   * did belongs to a lane that was recreated or cut, and nothing that was known of it holds any more.
   */
  push(at: EpochMs, head: Float64Array): void {
    this.add(at, head);
    this.thin(at);
  }

  private add(at: EpochMs, head: Float64Array): void {
    const last = this.slots.at(-1);
    const blocks: Float64Array[] = [];
    for (let from = 0; from < this.lanes; from += BLOCK) {
      blocks.push(this.blockOf(head, from, last?.head[from >>> BLOCK_BITS]));
    }
    this.slots.push({ at, head: blocks });
  }

  /** @param before the same lanes as the sample before knew them */
  private blockOf(head: Float64Array, from: number, before: Float64Array | undefined): Float64Array {
    if (before !== undefined && saysNothingNew(head, from, before)) return before;
    const block = head.slice(from, from + BLOCK);
    if (before === undefined) return block;
    for (let i = 0; i < block.length; i++) {
      if (Number.isNaN(block[i]!)) block[i] = before[i]!;
      else if (block[i]! < before[i]!) this.forget(from + i);
    }
    return block;
  }

  /**
   * When the message at `position` of a lane was written, or null when none is there yet. Messages between two samples
   * are taken as evenly spread over them, so the error is less than their distance: one interval, or about 15 s where
   * the history is thinned. Not bracketed: the message was there before the first sample that could tell.
   *
   * @param into reused by the caller: nothing is allocated per position
   * @param now,head where the head is now, when that is newer than the history: what someone looks at is sampled between
   */
  arrivalOf(lane: number, position: number, into: Arrival, now = Number.NaN, head = Number.NaN): boolean {
    const { slots } = this;
    let low = 0;
    let high = slots.length;
    // Most positions are older than all of it, or near its end: two looks instead of a search through all of memory.
    if (high > 0 && headOf(slots[0]!, lane) > position) high = 0;
    else if (high > 2 && !(headOf(slots[high - 2]!, lane) > position)) low = high - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      // NaN (lane not there yet) compares false and counts as "not written yet".
      if (headOf(slots[middle]!, lane) > position) high = middle;
      else low = middle + 1;
    }
    const after = slots[low];
    if (after === undefined && !(head > position)) return false;
    const afterAt = after === undefined ? now : after.at;
    const before = slots[low - 1];
    const headBefore = before === undefined ? Number.NaN : headOf(before, lane);
    if (before === undefined || Number.isNaN(headBefore)) {
      into.at = afterAt;
      into.bracketed = false;
      return true;
    }
    const written = (after === undefined ? head : headOf(after, lane)) - headBefore;
    const share = (position - headBefore + 0.5) / written;
    into.at = before.at + (afterAt - before.at) * Math.min(1, Math.max(0, share));
    into.bracketed = true;
    return true;
  }

  /**
   * Since when at least a message has been there that was written before all of this; NaN: it was not, or nobody knows.
   * Most positions that are far behind are such, and this is one look.
   */
  thereSince(lane: number, position: number): EpochMs {
    const oldest = this.slots[0];
    return oldest !== undefined && headOf(oldest, lane) > position ? oldest.at : Number.NaN;
  }

  /**
   * How fast each lane's head moved over the last `windowMs`, or as much of it as there is, in messages a second. NaN with
   * less than ten seconds to measure over.
   */
  paces(windowMs: number): Float64Array {
    const paces = new Float64Array(this.lanes).fill(Number.NaN);
    const newest = this.slots.at(-1);
    if (newest === undefined) return paces;
    // From the oldest on: a lane may be younger than the window.
    for (const slot of this.slots) {
      const overMs = newest.at - slot.at;
      if (overMs > windowMs) continue;
      if (overMs < PACE_LEAST_MS) break;
      let isMissing = false;
      for (let lane = 0; lane < paces.length; lane++) {
        if (!Number.isNaN(paces[lane]!)) continue;
        paces[lane] = ((headOf(newest, lane) - headOf(slot, lane)) * 1000) / overMs;
        isMissing ||= Number.isNaN(paces[lane]!);
      }
      if (!isMissing) break;
    }
    return paces;
  }

  /** The same history for another layout: `oldRow[newRow]` is the row a lane had before, -1 for a new lane. */
  remapped(oldRow: Int32Array): HeadHistory {
    const next = new HeadHistory(oldRow.length);
    for (const slot of this.slots) {
      const head = Float64Array.from(oldRow, (lane) => (lane < 0 ? Number.NaN : headOf(slot, lane)));
      next.add(slot.at, head);
    }
    return next;
  }

  private forget(lane: number): void {
    for (const { head } of this.slots) head[lane >>> BLOCK_BITS]![lane & (BLOCK - 1)] = Number.NaN;
  }

  private thin(now: EpochMs): void {
    const kept: Slot[] = [];
    const newest = this.slots.length - 1;
    for (const [index, slot] of this.slots.entries()) {
      const age = now - slot.at;
      const previous = kept.at(-1);
      const keep =
        index === newest ||
        (age <= WINDOW_MS &&
          (age <= FINE_MS || previous === undefined || slot.at - previous.at >= COARSE_STEP_MS));
      if (keep) kept.push(slot);
    }
    this.slots = kept;
  }
}

function headOf({ head }: Slot, lane: number): number {
  return head[lane >>> BLOCK_BITS]![lane & (BLOCK - 1)]!;
}

/** Whether each of the lanes from there on is where it was, or not known now. */
function saysNothingNew(head: Float64Array, from: number, before: Float64Array): boolean {
  for (let i = 0; i < before.length; i++) {
    const now = head[from + i]!;
    if (now !== before[i] && !Number.isNaN(now)) return false;
  }
  return true;
}
