import type { Sample } from "../sample.ts";
import { type Column, isColumn } from "./form/column-kinds.ts";
import { isFields } from "./plain.ts";

/** Calls `see` with each column that is in one of the fields. */
export function eachColumn(sample: object, see: (column: Column) => void): void {
  for (const group of Object.values(sample)) {
    if (!isFields(group)) continue;
    for (const column of Object.values(group)) if (isColumn(column)) see(column);
  }
}

/** Of a sample and its layout. */
export function bytesOfColumns(sample: Sample): number {
  let bytes = 0;
  for (const part of [sample, sample.layout]) {
    eachColumn(part, (column) => {
      bytes += column.byteLength;
    });
  }
  return bytes;
}
