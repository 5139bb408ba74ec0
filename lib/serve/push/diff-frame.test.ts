import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyDelta } from "../../live/apply-delta.ts";
import type { Frame, SeriesBlock } from "../../model/live.ts";
import { diffFrame } from "./diff-frame.ts";

const NOW = 2_000_000;

/** Points of a window of the same axis, ending `end` seconds before now. */
const seriesUntil = (end: number, values: readonly (number | null)[]): SeriesBlock => ({
  t: values.map((_, i) => NOW - (end + values.length - 1 - i) * 1_000),
  columns: { backlog: values, latency: values.map((value) => (value === null ? null : value * 2)) },
});

const reading = fc.oneof(
  fc.record({ value: fc.nat(9), asOf: fc.nat(3), provenance: fc.constantFrom("measured", "atLeast") }),
  fc.record({ value: fc.constant(null), asOf: fc.constant(null), provenance: fc.constant("unknown") }),
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

/** Two frames of one view, the second some seconds later: its series has grown. */
const twoFrames = fc
  .tuple(meta, rows, meta, rows, fc.array(fc.option(fc.nat(9)), { maxLength: 20 }), fc.nat(20), fc.boolean())
  .map(([metaA, rowsA, metaB, rowsB, values, known, charts]): [Frame, Frame] => {
    const early = values.slice(0, Math.min(known, values.length));
    const a = charts ? seriesUntil(values.length - early.length, early) : null;
    return [
      { meta: metaA, rows: rowsA, series: a },
      { meta: metaB, rows: rowsB, series: charts ? seriesUntil(0, values) : null },
    ];
  });

const message = (change: object) => ({ key: "k", seq: 1, serverTime: NOW, ...change });

describe("diffFrame", () => {
  it("is what turns one frame into the other, as the browser applies it", () => {
    fc.assert(
      fc.property(twoFrames, ([a, b]) => {
        const change = diffFrame(a, b);
        const sent = change === null ? null : (JSON.parse(JSON.stringify(change)) as object);
        expect(sent === null ? a : applyDelta(a, message(sent))).toEqual(b);
      }),
      { numRuns: 1_000 },
    );
  });

  it("is null when nothing changed, and holds only what did", () => {
    const a: Frame = {
      meta: { total: 1, asOf: 5 },
      rows: [{ id: "a", n: 1, same: { x: [1] } } as Frame["rows"][number], { id: "b" }],
      series: seriesUntil(1, [1, 2]),
    };
    expect(diffFrame(a, structuredClone(a))).toBeNull();
    const b = structuredClone(a) as unknown as {
      meta: { asOf: number };
      rows: { n?: number }[];
      series: SeriesBlock;
    };
    b.meta.asOf = 6;
    b.rows[0]!.n = 2;
    b.series = seriesUntil(0, [1, 2, 3]);
    expect(diffFrame(a, b as unknown as Frame)).toEqual({
      meta: { asOf: 6 },
      rows: [{ id: "a", n: 2 }],
      series: { t: [NOW], columns: { backlog: [3], latency: [6] } },
    });
  });

  it("sends an order only when the order or the set changed", () => {
    const frame = (...ids: string[]): Frame => ({ meta: {}, rows: ids.map((id) => ({ id })), series: null });
    expect(diffFrame(frame("a", "b"), frame("b", "a"))).toEqual({ order: ["b", "a"] });
    expect(diffFrame(frame("a", "b"), frame("a"))).toEqual({ order: ["a"] });
    expect(diffFrame(frame("a"), frame("a", "c"))).toEqual({ order: ["a", "c"], rows: [{ id: "c" }] });
  });

  it("says null for a field that is gone: a consumer that was deleted and came back", () => {
    const there: Frame = {
      meta: { consumer: { id: "x" }, evidence: [] },
      rows: [],
      series: seriesUntil(0, [1]),
    };
    const gone: Frame = { meta: { consumer: null, reason: "deleted" }, rows: [], series: null };
    const change = diffFrame(there, gone)!;
    expect(change).toEqual({ meta: { consumer: null, reason: "deleted", evidence: null } });
    const back = diffFrame(gone, there)!;
    expect(applyDelta(gone, message(back))).toMatchObject({ meta: there.meta, series: there.series });
  });

  it("sends every point of a series that was not there before", () => {
    const without: Frame = { meta: {}, rows: [], series: null };
    const series = seriesUntil(0, [1, null, 3]);
    expect(diffFrame(without, { ...without, series })).toEqual({ series });
  });
});
