import { takeStep } from "../form/column-steps.ts";
import { corrupt } from "../form/sample-codec-error.ts";
import { Form } from "../form/value-forms.ts";
import type { ByteReader } from "./byte-reader.ts";

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
