import type { DeltaMessage, View } from "../../model/live.ts";
import { type Patch, patchOf } from "../../model/patch.ts";

export type Change = Pick<DeltaMessage, "meta" | "order" | "rows">;

/**
 * What turns `before` into `after`: what changed of meta, the order if it changed, what changed of rows.
 * Null when nothing changed.
 *
 * @param isDated `asOf` of a row says when the rest of it was read: alone it is no change, and it goes along with others
 */
export function diffFrame(before: View, after: View, isDated = false): Change | null {
  const change: { -readonly [K in keyof Change]: Change[K] } = {};
  const meta = patchOf(before.meta, after.meta);
  if (meta !== undefined) change.meta = meta;

  const placeOf = new Map(before.rows.map(({ id }, place) => [id, place]));
  const order = after.rows.map(({ id }) => placeOf.get(id) ?? -1);
  const rows: [number, Patch][] = [];
  for (const [row, view] of after.rows.entries()) {
    const patch = patchOf(before.rows[order[row]!], view);
    if (patch !== undefined && !(isDated && isOnlyDate(patch))) rows.push([row, patch]);
  }
  if (rows.length > 0) change.rows = rows;
  const isSame = order.length === before.rows.length && order.every((place, row) => place === row);
  if (!isSame) change.order = order;
  return Object.keys(change).length > 0 ? change : null;
}

function isOnlyDate(patch: Patch): boolean {
  const names = Object.keys(patch as object);
  return names.length === 1 && names[0] === "asOf";
}
