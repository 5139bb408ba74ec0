import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyDelta } from "../../live/apply-delta.ts";
import type { DeltaMessage, View } from "../../model/live.ts";
import { diffFrame } from "./diff-frame.ts";

const NOW = 2_000_000;

const reading = fc.oneof(
  fc.record({ value: fc.nat(9), provenance: fc.constantFrom("measured", "atLeast") }),
  fc.record({ value: fc.constant(null), provenance: fc.constant("unknown") }),
);
const row = fc.record({
  id: fc.constantFrom("a", "b", "c", "d", "e", "__proto__", "constructor"),
  status: fc.constantFrom("ok", "behind"),
  backlog: reading,
  spark: fc.array(fc.option(fc.nat(3)), { maxLength: 3 }),
  member: fc.option(fc.constantFrom("m", "n")),
});
const rows = fc.uniqueArray(row, { selector: ({ id }) => id });
const meta = fc.record({ total: fc.nat(3), counts: fc.record({ good: fc.nat(2), critical: fc.nat(2) }) });

/** Two views of one query. */
const twoViews = fc.tuple(meta, rows, meta, rows).map(([metaA, rowsA, metaB, rowsB]): [View, View] => [
  { asOf: NOW - 1_000, meta: metaA, rows: rowsA },
  { asOf: NOW, meta: metaB, rows: rowsB },
]);

/** As a browser has it that got the one and then the difference, over the wire. */
function received(before: View, change: ReturnType<typeof diffFrame>): View | null {
  const message = JSON.parse(
    JSON.stringify({ key: "k", seq: 1, serverTime: NOW, ...change }),
  ) as DeltaMessage;
  const frame = applyDelta({ ...before, series: null }, message);
  if (frame === null) return null;
  const { series: _series, ...view } = frame;
  return view;
}

const view = (rowsOf: readonly object[], metaOf: object = {}): View => ({
  asOf: NOW,
  meta: metaOf,
  rows: rowsOf as View["rows"],
});

describe("diffFrame", () => {
  it("is what turns one view into the other, as the browser applies it", () => {
    fc.assert(
      fc.property(twoViews, ([a, b]) => {
        expect(received(a, diffFrame(a, b))).toEqual(b);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is null when nothing changed, and holds only what did", () => {
    const a = view([{ id: "a", n: 1, same: { x: [1] } }, { id: "b" }], { total: 1, at: 5 });
    expect(diffFrame(a, structuredClone(a))).toBeNull();
    const b = view([{ id: "a", n: 2, same: { x: [1] } }, { id: "b" }], { total: 1, at: 6 });
    expect(diffFrame(a, b)).toEqual({ meta: { at: 6 }, rows: [[0, { n: 2 }]] });
  });

  it("does not take the time at which a row was read for a change, but sends it with one", () => {
    const a = view([
      { id: "a", n: 1, asOf: 1 },
      { id: "b", n: 1, asOf: 1 },
    ]);
    const b = view([
      { id: "a", n: 1, asOf: 2 },
      { id: "b", n: 2, asOf: 2 },
    ]);
    expect(diffFrame(a, b, true)).toEqual({ rows: [[1, { n: 2, asOf: 2 }]] });
    expect(diffFrame(a, b)?.rows).toHaveLength(2);
  });

  it("sends an order only when the order or the set changed", () => {
    const of = (...ids: string[]) => view(ids.map((id) => ({ id })));
    expect(diffFrame(of("a", "b"), of("b", "a"))).toEqual({ order: [1, 0] });
    expect(diffFrame(of("a", "b"), of("a"))).toEqual({ order: [0] });
    expect(diffFrame(of("a"), of("a", "c"))).toEqual({ order: [0, -1], rows: [[1, { id: "c" }]] });
  });

  it("says which fields are gone: a consumer that was deleted and came back", () => {
    const there = view([], { consumer: { id: "x" }, evidence: [] });
    const gone = view([], { consumer: null, reason: "deleted" });
    expect(received(there, diffFrame(there, gone))).toEqual(gone);
    expect(received(gone, diffFrame(gone, there))).toEqual(there);
  });
});
