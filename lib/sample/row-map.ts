import type { ConsumerInfo, Layout, RowMap } from "./layout.ts";

/** The layout that follows another one, with its version and where each row was before. */
export function nextLayout(before: Layout | null, rows: Omit<Layout, "version" | "rows">): Layout {
  const first = { ...rows, version: 1, rows: null };
  return before === null ? first : { ...rows, version: before.version + 1, rows: mapRows(before, first) };
}

/**
 * Matches rows by name: stream key, stream and lane number, consumer key, consumer and lane. What was deleted and made
 * anew under its old name is another one: nothing that was known of it holds any more.
 *
 * @param byLabel whether lanes with the same number have to be called the same, too
 */
export function mapRows(old: Layout, next: Layout, byLabel = false): RowMap {
  const streams = matchKeys(old.streams, next.streams);
  const consumers = matchKeys(old.consumers, next.consumers);

  const oldLanes = new Map<number, Map<number, number>>();
  for (let lane = 0; lane < old.lanes.count; lane++) {
    const stream = old.lanes.stream[lane]!;
    const byNumber = oldLanes.get(stream) ?? new Map<number, number>();
    oldLanes.set(stream, byNumber);
    byNumber.set(old.lanes.number[lane]!, lane);
  }
  const lanes = new Int32Array(next.lanes.count);
  for (let lane = 0; lane < lanes.length; lane++) {
    const oldStream = streams[next.lanes.stream[lane]!]!;
    const row = oldLanes.get(oldStream)?.get(next.lanes.number[lane]!) ?? -1;
    const isOther = byLabel && old.lanes.label?.[row] !== next.lanes.label?.[lane];
    lanes[lane] = isOther ? -1 : row;
  }

  const positions = new Int32Array(next.positions.count).fill(-1);
  const oldRowOfLane = new Int32Array(old.lanes.count).fill(-1);
  for (let consumer = 0; consumer < next.consumers.length; consumer++) {
    const oldConsumer = consumers[consumer]!;
    if (oldConsumer < 0) continue;
    const oldFrom = old.positions.start[oldConsumer]!;
    const oldTo = old.positions.start[oldConsumer + 1]!;
    for (let row = oldFrom; row < oldTo; row++) oldRowOfLane[old.positions.lane[row]!] = row;
    for (let row = next.positions.start[consumer]!; row < next.positions.start[consumer + 1]!; row++) {
      const oldLane = lanes[next.positions.lane[row]!]!;
      if (oldLane >= 0) positions[row] = oldRowOfLane[oldLane]!;
    }
    for (let row = oldFrom; row < oldTo; row++) oldRowOfLane[old.positions.lane[row]!] = -1;
  }
  return { streams, lanes, consumers, positions };
}

type Named = Pick<ConsumerInfo, "key" | "generation">;

function matchKeys(old: readonly Named[], next: readonly Named[]): Int32Array {
  const rows = new Map(old.map(({ key }, row) => [key, row]));
  return Int32Array.from(next, ({ key, generation }) => {
    const row = rows.get(key) ?? -1;
    return row >= 0 && old[row]!.generation === generation ? row : -1;
  });
}

/** Where each row of a layout was in an earlier one; null: it has the same rows. */
export function rowsSince(before: Layout, layout: Layout): RowMap | null {
  if (before.version === layout.version) return null;
  if (before.version + 1 === layout.version && layout.rows !== null) return layout.rows;
  // Versions in between were never seen, or it is of another life of its collector, which numbers calls anew.
  return mapRows(before, layout, true);
}
