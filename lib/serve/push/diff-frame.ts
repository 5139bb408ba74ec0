import { isDeepStrictEqual } from "node:util";
import type { DeltaMessage, Frame, SeriesBlock } from "../../model/live.ts";

type Change = Pick<DeltaMessage, "meta" | "order" | "rows" | "series">;
type Row = { readonly id: string };

/**
 * What turns `before` into `after`: changed fields of meta, the order if it changed, changed fields of rows, points to
 * append. Null when nothing changed.
 */
export function diffFrame(before: Frame, after: Frame): Change | null {
  const change: { -readonly [K in keyof Change]: Change[K] } = {};
  const meta = changedFields(before.meta, after.meta);
  if (meta !== null) change.meta = meta;

  const known = new Map(before.rows.map((row) => [row.id, row]));
  const rows: NonNullable<Change["rows"]>[number][] = [];
  for (const row of after.rows) {
    const old = known.get(row.id);
    const changed = old === undefined ? { ...row } : changedFields(old, row);
    if (changed !== null) rows.push({ ...changed, id: row.id });
  }
  if (rows.length > 0) change.rows = rows;
  if (!sameOrder(before.rows, after.rows)) change.order = after.rows.map(({ id }) => id);

  const series = newPoints(before.series, after.series);
  if (series !== null) change.series = series;
  return Object.keys(change).length > 0 ? change : null;
}

/** Fields of `after` that differ; a field that is gone is sent as null. */
function changedFields(before: object, after: object): Record<string, unknown> | null {
  const old = before as Record<string, unknown>;
  const changed: Record<string, unknown> = {};
  let any = false;
  for (const [key, value] of Object.entries(after)) {
    if (Object.hasOwn(old, key) && isDeepStrictEqual(old[key], value)) continue;
    changed[key] = value;
    any = true;
  }
  for (const key of Object.keys(old)) {
    if (Object.hasOwn(after, key)) continue;
    changed[key] = null;
    any = true;
  }
  return any ? changed : null;
}

function sameOrder(a: readonly Row[], b: readonly Row[]): boolean {
  return a.length === b.length && a.every((row, index) => row.id === b[index]!.id);
}

function newPoints(before: SeriesBlock | null, after: SeriesBlock | null): SeriesBlock | null {
  if (after === null) return null;
  const last = before?.t.at(-1) ?? Number.NEGATIVE_INFINITY;
  const from = after.t.findIndex((t) => t > last);
  if (from < 0) return null;
  return {
    t: after.t.slice(from),
    columns: Object.fromEntries(
      Object.entries(after.columns).map(([name, values]) => [name, values.slice(from)]),
    ),
  };
}
