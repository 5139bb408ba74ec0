import { ChangedRows, Rows } from "../form/changed-rows.ts";
import { bytesOfRows, type Column, checkRows, isColumn, kindOf } from "../form/column-kinds.ts";
import { digitsOf, MOST_DIGITS, POWERS } from "../form/column-steps.ts";
import { Tag } from "../form/tags.ts";
import { notPlain } from "../plain.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { writeValues, writeWholeStep } from "./write-values.ts";

/** Numbers with a fraction that are looked at to see how many digits they have. */
const LOOKED_AT = 64;

/** A column against the one before it, or by itself where that is shorter. */
export class ColumnWriter {
  readonly #rows = new ChangedRows();
  /** One longer than any column: a number to begin with stands above the first row. */
  #values = new Float64Array(1);
  #from = new Float64Array(1);

  reset(): void {
    this.#rows.reset();
  }

  /** True: it is the same as before, which is all that was written. */
  write(out: ByteWriter, next: ArrayBufferView, previous: unknown): boolean {
    if (!isColumn(next)) throw notPlain(`a ${Object.prototype.toString.call(next).slice(8, -1)}`);
    const kind = kindOf(next);
    const rows = next.length;
    checkRows(rows);
    out.spend(bytesOfRows(kind, rows));
    const at = out.at;
    if (isColumn(previous) && previous.length === rows && kindOf(previous) === kind) {
      if (writeMovedWhole(out, next, previous)) return false;
      this.#rows.find(next, previous);
      if (this.#rows.count === 0) {
        out.byte(Tag.SAME);
        return true;
      }
      this.#writeChanged(out, next, previous);
      if (out.at - at <= rows / 2) return false;
      this.#writeShorter(out, at, kind, next);
      return false;
    }
    this.#writeWhole(out, kind, next);
    return false;
  }

  #writeChanged(out: ByteWriter, next: Column, previous: Column): void {
    const { changed, count } = this.#rows;
    this.#room(count, true);
    const values = count === next.length && next instanceof Float64Array ? next : this.#values;
    const from = count === next.length && previous instanceof Float64Array ? previous : this.#from;
    if (values !== next) for (let at = 0; at < count; at++) values[at] = next[changed[at]!]!;
    if (from !== previous) for (let at = 0; at < count; at++) from[at] = previous[changed[at]!]!;
    out.byte(Tag.COLUMN_PATCH);
    const form = out.hold(1);
    const rows = this.#rows.write(out, next.length);
    const digits = digitsWithin(values, count);
    out.bytes[form] = rows | (digits << 2);
    writeValues(out, values, from, count, POWERS[digits]!);
  }

  #writeWhole(out: ByteWriter, kind: number, next: Column): void {
    const rows = next.length;
    this.#room(rows, false);
    this.#values[0] = 0;
    this.#values.set(next, 1);
    const values = this.#values.subarray(1, rows + 1);
    const digits = digitsWithin(values, rows);
    out.byte(Tag.COLUMN);
    out.byte(kind);
    out.varint(rows);
    out.byte(digits);
    writeValues(out, values, this.#values, rows, POWERS[digits]!);
  }

  /** In the place of what was written from `at` on, if it is shorter. */
  #writeShorter(out: ByteWriter, at: number, kind: number, next: Column): void {
    const to = out.at;
    this.#writeWhole(out, kind, next);
    const length = out.at - to;
    if (length < to - at) {
      out.bytes.copyWithin(at, to, out.at);
      out.at = at + length;
      this.#rows.reset();
    } else out.at = to;
  }

  #room(rows: number, needsFrom: boolean): void {
    if (this.#values.length <= rows) this.#values = new Float64Array(rows + 1);
    if (needsFrom && this.#from.length < rows) this.#from = new Float64Array(rows);
  }
}

function writeMovedWhole(out: ByteWriter, next: Column, previous: Column): boolean {
  if (!(next instanceof Float64Array && previous instanceof Float64Array)) return false;
  const at = out.at;
  out.byte(Tag.COLUMN_PATCH);
  out.byte(Rows.ALL);
  if (writeWholeStep(out, next, previous)) return true;
  out.at = at;
  return false;
}

/** Digits after the point that most numbers have; those with more are written as doubles. */
function digitsWithin(values: Float64Array, rows: number): number {
  let most = 0;
  const stride = Math.max(1, Math.floor(rows / LOOKED_AT));
  for (let row = 0; row < rows && most < MOST_DIGITS; row += stride) {
    const value = values[row]!;
    if (Math.floor(value) !== value) most = Math.max(most, digitsOf(value));
  }
  return most;
}
