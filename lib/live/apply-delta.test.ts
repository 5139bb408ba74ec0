import { describe, expect, it } from "vitest";
import { type DeltaMessage, type SeriesBlock, WINDOW_MS } from "../model/live.ts";
import { applyDelta } from "./apply-delta.ts";

const T0 = 1_000_000_000_000;
const frame = {
  asOf: T0 + 1000,
  meta: { total: 1, counts: { good: 2 } },
  rows: [
    { id: "a", name: "first", n: 1 },
    { id: "b", name: "second", n: 2 },
  ],
  series: { t: [T0, T0 + 1000], columns: { "kafka.in": [1, 2], "nats.in": [null, 5] } } as SeriesBlock | null,
};

const delta = (change: Partial<DeltaMessage>): DeltaMessage => ({
  key: "k",
  seq: 2,
  serverTime: T0 + 2000,
  ...change,
});

describe("applyDelta", () => {
  it("keeps everything that did not change by identity", () => {
    const next = applyDelta(frame, delta({ rows: [[1, { n: 3 }]] }));
    expect(next?.rows[0]).toBe(frame.rows[0]);
    expect(next?.rows[1]).toEqual({ id: "b", name: "second", n: 3 });
    expect(next?.meta).toBe(frame.meta);
    expect(next?.series).toBe(frame.series);
    expect(applyDelta(frame, delta({ meta: { total: 2 } }))?.rows).toBe(frame.rows);
  });

  it("is of the server's time of the delta, also where nothing else changed", () => {
    expect(applyDelta(frame, delta({}))).toEqual({ ...frame, asOf: T0 + 2000 });
  });

  it("changes only the fields of meta that are named", () => {
    const next = applyDelta(frame, delta({ meta: { total: 2 } }));
    expect(next?.meta).toEqual({ total: 2, counts: { good: 2 } });
    expect(next?.meta.counts).toBe(frame.meta.counts);
  });

  it("orders, adds and drops rows", () => {
    const next = applyDelta(frame, delta({ order: [-1, 0], rows: [[0, { id: "c", name: "third", n: 9 }]] }));
    expect(next?.rows).toEqual([{ id: "c", name: "third", n: 9 }, frame.rows[0]]);
    expect(next?.rows[1]).toBe(frame.rows[0]);
  });

  it("does not fit when a row is missing", () => {
    expect(applyDelta(frame, delta({ order: [0, 7] }))).toBeNull();
    expect(applyDelta(frame, delta({ rows: [[7, { n: 1 }]] }))).toBeNull();
  });

  it("appends points, filling a column that begins or ends with nulls", () => {
    const series = { t: [T0 + 2000], columns: { "kafka.in": [3], "grpc.in": [7] } };
    expect(applyDelta(frame, delta({ series }))?.series).toEqual({
      t: [T0, T0 + 1000, T0 + 2000],
      columns: { "kafka.in": [1, 2, 3], "nats.in": [null, 5, null], "grpc.in": [null, null, 7] },
    });
  });

  it("starts a series where there was none", () => {
    const series = { t: [T0], columns: { in: [1] } };
    expect(applyDelta({ ...frame, series: null }, delta({ series }))?.series).toEqual(series);
  });

  it("ignores points it already has", () => {
    const series = { t: [T0 + 1000, T0 + 2000], columns: { "kafka.in": [99, 3], "nats.in": [99, 6] } };
    const next = applyDelta(frame, delta({ series }))?.series;
    expect(next?.t).toEqual([T0, T0 + 1000, T0 + 2000]);
    expect(next?.columns["kafka.in"]).toEqual([1, 2, 3]);
  });

  it("drops points that have left the window", () => {
    const at = T0 + WINDOW_MS + 500;
    const series = { t: [at], columns: { "kafka.in": [3], "nats.in": [6] } };
    const next = applyDelta(frame, delta({ series, serverTime: at }))?.series;
    expect(next).toEqual({ t: [T0 + 1000, at], columns: { "kafka.in": [2, 3], "nats.in": [5, 6] } });
  });
});
