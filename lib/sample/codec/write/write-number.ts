import { digitsOf, POWERS, stepTo } from "../form/column-steps.ts";
import { MORE_MOST, SMALL_MOST, Tag } from "../form/tags.ts";
import type { ByteWriter } from "./byte-writer.ts";

/** Of a decimal with more steps than this a double is as short. */
const MOST_STEPS = 2 ** 40;

/** In the shortest of its forms; `previous`: what was at its place. */
export function writeNumber(out: ByteWriter, next: number, previous: unknown): void {
  const step = typeof previous === "number" ? stepTo(next, previous, 1) : Number.NaN;
  const digits = digitsOf(next);
  if (step >= 1 && step <= MORE_MOST) out.byte(Tag.MORE + step - 1);
  else if (!Number.isNaN(step) && !(digits === 0 && Math.abs(next) <= Math.abs(step))) {
    out.byte(Tag.DELTA);
    out.signed(step);
  } else if (digits === 0) writeInteger(out, next);
  else if (Number.isNaN(next)) out.byte(Tag.NAN);
  else if (next === Number.POSITIVE_INFINITY) out.byte(Tag.INFINITY);
  else if (next === Number.NEGATIVE_INFINITY) out.byte(Tag.MINUS_INFINITY);
  else writeFraction(out, next, digits);
}

function writeInteger(out: ByteWriter, value: number): void {
  if (value >= 0 && value <= SMALL_MOST && !Object.is(value, -0)) {
    out.byte(Tag.SMALL + value);
    return;
  }
  out.byte(Tag.INTEGER);
  out.signed(value);
}

function writeFraction(out: ByteWriter, value: number, digits: number): void {
  const steps = digits > 0 ? Math.round(value * POWERS[digits]!) : Number.NaN;
  if (Math.abs(steps) <= MOST_STEPS) {
    out.byte(Tag.DECIMAL);
    out.byte(digits);
    out.signed(steps);
    return;
  }
  out.byte(Tag.DOUBLE);
  out.double(value);
}
