import { ChangedRows, type Rows } from "../form/changed-rows.ts";
import { bytesOfRows, type Column, checkRows, createColumn, kindOf } from "../form/column-kinds.ts";
import { isSame, POWERS } from "../form/column-steps.ts";
import { corrupt } from "../form/sample-codec-error.ts";
import type { ByteReader } from "./byte-reader.ts";
import { readValues } from "./read-values.ts";

export class ColumnReader {
  readonly #rows = new ChangedRows();
  #values = new Float64Array(1);
  #from = new Float64Array(1);

  whole(input: ByteReader): Column {
    const kind = input.byte();
    const rows = input.varint();
    checkRows(rows);
    input.spend(bytesOfRows(kind, rows));
    const power = powerOf(input.byte());
    this.#room(rows, false);
    this.#values[0] = 0;
    const values = this.#values.subarray(1, rows + 1);
    readValues(input, values, this.#values, rows, power);
    const column = createColumn(kind, rows);
    if (column === null) throw corrupt(`a column of an unknown kind ${kind}`);
    for (let row = 0; row < rows; row++) put(column, row, values[row]!);
    return column;
  }

  changed(input: ByteReader, previous: Column): Column {
    const rows = previous.length;
    const form = input.byte();
    input.spend(bytesOfRows(kindOf(previous), rows));
    this.#rows.read(input, (form & 3) as Rows, rows);
    const { changed, count } = this.#rows;
    if (count === rows && previous instanceof Float64Array) {
      const column = new Float64Array(rows);
      readValues(input, column, previous, rows, powerOf(form >>> 2));
      return column;
    }
    this.#room(count, true);
    for (let at = 0; at < count; at++) this.#from[at] = previous[changed[at]!]!;
    readValues(input, this.#values, this.#from, count, powerOf(form >>> 2));
    const column = previous.slice();
    for (let at = 0; at < count; at++) put(column, changed[at]!, this.#values[at]!);
    return column;
  }

  #room(rows: number, needsFrom: boolean): void {
    if (this.#values.length <= rows) this.#values = new Float64Array(rows + 1);
    if (needsFrom && this.#from.length < rows) this.#from = new Float64Array(rows);
  }
}

function put(column: Column, row: number, value: number): void {
  column[row] = value;
  if (!isSame(column[row]!, value)) throw corrupt(`a column cannot hold ${value}`);
}

function powerOf(digits: number): number {
  const power = POWERS[digits];
  if (power === undefined) throw corrupt(`numbers with ${digits} digits`);
  return power;
}
