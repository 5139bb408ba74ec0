import type { Layout } from "../contract.ts";

/** For how many samples in a row each consumer has been delivered nothing, row for row with the layout. */
export interface Stillness {
  readonly layout: Layout;
  readonly delivered: Float64Array;
  readonly samples: Uint8Array;
}

/** @param delivered messages delivered so far, by consumer; NaN: not known, which neither counts nor starts over */
export function countStill(previous: Stillness | null, layout: Layout, delivered: Float64Array): Stillness {
  const rowBefore = rowsBefore(previous, layout);
  const samples = new Uint8Array(delivered.length);
  for (let row = 0; row < delivered.length; row++) {
    const before = previous ? rowBefore(row) : undefined;
    if (!previous || before === undefined) continue;
    const last = previous.delivered[before]!;
    if (Number.isNaN(delivered[row]!)) {
      delivered[row] = last;
      samples[row] = previous.samples[before]!;
    } else if (delivered[row] === last) {
      samples[row] = Math.min(255, previous.samples[before]! + 1);
    }
  }
  return { layout, delivered, samples };
}

function rowsBefore(previous: Stillness | null, layout: Layout): (row: number) => number | undefined {
  if (!previous || previous.layout === layout) return (row) => row;
  const rows = new Map(previous.layout.consumers.map(({ key }, row) => [key, row]));
  return (row) => rows.get(layout.consumers[row]!.key);
}
