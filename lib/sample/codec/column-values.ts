/**
 * The numbers of a column's rows, each seen from a number that the reader has already: that of the same row before, or
 * that of the row above. They come in blocks, a varint `rows − 1 << 3 | form` each, so that what moved alike is told once.
 */
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { isSame, stepFromTold, stepTo, takeStep } from "./column-steps.ts";
import { corrupt } from "./sample-codec-error.ts";

const Form = {
  /** All by the same step: signed varint. */
  MOVED: 0,
  /** All the same number: a step from the last number that was told so. */
  EQUAL: 1,
  NAN: 2,
  /** A step for each. */
  STEPS: 3,
  /** A step for each, from the last number that was told so. */
  NUMBERS: 4,
  /** A double for each. */
  DOUBLES: 5,
  /** All the same double. */
  EQUAL_DOUBLE: 6,
} as const;
type Form = (typeof Form)[keyof typeof Form];

/** So many rows alike are worth a block of their own. */
const RUN = 3;
/** So many end another block, which has to be begun again after them. */
const RUN_WITHIN = 5;

/** `from[row]` is what the reader has for the row; `power`: steps are of 1 / power. */
export function writeValues(
  out: ByteWriter,
  values: Float64Array,
  from: Float64Array,
  rows: number,
  power: number,
): void {
  let told = 0;
  let row = 0;
  while (row < rows) {
    const value = values[row]!;
    const step = stepTo(value, from[row]!, power);
    const moved = !Number.isNaN(step) ? movedRows(values, from, row, rows, step, power) : 0;
    const equal = moved === rows - row ? 0 : equalRows(values, row, rows);
    const toldStep = stepFromTold(value, told, power);
    if (Math.max(moved, equal) < RUN && !Number.isNaN(value)) {
      const form = formOf(step, toldStep);
      const to = endOfBlock(values, from, row, rows, form, power);
      told = writeEach(out, form, values, from, row, to, told, power);
      row = to;
      continue;
    }
    if (moved >= equal) {
      block(out, Form.MOVED, moved);
      out.signed(step);
      row += moved;
      continue;
    }
    if (Number.isNaN(value)) block(out, Form.NAN, equal);
    else if (!Number.isNaN(toldStep)) {
      block(out, Form.EQUAL, equal);
      out.signed(toldStep);
      told = value;
    } else {
      block(out, Form.EQUAL_DOUBLE, equal);
      out.double(value);
    }
    row += equal;
  }
}

/** What `writeValues` wrote, into `values`; `from` may be the same memory one row further up. */
export function readValues(
  input: ByteReader,
  values: Float64Array,
  from: Float64Array,
  rows: number,
  power: number,
): void {
  let told = 0;
  let row = 0;
  while (row < rows) {
    const head = input.varint();
    const to = row + Math.floor(head / 8) + 1;
    if (to > rows) throw corrupt("a column has more values than rows");
    switch (head % 8) {
      case Form.MOVED: {
        const step = input.signed();
        for (; row < to; row++) values[row] = takeStep(from[row]!, step, power);
        break;
      }
      case Form.EQUAL:
        told = takeStep(told, input.signed(), power);
        values.fill(told, row, to);
        break;
      case Form.NAN:
        values.fill(Number.NaN, row, to);
        break;
      case Form.STEPS:
        for (; row < to; row++) values[row] = takeStep(from[row]!, input.signed(), power);
        break;
      case Form.NUMBERS:
        for (; row < to; row++) {
          told = takeStep(told, input.signed(), power);
          values[row] = told;
        }
        break;
      case Form.DOUBLES:
        for (; row < to; row++) values[row] = input.double();
        break;
      case Form.EQUAL_DOUBLE:
        values.fill(input.double(), row, to);
        break;
      default:
        throw corrupt("a column has values of an unknown form");
    }
    row = to;
  }
}

function block(out: ByteWriter, form: Form, rows: number): void {
  out.varint((rows - 1) * 8 + form);
}

function formOf(step: number, toldStep: number): Form {
  if (Number.isNaN(step)) return !Number.isNaN(toldStep) ? Form.NUMBERS : Form.DOUBLES;
  return Math.abs(toldStep) < Math.abs(step) ? Form.NUMBERS : Form.STEPS;
}

function movedRows(
  values: Float64Array,
  from: Float64Array,
  first: number,
  rows: number,
  step: number,
  power: number,
): number {
  let row = first;
  // Whole columns of times move by the same whole number, and nothing else.
  if (power === 1) while (row < rows && values[row]! !== 0 && values[row]! === from[row]! + step) row++;
  while (row < rows && isSame(values[row]!, takeStep(from[row]!, step, power))) row++;
  return row - first;
}

function equalRows(values: Float64Array, first: number, rows: number): number {
  const value = values[first]!;
  let row = first + 1;
  while (row < rows && isSame(values[row]!, value)) row++;
  return row - first;
}

/** Up to a row that has no such form, or from which another one is shorter. */
function endOfBlock(
  values: Float64Array,
  from: Float64Array,
  first: number,
  rows: number,
  form: Form,
  power: number,
): number {
  let stepBefore = Number.NaN;
  let moved = 0;
  let equal = 0;
  for (let row = first; row < rows; row++) {
    const value = values[row]!;
    const step = stepTo(value, from[row]!, power);
    const above = row === first ? Number.NaN : value - values[row - 1]!;
    if (row > first && !canBe(form, value, step, above, power)) return row;
    moved = step === stepBefore ? moved + 1 : 1;
    equal = above === 0 ? equal + 1 : 1;
    if (moved === RUN_WITHIN || equal === RUN_WITHIN) return Math.max(row + 1 - RUN_WITHIN, first + 1);
    stepBefore = step;
  }
  return rows;
}

/** `above`: how much more it is than the row above. */
function canBe(form: Form, value: number, step: number, above: number, power: number): boolean {
  if (form === Form.STEPS) return !Number.isNaN(step) && !isFarShorter(above, step);
  const told = stepFromTold(value, 0, power);
  if (form === Form.NUMBERS) return !Number.isNaN(told) && !isFarShorter(step, above);
  return !Number.isNaN(value) && Number.isNaN(step) && Number.isNaN(told);
}

/** One byte instead of three and more. */
function isFarShorter(step: number, other: number): boolean {
  return Math.abs(step) < 64 && Math.abs(other) >= 8_192;
}

function writeEach(
  out: ByteWriter,
  form: Form,
  values: Float64Array,
  from: Float64Array,
  first: number,
  to: number,
  before: number,
  power: number,
): number {
  let told = before;
  block(out, form, to - first);
  for (let row = first; row < to; row++) {
    const value = values[row]!;
    if (form === Form.STEPS) out.signed(stepTo(value, from[row]!, power));
    else if (form === Form.DOUBLES) out.double(value);
    else {
      out.signed(stepFromTold(value, told, power));
      told = value;
    }
  }
  return told;
}
