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

  it("are unknown over the moment between the first sample and the grid of the clock", () => {
    const history = new MethodHistory();
    const at = (ms: number, started: number) => history.accept(ms, [totalsOf({ started })]);
    at(995, 10);
    at(1_000, 13);
    expect(history.rate("started")).toBeNaN();
    at(2_000, 20);
    expect(history.rate("started")).toBeCloseTo(10, 1);
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

describe("totals of a method", () => {
  const first = totalsOf({
    process: "a",
    started: 40,
    completed: 38,
    statuses: [{ code: 0, count: 38 }],
    latencies: [{ ...latencyOf("callDuration", { 5: 38 }), sumMs: 100 }],
  });
  const figures = (history: MethodHistory) => {
    const [latency] = history.latencies();
    return {
      started: history.total("started"),
      handled: history.ended(0),
      timed: [...(latency?.values.values() ?? [])].reduce((sum, count) => sum + count, 0),
      sumMs: latency?.sumMs,
    };
  };

  it("begin at 0 in a process that is being read: its first calls are calls", () => {
    const history = new MethodHistory();
    history.accept(0, [first], (process) => process === "a");
    expect(figures(history)).toEqual({ started: 40, handled: 38, timed: 38, sumMs: 100 });
  });

  it("leave out what a process had counted before it was read, and count those that live as started", () => {
    const history = new MethodHistory();
    history.accept(0, [first], (process) => process !== "a");
    expect(figures(history)).toEqual({ started: 2, handled: 0, timed: 0, sumMs: 0 });
    const later = {
      ...first,
      completed: 40,
      statuses: [{ code: 0, count: 40 }],
      latencies: [{ ...latencyOf("callDuration", { 5: 40 }), sumMs: 107 }],
    };
    // Long before ten seconds are full.
    history.accept(S, [later]);
    expect(figures(history)).toEqual({ started: 2, handled: 2, timed: 2, sumMs: 7 });
  });

  it("never have more calls ended than begun where another process comes with live calls", () => {
    const history = new MethodHistory();
    history.accept(0, [totalsOf({ process: "b", started: 3, completed: 3 })]);
    history.accept(S, [totalsOf({ process: "b", started: 3, completed: 3 }), first]);
    expect(history.total("started")).toBe(2);
    expect(history.rate("started")).toBe(0);
  });

  it("do not take what was not told for a while for new", () => {
    const history = new MethodHistory();
    const known = () => true;
    history.accept(0, [first]);
    history.accept(S, [totalsOf({ process: "b", started: 0 })], known);
    history.accept(2 * S, [{ ...first, started: 41 }], known);
    expect(history.total("started")).toBe(3);
  });

  it("begin at 0 where a page of metrics has a series that it had not", () => {
    const page = (sent: number) => [totalsOf({ process: "a", from: "metrics", started: 5, sent })];
    const history = new MethodHistory();
    history.accept(0, page(Number.NaN));
    history.accept(S, page(4));
    history.accept(2 * S, page(Number.NaN));
    history.accept(3 * S, page(6));
    expect(history.total("sent")).toBe(6);
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
      [10_000, 0],
      [20_000, 4],
      [30_000, 0],
    ]);
    const full = heat!.columns[1]!;
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
    expect(columns[0]).toMatchObject({ counts: expect.arrayContaining([1]), p50: 1, max: 1 });
    expect(columns[1]).toMatchObject({ p50: null, max: null });
    expect(columns[1]!.counts).toHaveLength(HEAT_BOUNDS_MS.length + 1);
  });

  const columnsOf = (history: MethodHistory) =>
    history
      .heat()[0]!
      .columns.map(({ t, since, counts }) => [t / S, since === null ? null : since / S, counts?.[5] ?? null]);

  it("draws a time without samples as a gap, and gives what happened in it to no column", () => {
    const history = new MethodHistory();
    const at = (second: number, count: number) => history.accept(second * S, [gaps({ 1: count })]);
    at(0, 0);
    at(10, 5);
    at(85, 500);
    at(90, 501);
    at(100, 503);
    expect(columnsOf(history)).toEqual([
      [10, 0, 5],
      ...[20, 30, 40, 50, 60, 70, 80].map((t) => [t, null, null]),
      [90, 85, 1],
      [100, null, 2],
    ]);
  });

  it("gives what came in a time with few samples to the column after it, which says since when", () => {
    const history = new MethodHistory();
    const at = (second: number, ...told: ReturnType<typeof gaps>[]) => history.accept(second * S, told);
    at(0, gaps({ 1: 0 }));
    at(10, gaps({ 1: 5 }));
    at(35, gaps({ 1: 8 }));
    at(40); // this sample told nothing of the method
    at(50, gaps({ 1: 9 }));
    at(60, gaps({ 1: 9 }, "b")); // of another process than before: nothing to compare it with
    at(70, gaps({ 1: 11 }, "b"));
    at(80, gaps({ 1: 12 }, "b"));
    expect(columnsOf(history)).toEqual([
      [10, 0, 5],
      [20, null, null],
      [30, 10, 3],
      [40, null, null],
      [50, 35, 1],
      [60, null, null],
      [70, 60, 2],
      [80, null, 1],
    ]);
  });

  it("begins with the column of its first sample, and says since when, wherever in a minute that is", () => {
    for (let offset = 0; offset < 60 * S; offset += 500) {
      const history = new MethodHistory();
      const first = 1_800_000_000 * S + offset;
      for (let n = 0; n <= 20; n++) history.accept(first + n * S, [gaps({ 1: n })]);
      const { columns } = history.heat()[0]!;
      const end = Math.floor(first / 10_000) * 10_000 + 10_000;
      expect(columns.map(({ t, since }) => [t, since])).toEqual([
        [end, first],
        [end + 10_000, null],
      ]);
      // All that came from the first sample to the one that closed the newest column.
      const closedAt = Math.ceil((end + 10_000 - first) / S);
      expect(columns.reduce((sum, { counts }) => sum + (counts?.[5] ?? 0), 0)).toBe(closedAt);
    }
  });

  it("loses nothing at any interval and offset", () => {
    const sampling = fc.record({
      offset: fc.nat(60 * S),
      interval: fc.integer({ min: 250, max: 60 * S }),
      samples: fc.integer({ min: 2, max: 60 }),
    });
    fc.assert(
      fc.property(sampling, ({ offset, interval, samples }) => {
        const history = new MethodHistory();
        let [slot, closedBy] = [Number.NaN, 0];
        for (let n = 0; n < samples; n++) {
          const at = offset + n * interval;
          history.accept(at, [gaps({ 1: n })]);
          if (Math.floor(at / 10_000) === slot) continue;
          slot = Math.floor(at / 10_000);
          closedBy = n;
        }
        const kept = history.latencies()[0]!;
        expect(kept.values.get(1) ?? 0).toBe(samples - 1);
        const columns = history.heat()[0]?.columns ?? [];
        const shown = columns.reduce((sum, { counts }) => sum + (counts?.reduce((a, b) => a + b, 0) ?? 0), 0);
        if (columns.length < 90) expect(shown).toBe(closedBy);
        // The first is gone where there are more than a quarter of an hour of them.
        if (columns.length < 90) expect(columns[0]?.since ?? offset).toBe(offset);
      }),
    );
  });

  it("keeps a quarter of an hour, and nothing for measures that never had a value", () => {
    const history = fed(1_200, (s) => [gaps({ 1: s })]);
    expect(history.heat()[0]!.columns).toHaveLength(90);
    expect(fed(60, () => [gaps({})]).heat()).toEqual([]);
  });
});
