import type { EpochMs } from "../../../../model/reading.ts";
import type { Layout } from "../../../../sample/layout.ts";
import { rowsSince } from "../../../../sample/row-map.ts";

/** Since when each consumer has been delivered nothing, as far as was looked, row for row with the layout. */
export interface Stillness {
  readonly layout: Layout;
  readonly delivered: Float64Array;
  /** EpochMs of the first look that told this number of deliveries. */
  readonly since: Float64Array;
}

/**
 * @param delivered messages delivered so far, by consumer; NaN: not known, which neither counts nor starts over
 * @param asOf when each of them was looked at, EpochMs
 * @param rowBefore the row a consumer had in `previous`; undefined: it was not there
 */
export function noteStill(
  previous: Stillness | null,
  layout: Layout,
  delivered: Float64Array,
  asOf: ArrayLike<EpochMs>,
  rowBefore: (row: number) => number | undefined,
): Stillness {
  const since = new Float64Array(delivered.length);
  for (let row = 0; row < delivered.length; row++) {
    const before = previous ? rowBefore(row) : undefined;
    const last = before === undefined ? Number.NaN : previous!.delivered[before]!;
    const known = delivered[row]!;
    if (Number.isNaN(known)) delivered[row] = last;
    const still = !Number.isNaN(last) && (Number.isNaN(known) || known === last);
    since[row] = still ? previous!.since[before!]! : asOf[row]!;
  }
  return { layout, delivered, since };
}

/** Where each consumer's row was in an earlier layout. */
export function rowsBefore(previous: Layout | null, layout: Layout): (row: number) => number | undefined {
  if (previous === null) return () => undefined;
  const rows = rowsSince(previous, layout);
  if (rows === null) return (row) => row;
  return (row) => {
    const before = rows.consumers[row]!;
    return before < 0 ? undefined : before;
  };
}
