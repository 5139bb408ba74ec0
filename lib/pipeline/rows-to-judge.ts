import type { PositionColumns } from "../sample/columns.ts";
import type { Sample } from "../sample/sample.ts";
import type { SourceMemory } from "./memory/source-memory.ts";

/**
 * The rows of positions that a sample may say something new of, rising, and marks their consumers in
 * `memory.consumers.touched`: those that moved, whose lane or consumer did, and those whose verdict may change by itself by
 * now. Of every other row everything is as it was, but for its age: what a sample costs follows movement, not size.
 */
export function rowsToJudge(memory: SourceMemory, sample: Sample): Int32Array {
  const { layout, positions } = sample;
  const { start, lane: laneOf } = layout.positions;
  const { previous, judgeAt, lookedUpSince, rows } = memory.positions;
  const { touched, judged, status } = memory.consumers;
  const { position, unreadSince } = positions;
  const laneMoved = markMovedLanes(memory, sample);
  const now = memory.watched.now;
  let count = 0;
  for (let consumer = 0; consumer < touched.length; consumer++) {
    const before = count;
    const isChanged = noteChange(memory, sample, consumer);
    for (let row = start[consumer]!; row < start[consumer + 1]!; row++) {
      if (
        isChanged ||
        judgeAt[row]! <= now ||
        position[row] !== previous[row] ||
        laneMoved[laneOf[row]!] === 1 ||
        isToldApart(positions, row) ||
        (unreadSince !== null && isNews(unreadSince[row]!, lookedUpSince[row]!))
      ) {
        rows[count++] = row;
      }
    }
    // A change for the better that has yet to hold needs no row to move.
    touched[consumer] = count > before || judged[consumer] !== status[consumer] ? 1 : 0;
  }
  return rows.subarray(0, count);
}

/** All of them. */
export function everyRow({ positions, consumers, lanes }: SourceMemory, sample: Sample): Int32Array {
  const { rows } = positions;
  for (let row = 0; row < rows.length; row++) rows[row] = row;
  for (let consumer = 0; consumer < consumers.touched.length; consumer++) {
    noteChange({ consumers }, sample, consumer);
    consumers.touched[consumer] = 1;
  }
  lanes.toldHead.set(sample.lanes.head);
  lanes.toldFloor.set(sample.lanes.floor);
  return rows;
}

/**
 * Whether all that is told of this system's positions is where they stand. Where it counts and measures itself, each of its
 * numbers may differ each time.
 */
export function isToldByPosition({ positions, consumers, calls }: Sample): boolean {
  return (
    positions.latencyMs === null &&
    positions.inFlight === null &&
    positions.lost === null &&
    positions.stillSince === undefined &&
    !positions.roundTripMs &&
    consumers.dueTotal === null &&
    consumers.outTotal === null &&
    consumers.leavesAt === undefined &&
    calls === undefined
  );
}

/** Whether not all that is told of a position is where it stands: then that may differ each time. */
export function isToldApart({ position, flags, backlog, readable }: PositionColumns, row: number): boolean {
  return (
    Number.isNaN(position[row]!) ||
    (flags !== undefined && flags[row]! > 0) ||
    (backlog !== null && !Number.isNaN(backlog[row]!)) ||
    (readable !== undefined && readable !== null && !Number.isNaN(readable[row]!))
  );
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

/** Whether what is told of a consumer as a whole is not what it was. */
function noteChange(
  { consumers: { previousReaders, previousFlags } }: Pick<SourceMemory, "consumers">,
  { consumers: { readers, flags } }: Sample,
  consumer: number,
): boolean {
  const flag = flags?.[consumer] ?? 0;
  const isSame = Object.is(readers[consumer], previousReaders[consumer]) && flag === previousFlags[consumer];
  previousReaders[consumer] = readers[consumer]!;
  previousFlags[consumer] = flag;
  return !isSame;
}

function isNews(since: number, known: number): boolean {
  return !Number.isNaN(since) && since !== known;
}
