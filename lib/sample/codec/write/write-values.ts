import { isSame, stepFromTold, stepTo, takeStep } from "../form/column-steps.ts";
import { Form } from "../form/value-forms.ts";
import type { ByteWriter } from "./byte-writer.ts";

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
      let to: number;
      if (form === Form.STEPS) {
        to = endOfSteps(values, from, row, rows, power);
        writeSteps(out, values, from, row, to, power);
      } else {
        to = endOfOthers(form, values, from, row, rows, power);
        if (form === Form.NUMBERS) told = writeNumbers(out, values, row, to, told, power);
        else writeDoubles(out, values, row, to);
      }
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

/**
 * The same step for all rows (when each was read, mostly), as `writeValues` would write it; false: there is none, and
 * nothing was written. Looks at each row once, which is what a large column costs.
 */
export function writeWholeStep(out: ByteWriter, values: Float64Array, from: Float64Array): boolean {
  const step = values.length === 0 ? 0 : stepTo(values[0]!, from[0]!, 1);
  if (!(Math.abs(step) > 0)) return false;
  if (movedRows(values, from, 0, values.length, step, 1) < values.length) return false;
  block(out, Form.MOVED, values.length);
  out.signed(step);
  return true;
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
  // Whole columns of times move by the same whole number, and nothing else.
  let row = power === 1 ? endOfMoved(values, from, first, rows, step) : first;
  while (row < rows && isSame(values[row]!, takeStep(from[row]!, step, power))) row++;
  return row - first;
}

function endOfMoved(
  values: Float64Array,
  from: Float64Array,
  first: number,
  rows: number,
  step: number,
): number {
  for (let row = first; row < rows; row++) {
    const value = values[row]!;
    if (value !== from[row]! + step || value === 0) return row;
  }
  return rows;
}

function equalRows(values: Float64Array, first: number, rows: number): number {
  const value = values[first]!;
  let row = first + 1;
  while (row < rows && isSame(values[row]!, value)) row++;
  return row - first;
}

/** Up to a row that cannot be reached by a step, or from which another form is shorter. */
function endOfSteps(
  values: Float64Array,
  from: Float64Array,
  first: number,
  rows: number,
  power: number,
): number {
  let valueBefore = Number.NaN;
  let stepBefore = Number.NaN;
  let moved = 0;
  let equal = 0;
  for (let row = first; row < rows; row++) {
    const value = values[row]!;
    const step = stepTo(value, from[row]!, power);
    const above = value - valueBefore;
    if (row > first && (Number.isNaN(step) || isFarShorter(above, step))) return row;
    moved = step === stepBefore ? moved + 1 : 1;
    equal = above === 0 ? equal + 1 : 1;
    if (moved === RUN_WITHIN || equal === RUN_WITHIN) return Math.max(row + 1 - RUN_WITHIN, first + 1);
    valueBefore = value;
    stepBefore = step;
  }
  return rows;
}

/** The same of a block without steps. */
function endOfOthers(
  form: Form,
  values: Float64Array,
  from: Float64Array,
  first: number,
  rows: number,
  power: number,
): number {
  let stepBefore = Number.NaN;
  let moved = 0;
  let equal = 1;
  for (let row = first + 1; row < rows; row++) {
    const value = values[row]!;
    const above = value - values[row - 1]!;
    const step = stepTo(value, from[row]!, power);
    if (!isOther(form, value, step, above, power)) return row;
    moved = step === stepBefore ? moved + 1 : 1;
    equal = above === 0 ? equal + 1 : 1;
    if (moved === RUN_WITHIN || equal === RUN_WITHIN) return Math.max(row + 1 - RUN_WITHIN, first + 1);
    stepBefore = step;
  }
  return rows;
}

/** `above`: how much more it is than the row above. */
function isOther(form: Form, value: number, step: number, above: number, power: number): boolean {
  const isNumber = !Number.isNaN(stepFromTold(value, 0, power));
  if (form === Form.NUMBERS) return isNumber && !isFarShorter(step, above);
  return !isNumber && Number.isNaN(step) && !Number.isNaN(value);
}

/** One byte instead of three and more. */
function isFarShorter(step: number, other: number): boolean {
  return Math.abs(step) < 64 && Math.abs(other) >= 8_192;
}

function writeSteps(
  out: ByteWriter,
  values: Float64Array,
  from: Float64Array,
  first: number,
  to: number,
  power: number,
): void {
  block(out, Form.STEPS, to - first);
  for (let row = first; row < to; row++) out.signed(stepTo(values[row]!, from[row]!, power));
}

/** Gives the last number that was told. */
function writeNumbers(
  out: ByteWriter,
  values: Float64Array,
  first: number,
  to: number,
  before: number,
  power: number,
): number {
  let told = before;
  block(out, Form.NUMBERS, to - first);
  for (let row = first; row < to; row++) {
    out.signed(stepFromTold(values[row]!, told, power));
    told = values[row]!;
  }
  return told;
}

function writeDoubles(out: ByteWriter, values: Float64Array, first: number, to: number): void {
  block(out, Form.DOUBLES, to - first);
  for (let row = first; row < to; row++) out.double(values[row]!);
}
