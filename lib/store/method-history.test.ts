import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HEAT_BOUNDS_MS } from "./latency-heat.ts";
import { MethodHistory } from "./method-history.ts";
import { latencyOf, totalsOf } from "./test-calls.ts";

const S = 1_000;

function fed(seconds: number, totalsAt: (second: number) => Parameters<MethodHistory["accept"]>[1]) {
  const history = new MethodHistory();
  for (let second = 0; second <= seconds; second++) history.accept(second * S, totalsAt(second));
  return history;
}

describe("rates of a method", () => {
  it("grow by what all processes count, over ten seconds", () => {
    const history = fed(30, (s) => [
      totalsOf({ process: "a", started: 1_000 + 5 * s }),
      totalsOf({ process: "b", started: 7 + 2 * s }),
    ]);
    expect(history.rate("started")).toBeCloseTo(7, 5);
    expect(history.rate("sent")).toBeNaN();
  });

  it("a process that starts again is neither traffic nor the opposite of it", () => {
    const history = fed(20, (s) => [
      s < 15 ? totalsOf({ process: "a", sent: 1_000 * s }) : totalsOf({ process: "b", sent: 10 * (s - 15) }),
    ]);
    // From 10 s to 14 s by a thousand, then by ten.
    expect(history.rate("sent")).toBeCloseTo((4_000 + 50) / 10, 5);
  });

  it("a total that goes back counts nothing", () => {
    const history = fed(5, (s) => [totalsOf({ received: s === 5 ? 0 : 100 })]);
    expect(history.rate("received")).toBe(0);
  });

  it("are unknown while nothing is told, and what happened meanwhile is counted after it", () => {
    const silent = (s: number) => s > 10 && s <= 13;
    const told = (s: number) => (silent(s) ? [] : [totalsOf({ process: "a", sent: 10 * s })]);
    expect(fed(12, told).rate("sent")).toBeNaN();
    const back = fed(15, told);
    expect(back.rate("sent")).toBeCloseTo(10, 5);
    expect(back.total("sent")).toBe(150);
  });

  it("is never negative, whatever is told", () => {
    const count = fc.oneof(fc.nat(1_000), fc.constant(Number.NaN));
    fc.assert(
      fc.property(fc.array(fc.tuple(count, fc.constantFrom("a", "b")), { maxLength: 30 }), (told) => {
        const history = new MethodHistory();
        for (const [second, [started, process]] of told.entries())
          history.accept(second * S, [totalsOf({ process, started })]);
        const rate = history.rate("started");
        expect(Number.isNaN(rate) || rate >= 0).toBe(true);
      }),
    );
  });
});

describe("status codes", () => {
  it("are those of the last minute, each for itself", () => {
    const history = fed(120, (s) => [
      totalsOf({
        statuses: [
          { code: 0, count: 10 * s },
          { code: 4, count: s >= 100 ? 3 : 0 },
        ],
      }),
    ]);
    expect(history.lastMinute(0)).toBeCloseTo(600, -1.5);
    expect(history.lastMinute(4)).toBe(3);
    expect(history.lastMinute(1)).toBe(0);
  });

  it("are not known from one sample", () => {
    expect(fed(0, () => [totalsOf({ statuses: [{ code: 0, count: 5 }] })]).lastMinute(0)).toBeNull();
  });
});

describe("the heat map", () => {
  const gaps = (buckets: Record<string, number>, process = "a") =>
    totalsOf({ process, latencies: [latencyOf("messageGap", buckets)] });

  it("shows in each column what came within its ten seconds, and leaves the past before it out", () => {
    const history = fed(31, (s) => [gaps(s < 15 ? { 2: 1_000 } : { 2: 1_003, 900: 1 })]);
    const [heat] = history.heat();
    expect(heat).toMatchObject({ measure: "messageGap", stepMs: 10_000 });
    expect(heat!.columns.map(({ t, counts }) => [t, counts?.reduce((a, b) => a + b, 0)])).toEqual([
      [0, undefined],
      [10_000, 0],
      [20_000, 4],
      [30_000, 0],
    ]);
    const full = heat!.columns[2]!;
    expect(full).toMatchObject({ p50: 2, p90: 900, p99: 900, max: 900 });
    const rowOf = (ms: number) => HEAT_BOUNDS_MS.findIndex((bound) => ms <= bound);
    expect(full.counts![rowOf(2)]).toBe(3);
    expect(full.counts![rowOf(900)]).toBe(1);
  });

  it("adds up processes, and a bucket without a bound has no percentile", () => {
    const history = fed(21, (s) => [
      gaps(s < 5 ? { 1: 1 } : { 1: 2 }, "a"),
      gaps(s < 15 ? { 1: 1 } : { 1: 1, Infinity: 4 }, "b"),
    ]);
    const { columns } = history.heat()[0]!;
    expect(columns[1]).toMatchObject({ counts: expect.arrayContaining([1]), p50: 1, max: 1 });
    expect(columns[2]).toMatchObject({ p50: null, max: null });
    expect(columns[2]!.counts).toHaveLength(HEAT_BOUNDS_MS.length + 1);
  });

  it("draws a time without samples as a gap, and gives what happened in it to no column", () => {
    const history = new MethodHistory();
    const at = (second: number, count: number) => history.accept(second * S, [gaps({ 1: count })]);
    at(0, 0);
    at(10, 5);
    at(45, 500);
    at(50, 501);
    const { columns } = history.heat()[0]!;
    expect(columns.map(({ t, counts }) => [t / S, counts?.[5] ?? null])).toEqual([
      [0, null],
      [10, 5],
      [20, null],
      [30, null],
      [40, null],
      [50, 1],
    ]);
  });

  it("keeps a quarter of an hour, and nothing for measures that never had a value", () => {
    const history = fed(1_200, (s) => [gaps({ 1: s })]);
    expect(history.heat()[0]!.columns).toHaveLength(90);
    expect(fed(60, () => [gaps({})]).heat()).toEqual([]);
  });
});
