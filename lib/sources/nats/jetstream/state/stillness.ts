import type { EpochMs } from "../../../../model/reading.ts";
import type { Layout } from "../../../../sample/layout.ts";

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
 * @param oldRow the row that each consumer had in `previous`, -1: it was not there; null: the same
 */
export function noteStill(
  previous: Stillness | null,
  layout: Layout,
  delivered: Float64Array,
  asOf: ArrayLike<EpochMs>,
  oldRow: Int32Array | null,
): Stillness {
  const since = new Float64Array(delivered.length);
  for (let row = 0; row < delivered.length; row++) {
    const before = oldRow === null ? row : oldRow[row]!;
    const last = previous?.delivered[before] ?? Number.NaN;
    const known = delivered[row]!;
    if (Number.isNaN(known)) delivered[row] = last;
    const still = !Number.isNaN(last) && (Number.isNaN(known) || known === last);
    since[row] = still ? previous!.since[before]! : asOf[row]!;
  }
  return { layout, delivered, since };
}
