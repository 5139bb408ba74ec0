import { type DeltaMessage, type Frame, type SeriesBlock, WINDOW_MS } from "../model/live.ts";

type Row = Frame["rows"][number];

/**
 * The frame after a delta, or null when the delta does not fit the frame (it names a row the frame does not have):
 * then a fresh snapshot is needed. Whatever did not change keeps its identity, so that memoised rows and charts do not
 * render again.
 */
export function applyDelta<F extends Frame>(frame: F, delta: DeltaMessage): F | null {
  const rows = applyRows(frame.rows, delta);
  if (rows === null) return null;
  return {
    ...frame,
    meta: delta.meta ? { ...frame.meta, ...delta.meta } : frame.meta,
    rows,
    series: delta.series ? appendSeries(frame.series, delta.series, delta.serverTime) : frame.series,
  };
}

function applyRows(rows: readonly Row[], delta: DeltaMessage): readonly Row[] | null {
  if (!delta.order && !delta.rows?.length) return rows;
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const patch of delta.rows ?? []) {
    const known = byId.get(patch.id);
    // Without a new order the set of rows is the same, so a row not known was missed.
    if (!known && !delta.order) return null;
    byId.set(patch.id, known ? { ...known, ...patch } : patch);
  }
  const next: Row[] = [];
  for (const id of delta.order ?? rows.map((row) => row.id)) {
    const row = byId.get(id);
    if (!row) return null;
    next.push(row);
  }
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
