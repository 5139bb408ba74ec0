/** The same for one position. */
export function backlogOf(head: number, floor: number, position: number): number {
  let from = position;
  if (from < floor) from = floor; // not Math.max: a NaN floor compares false and clamps nothing
  const waiting = head - from;
  return waiting >= 0 ? waiting : Number.NaN;
}

/**
 * Messages a position has still to read: head − position, with the position clamped at the floor, because what
 * retention removed cannot be read any more (it is reported as lost, not as backlog).
 *
 * NaN ("unknown") where head or position is not known, and where the position lies past the head: then the lane was
 * recreated or truncated, and how much is unread depends on where the consumer will resume.
 *
 * @param head,floor columns by lane · @param lane row of the lane of each position · @param out receives the result
 * @param rows those to derive
 */
export function deriveBacklog(
  head: Float64Array,
  floor: Float64Array,
  lane: Int32Array,
  position: Float64Array,
  out: Float64Array,
  rows: Int32Array,
): void {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const laneRow = lane[row]!;
    out[row] = backlogOf(head[laneRow]!, floor[laneRow]!, position[row]!);
  }
}

/** Messages between a position and the floor: gone before they were read. 0 where nothing is known to be lost. */
export function lostMessages(position: number, floor: number): number {
  return position < floor ? floor - position : 0;
}
