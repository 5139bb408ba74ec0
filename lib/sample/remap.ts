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

/** The same for so many columns of one length behind each other. Rows that are new hold 0. */
export function remapColumns<Columns extends Float32Array | Uint32Array>(
  columns: Columns,
  many: number,
  oldRow: Int32Array,
): Columns {
  const [rows, rowsBefore] = [oldRow.length, columns.length / many];
  const next = new (columns.constructor as new (length: number) => Columns)(rows * many);
  for (let column = 0; column < many; column++) {
    for (let row = 0; row < rows; row++) {
      const from = oldRow[row]!;
      const value = from < 0 ? 0 : columns[column * rowsBefore + from]!;
      // It is 0 already: memory that nothing is written to takes no room.
      if (value !== 0) next[column * rows + row] = value;
    }
  }
  return next;
}
