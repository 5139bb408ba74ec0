import type { Sample } from "../sample/sample.ts";
import type { SourceMemory } from "./memory/source-memory.ts";

/**
 * The rows of positions that a sample may say something new of, rising, and marks their consumers in
 * `memory.consumers.touched`: those of which anything is told that was not told before, or of whose lane or consumer there
 * is, and those whose verdict may change by itself by now. Of every other row everything is as it was, but for its age: what
 * a sample costs follows movement, not size.
 *
 * @param before of the same rows
 */
export function rowsToJudge(memory: SourceMemory, sample: Sample, before: Sample): Int32Array {
  const { layout, positions } = sample;
  const { start, lane: laneOf } = layout.positions;
  const { previous, judgeAt, lookedUpSince, rows, changed } = memory.positions;
  const { touched, judged, status } = memory.consumers;
  const { position, unreadSince } = positions;
  markChanges(sample, before, changed, touched);
  const laneMoved = markMovedLanes(memory, sample);
  const now = memory.watched.now;
  let count = 0;
  for (let consumer = 0; consumer < touched.length; consumer++) {
    const first = count;
    const isChanged = touched[consumer] === 1;
    for (let row = start[consumer]!; row < start[consumer + 1]!; row++) {
      if (
        isChanged ||
        changed[row] === 1 ||
        judgeAt[row]! <= now ||
        position[row] !== previous[row] ||
        laneMoved[laneOf[row]!] === 1 ||
        (unreadSince !== null && isNews(unreadSince[row]!, lookedUpSince[row]!))
      ) {
        rows[count++] = row;
      }
    }
    // A change for the better that has yet to hold needs no row to move.
    touched[consumer] = count > first || judged[consumer] !== status[consumer] ? 1 : 0;
  }
  return rows.subarray(0, count);
}

/** All of them. */
export function everyRow({ positions, consumers, lanes }: SourceMemory, sample: Sample): Int32Array {
  const { rows } = positions;
  for (let row = 0; row < rows.length; row++) rows[row] = row;
  consumers.touched.fill(1);
  lanes.toldHead.set(sample.lanes.head);
  lanes.toldFloor.set(sample.lanes.floor);
  return rows;
}

/** Whether this system measures times itself: then each of its numbers may differ each time, and every row is looked at. */
export function tellsTimes({ positions, calls }: Sample): boolean {
  return positions.latencyMs !== null || positions.stillSince !== undefined || calls !== undefined;
}

/** Marks with 1 of which position and which consumer something else is told than before, besides where positions stand. */
function markChanges(
  { positions, consumers }: Sample,
  before: Sample,
  position: Uint8Array,
  consumer: Uint8Array,
): void {
  position.fill(0);
  consumer.fill(0);
  for (const name of ["backlog", "readable", "inFlight", "lost", "flags"] as const) {
    markDifferences(positions[name], before.positions[name], position);
  }
  for (const name of ["readers", "dueTotal", "outTotal", "leavesAt", "flags"] as const) {
    markDifferences(consumers[name], before.consumers[name], consumer);
  }
}

type Column = Float64Array | Uint16Array | null | undefined;

function markDifferences(now: Column, before: Column, marks: Uint8Array): void {
  if (!now && !before) return;
  if (!now || !before) {
    marks.fill(1);
    return;
  }
  for (let row = 0; row < marks.length; row++) {
    const [a, b] = [now[row]!, before[row]!];
    if (a !== b && !(Number.isNaN(a) && Number.isNaN(b))) marks[row] = 1;
  }
}

function markMovedLanes({ lanes: { moved, toldHead, toldFloor } }: SourceMemory, sample: Sample) {
  const { head, floor } = sample.lanes;
  for (let lane = 0; lane < moved.length; lane++) {
    moved[lane] = head[lane] === toldHead[lane] && Object.is(floor[lane], toldFloor[lane]) ? 0 : 1;
  }
  toldHead.set(head);
  toldFloor.set(floor);
  return moved;
}

function isNews(since: number, known: number): boolean {
  return !Number.isNaN(since) && since !== known;
}
