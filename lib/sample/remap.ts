/** A column for another layout. `oldRow[newRow]` is the row it had before; -1 gets `missing`. */
export function remapColumn<Column extends Float64Array | Float32Array | Uint32Array | Uint8Array>(
  column: Column,
  oldRow: Int32Array,
  missing: number,
): Column {
  const next = new (column.constructor as new (rows: number) => Column)(oldRow.length);
  for (let row = 0; row < next.length; row++) {
    const from = oldRow[row]!;
    next[row] = from < 0 ? missing : column[from]!;
  }
  return next;
}

/** The same for columns that hold `width` values for each row. Rows that are new hold 0. */
export function remapBlocks<Column extends Float32Array | Uint32Array>(
  column: Column,
  width: number,
  oldRow: Int32Array,
): Column {
  const next = new (column.constructor as new (length: number) => Column)(oldRow.length * width);
  for (let row = 0; row < oldRow.length; row++) {
    const from = oldRow[row]! * width;
    if (from >= 0) next.set(column.subarray(from, from + width), row * width);
  }
  return next;
}
