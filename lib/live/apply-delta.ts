import { type DeltaMessage, type Frame, type SeriesBlock, WINDOW_MS } from "../model/live.ts";
import { applyPatch, PatchMisfit } from "../model/patch.ts";

type Row = Frame["rows"][number];

/**
 * The frame after a delta, or null when the delta does not fit the frame: then a fresh snapshot is needed. Whatever did
 * not change keeps its identity, so that memoised rows and charts do not render again.
 */
export function applyDelta<F extends Frame>(frame: F, delta: DeltaMessage): F | null {
  try {
    return {
      ...frame,
      asOf: delta.serverTime,
      meta: delta.meta === undefined ? frame.meta : (applyPatch(frame.meta, delta.meta) as F["meta"]),
      rows: applyRows(frame.rows, delta),
      series: delta.series ? appendSeries(frame.series, delta.series, delta.serverTime) : frame.series,
    };
  } catch (error) {
    if (error instanceof PatchMisfit) return null;
    throw error;
  }
}

function applyRows(rows: readonly Row[], { order, rows: changed = [] }: DeltaMessage): readonly Row[] {
  if (order === undefined && changed.length === 0) return rows;
  const next: (Row | undefined)[] = order === undefined ? [...rows] : order.map((place) => rows[place]);
  for (const [row, patch] of changed) {
    if (row >= next.length) throw new PatchMisfit(`There is no row ${row}.`);
    next[row] = applyPatch(next[row], patch) as Row;
  }
  if (!next.every((row): row is Row => row?.id !== undefined)) throw new PatchMisfit("A row is not there.");
  return next;
}

/** Appends points newer than the last one and drops those that have left the live window. */
function appendSeries(series: SeriesBlock | null, added: SeriesBlock, serverTime: number): SeriesBlock {
  const old: SeriesBlock = series ?? { t: [], columns: {} };
  const last = old.t.at(-1) ?? Number.NEGATIVE_INFINITY;
  const firstNew = added.t.findIndex((t) => t > last);
  const addedFrom = firstNew === -1 ? added.t.length : firstNew;
  const newest = added.t.at(-1) ?? last;
  const cutoff = Math.max(serverTime, newest) - WINDOW_MS;
  const firstKept = old.t.findIndex((t) => t >= cutoff);
  const keepFrom = firstKept === -1 ? old.t.length : firstKept;

  const join = <T>(a: readonly T[] | undefined, b: readonly T[] | undefined, missing: T): T[] => {
    const head = a ? a.slice(keepFrom) : new Array<T>(old.t.length - keepFrom).fill(missing);
    const tail = b ? b.slice(addedFrom) : new Array<T>(added.t.length - addedFrom).fill(missing);
    return head.concat(tail);
  };
  const names = new Set([...Object.keys(old.columns), ...Object.keys(added.columns)]);
  const columns: Record<string, readonly (number | null)[]> = {};
  for (const name of names) {
    columns[name] = join<number | null>(old.columns[name], added.columns[name], null);
  }
  return { t: join(old.t, added.t, 0), columns };
}
