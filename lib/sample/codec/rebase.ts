/**
 * What a sample is coded against: the one before it, with its rows where the new layout has them. Writer and reader make it
 * from the same two layouts.
 */
import type { Layout, RowMap } from "../layout.ts";
import { mapRows } from "../row-map.ts";
import type { Sample } from "../sample.ts";
import { bytesOfRows, type Column, createColumn, isColumn, kindOf } from "./form/column-kinds.ts";
import { PLACE_BYTES } from "./form/limits.ts";
import { type Fields, isFields } from "./plain.ts";

/** Told how many bytes are needed, before they are. */
export type Spend = (bytes: number) => void;

const GROUPS = ["streams", "lanes", "consumers", "positions"] as const;

/** Of a layout that `rows` leads to. */
export function layoutBase(before: Layout, rows: RowMap | null, spend: Spend): Layout {
  if (rows === before.rows) return before;
  if (rows === null) return { ...before, rows };
  return {
    ...before,
    rows,
    lanes: moveColumns(before.lanes, rows.lanes, before.lanes.count, spend),
    positions: moveColumns(before.positions, rows.positions, before.positions.count, spend),
  };
}

export function sampleBase(before: Sample, layout: Layout, spend: Spend): Sample {
  if (layout === before.layout) return before;
  const rows = rowsBetween(before.layout, layout);
  if (rows === null) return { ...before, layout };
  const moved = { ...before, layout } as Sample & Fields;
  const counts = countsOf(before.layout);
  for (const group of GROUPS) {
    if (isFields(before[group])) {
      Object.assign(moved, { [group]: moveColumns(before[group], rows[group], counts[group], spend) });
    }
  }
  return moved;
}

/** As `rowsSince`, of layouts that may be anything. */
function rowsBetween(before: Layout, layout: Layout): RowMap | null {
  if (before.version === layout.version) return null;
  if (before.version + 1 === layout.version) return layout.rows;
  return holdsTogether(before) && holdsTogether(layout) ? mapRows(before, layout) : null;
}

function moveColumns<Group extends object>(
  group: Group,
  rows: Int32Array,
  before: number,
  spend: Spend,
): Group {
  const moved: Fields = {};
  for (const [key, value] of Object.entries(group)) {
    moved[key] = isColumn(value) && value.length === before ? moveColumn(value, rows, spend) : value;
    if (Array.isArray(value) && value.length === before) moved[key] = moveList(value, rows, spend);
    if (value instanceof Map) moved[key] = moveEntries(value, rows, spend);
  }
  return moved as Group;
}

/** New rows are NaN where a column can say so. */
function moveColumn(column: Column, rows: Int32Array, spend: Spend): Column {
  const kind = kindOf(column);
  spend(bytesOfRows(kind, rows.length));
  const moved = createColumn(kind, rows.length)!;
  const unknown = moved instanceof Float64Array || moved instanceof Float32Array ? Number.NaN : 0;
  for (let row = 0; row < rows.length; row++) moved[row] = column[rows[row]!] ?? unknown;
  return moved;
}

function moveList(list: readonly unknown[], rows: Int32Array, spend: Spend): unknown[] {
  spend(rows.length * PLACE_BYTES);
  return Array.from(rows, (row) => list[row]);
}

/** Of a map by row. */
function moveEntries(
  map: ReadonlyMap<unknown, unknown>,
  rows: Int32Array,
  spend: Spend,
): Map<unknown, unknown> {
  spend(map.size * PLACE_BYTES);
  const moved = new Map<unknown, unknown>();
  for (let row = 0; row < rows.length && moved.size < map.size; row++) {
    if (map.has(rows[row])) moved.set(row, map.get(rows[row]));
  }
  return moved;
}

function countsOf({ streams, lanes, consumers, positions }: Layout): Record<(typeof GROUPS)[number], number> {
  return {
    streams: streams.length,
    lanes: lanes.count,
    consumers: consumers.length,
    positions: positions.count,
  };
}

/** Whether each row of it is one: what was read may be anything. */
function holdsTogether({ streams, lanes, consumers, positions }: Layout): boolean {
  return (
    lanes.stream.length === lanes.count &&
    lanes.number.length === lanes.count &&
    positions.lane.length === positions.count &&
    positions.start.length === consumers.length + 1 &&
    positions.start[consumers.length] === positions.count &&
    positions.start.every((row, consumer) => row >= (positions.start[consumer - 1] ?? 0)) &&
    lanes.stream.every((stream) => stream >= 0 && stream < streams.length) &&
    positions.lane.every((lane) => lane >= 0 && lane < lanes.count)
  );
}
