/** What a sample of a few consumers, between two samples of all, needs of the one that it adds to. */
import type { Layout } from "./layout.ts";

/** Rows of consumers by key, made once for each layout that somebody looks closer at. */
const rowsByKey = new WeakMap<Layout, ReadonlyMap<string, number>>();

/** The rows of these consumers, by key; those that a layout does not have are left out. */
export function rowsOfConsumers(layout: Layout, keys: readonly string[]): number[] {
  let rows = rowsByKey.get(layout);
  if (rows === undefined) {
    rows = new Map(layout.consumers.map(({ key }, row) => [key, row]));
    rowsByKey.set(layout, rows);
  }
  return keys.flatMap((key) => rows.get(key) ?? []);
}

/**
 * When the messages at the positions were written, as far as that was looked up before and the position stays where it was.
 *
 * @param unreadSince of the sample before
 * @param consumers rows that were asked for again: of others the position is the same
 */
export function stillUnread(
  unreadSince: Float64Array | null,
  { start }: Layout["positions"],
  consumers: readonly number[],
  position: Float64Array,
  before: Float64Array,
): Float64Array | null {
  if (unreadSince === null) return null;
  const still = unreadSince.slice();
  for (const consumer of consumers) {
    for (let row = start[consumer]!; row < start[consumer + 1]!; row++) {
      if (position[row] !== before[row]) still[row] = Number.NaN;
    }
  }
  return still;
}
