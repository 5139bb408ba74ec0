/**
 * Which rows of a column changed. Rows are written as the gap before each, or as a bitmap where that is shorter; what
 * moved together (a position and when it was read) is told once.
 */
import type { ByteReader } from "../read/byte-reader.ts";
import type { ByteWriter } from "../write/byte-writer.ts";
import type { Column } from "./column-kinds.ts";
import { isSame } from "./column-steps.ts";
import { corrupt } from "./sample-codec-error.ts";

export const Rows = {
  ALL: 0,
  /** Varint count of entries, then `gap << 1` for one row, `gap << 1 | 1` and `rows − 2` for several. */
  GAPS: 1,
  BITMAP: 2,
  /** The same as of the last column of that length of which not all changed. */
  AS_BEFORE: 3,
} as const;
export type Rows = (typeof Rows)[keyof typeof Rows];

/** Rows that are compared as bytes first: most of a large column stands still. */
const BLOCK = 512;

/** Reused from column to column; `changed[0 … count − 1]` are rows. */
export class ChangedRows {
  changed = new Int32Array(BLOCK);
  count = 0;
  #before = new Int32Array(BLOCK);
  #countBefore = 0;
  #rowsBefore = -1;

  /** No column before to refer to. */
  reset(): void {
    this.#rowsBefore = -1;
  }

  /** Finds them. */
  find(next: Column, previous: Column): void {
    this.room(next.length);
    const width = next.BYTES_PER_ELEMENT;
    const nextBytes = bytesOf(next);
    const previousBytes = bytesOf(previous);
    const areDoubles = next instanceof Float64Array && previous instanceof Float64Array;
    let count = 0;
    for (let from = 0; from < next.length; from += BLOCK) {
      const to = Math.min(next.length, from + BLOCK);
      if (nextBytes.compare(previousBytes, from * width, to * width, from * width, to * width) === 0)
        continue;
      count = areDoubles
        ? findDoubles(this.changed, count, next, previous, from, to)
        : findOthers(this.changed, count, next, previous, from, to);
    }
    this.count = count;
  }

  write(out: ByteWriter, rows: number): Rows {
    if (this.count === rows) return Rows.ALL;
    if (this.#isAsBefore(rows)) return Rows.AS_BEFORE;
    const from = out.at;
    const bitmapBytes = Math.ceil(rows / 8);
    this.#writeGaps(out);
    const isBitmap = out.at - from > bitmapBytes;
    if (isBitmap) {
      out.at = from;
      const bitmap = out.hold(bitmapBytes);
      for (let at = 0; at < this.count; at++) {
        const row = this.changed[at]!;
        out.bytes[bitmap + (row >>> 3)]! |= 1 << (row & 7);
      }
    }
    this.#keep(rows);
    return isBitmap ? Rows.BITMAP : Rows.GAPS;
  }

  read(input: ByteReader, form: Rows, rows: number): void {
    this.room(rows);
    this.count = 0;
    switch (form) {
      case Rows.ALL:
        for (let row = 0; row < rows; row++) this.changed[row] = row;
        this.count = rows;
        return;
      case Rows.AS_BEFORE:
        if (this.#rowsBefore !== rows)
          throw corrupt("a column refers to rows of another one that is not there");
        this.changed.set(this.#before.subarray(0, this.#countBefore));
        this.count = this.#countBefore;
        return;
      case Rows.BITMAP: {
        const bitmap = input.slice(Math.ceil(rows / 8));
        for (let row = 0; row < rows; row++) {
          if ((bitmap[row >>> 3]! & (1 << (row & 7))) !== 0) this.changed[this.count++] = row;
        }
        break;
      }
      case Rows.GAPS:
        this.#readGaps(input, rows);
    }
    this.#keep(rows);
  }

  room(rows: number): void {
    if (this.changed.length < rows) this.changed = new Int32Array(rows);
  }

  #writeGaps(out: ByteWriter): void {
    const { changed, count } = this;
    let entries = 0;
    for (let at = 0; at < count; at++) if (at === 0 || changed[at] !== changed[at - 1]! + 1) entries++;
    out.varint(entries);
    let free = 0;
    for (let at = 0; at < count; ) {
      const first = changed[at]!;
      let to = at + 1;
      while (to < count && changed[to] === first + (to - at)) to++;
      const together = to - at;
      out.varint((first - free) * 2 + (together > 1 ? 1 : 0));
      if (together > 1) out.varint(together - 2);
      free = first + together;
      at = to;
    }
  }

  #readGaps(input: ByteReader, rows: number): void {
    const entries = input.count(rows, "changed rows");
    let row = 0;
    for (let entry = 0; entry < entries; entry++) {
      const gap = input.varint();
      row += Math.floor(gap / 2);
      const to = row + (gap % 2 === 1 ? input.varint() + 2 : 1);
      if (to > rows) throw corrupt("a row changed that is not there");
      for (; row < to; row++) this.changed[this.count++] = row;
    }
  }

  #isAsBefore(rows: number): boolean {
    if (this.#rowsBefore !== rows || this.#countBefore !== this.count) return false;
    for (let at = 0; at < this.count; at++) if (this.changed[at] !== this.#before[at]) return false;
    return true;
  }

  /** What is found next is written over what was kept before. */
  #keep(rows: number): void {
    const kept = this.changed;
    if (this.#before.length < kept.length) this.#before = new Int32Array(kept.length);
    this.#before.set(kept.subarray(0, this.count));
    this.#countBefore = this.count;
    this.#rowsBefore = rows;
  }
}

/** Apart from the others, so that the loop over most rows there are is compiled for one sort of array. */
function findDoubles(
  changed: Int32Array,
  before: number,
  next: Float64Array,
  previous: Float64Array,
  from: number,
  to: number,
): number {
  let count = before;
  for (let row = from; row < to; row++) {
    if (!isSame(next[row]!, previous[row]!)) changed[count++] = row;
  }
  return count;
}

function findOthers(
  changed: Int32Array,
  before: number,
  next: Column,
  previous: Column,
  from: number,
  to: number,
): number {
  let count = before;
  for (let row = from; row < to; row++) {
    if (!isSame(next[row]!, previous[row]!)) changed[count++] = row;
  }
  return count;
}

function bytesOf(column: Column): Buffer {
  return Buffer.from(column.buffer, column.byteOffset, column.byteLength);
}
