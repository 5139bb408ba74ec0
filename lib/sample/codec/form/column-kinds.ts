import { MOST_ROWS, tooLarge } from "./limits.ts";

export type Column =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/** By their number in a message. */
const KINDS = [
  Float64Array,
  Int32Array,
  Uint16Array,
  Uint8Array,
  Float32Array,
  Uint32Array,
  Int16Array,
  Int8Array,
] as const;

export function isColumn(value: unknown): value is Column {
  return ArrayBuffer.isView(value) && KINDS.some((Kind) => value instanceof Kind);
}

export function kindOf(column: Column): number {
  return KINDS.findIndex((Kind) => column instanceof Kind);
}

/** Of zeros; null: there is no such kind. */
export function createColumn(kind: number, rows: number): Column | null {
  const Kind = KINDS[kind];
  return Kind === undefined ? null : new Kind(rows);
}

export function bytesOfRows(kind: number, rows: number): number {
  return (KINDS[kind]?.BYTES_PER_ELEMENT ?? 8) * rows;
}

export function checkRows(rows: number): void {
  if (rows > MOST_ROWS) throw tooLarge(`a column of ${rows} rows, where ${MOST_ROWS} are the most`);
}
