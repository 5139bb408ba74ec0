/** What a pass over the positions of two samples is told; all columns row by row with the newer sample. */
export interface PositionStep {
  /** Last known position of each row, and where it is now. */
  readonly previous: Float64Array;
  readonly position: Float64Array;
  /** When the previous positions were read; NaN: the last sample could not. */
  readonly previousAsOf: Float64Array;
  /** Rows of `previousAsOf`, for a layout that has changed; null: the same rows. -1: a row that is new. */
  readonly previousRow: Int32Array | null;
  readonly consumer: Int32Array;
  readonly lane: Int32Array;
  /** By lane. */
  readonly head: Float64Array;
  /** By consumer: active readers now, and since when there has been none (NaN: there was one at the last sample). */
  readonly readers: Float64Array;
  readonly readersGoneSince: Float64Array;
}

/**
 * Calls `found` for every position that may have been set by somebody: it went back, or it moved while the consumer had no
 * reader, neither when it was read last nor now. One pass that allocates nothing. A move ahead may as well be that of a
 * reader without membership: what follows it tells.
 *
 * A position past the head is no such thing: the lane was recreated or cut, and what follows is the consumer's own. Nor
 * is one that could not be read last time: who keeps it may have come back with an older one, and will catch up.
 */
export function findResets(step: PositionStep, found: (row: number, from: number, to: number) => void): void {
  const { previous, position, head, lane } = step;
  for (let row = 0; row < position.length; row++) {
    const from = previous[row]!;
    const to = position[row]!;
    if (to === from || Number.isNaN(from) || Number.isNaN(to)) continue;
    if (from > head[lane[row]!]!) continue;
    const readRow = step.previousRow === null ? row : step.previousRow[row]!;
    const readAt = readRow < 0 ? Number.NaN : step.previousAsOf[readRow]!;
    if (Number.isNaN(readAt)) continue;
    if (to < from || isMovedByNobody(step, row, readAt)) found(row, from, to);
  }
}

/** The last commit of a reader that left may show after it has gone: only what was read since then counts. */
function isMovedByNobody({ consumer, readers, readersGoneSince }: PositionStep, row: number, readAt: number) {
  return readers[consumer[row]!] === 0 && readAt >= readersGoneSince[consumer[row]!]!;
}
