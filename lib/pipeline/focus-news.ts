import type { Sampled } from "./sampled.ts";

/**
 * Whether a sample tells anything of a consumer that the one before, of the same layout, did not: besides when it was read.
 * A consumer that is looked at is read several times a second, and mostly stands as it stood.
 */
export function hasNews(now: Sampled, before: Sampled, consumer: number): boolean {
  const { start, lane } = now.layout.positions;
  for (let row = start[consumer]!; row < start[consumer + 1]!; row++) {
    if (
      differs(now.sample.positions, before.sample.positions, row) ||
      differs(now.sample.lanes, before.sample.lanes, lane[row]!) ||
      differs(now.derived.positions, before.derived.positions, row)
    ) {
      return true;
    }
  }
  return differs(now.derived.consumers, before.derived.consumers, consumer);
}

function differs<Columns extends object>(now: Columns, before: Columns, row: number): boolean {
  for (const name of Object.keys(now) as (keyof Columns)[]) {
    if (name === "asOf" || now[name] === before[name]) continue;
    if (!Object.is(cell(now[name], row), cell(before[name], row))) return true;
  }
  return false;
}

/** Columns that are not there tell nothing, and neither do those that are no columns of numbers. */
function cell(column: unknown, row: number): number | null {
  return ArrayBuffer.isView(column) ? (column as Float64Array)[row]! : null;
}
