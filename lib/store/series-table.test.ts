import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SeriesTable } from "./series-table.ts";

function table(points = 5): SeriesTable {
  return new SeriesTable(["in", "out"], points);
}

describe("SeriesTable", () => {
  it("gives the points of a series, oldest first, gaps as null", () => {
    const series = table();
    series.begin(1_000);
    series.set("a", 0, 5);
    series.begin(2_000);
    series.begin(3_000);
    series.set("a", 0, 0);
    series.set("a", 1, Number.NaN);
    expect(series.block(["a"], 0)).toEqual({
      t: [1_000, 2_000, 3_000],
      columns: { in: [5, null, 0], out: [null, null, null] },
    });
  });

  it("starts a late series with gaps, and shows one it does not have as gaps", () => {
    const series = table();
    series.begin(1);
    series.begin(2);
    series.set("late", 0, 7);
    expect(series.block(["late"], 0).columns.in).toEqual([null, 7]);
    expect(series.block(["nobody"], 0).columns).toEqual({ in: [null, null], out: [null, null] });
  });

  it("wraps around without old values showing through", () => {
    const series = table(3);
    for (let at = 1; at <= 7; at++) {
      series.begin(at);
      if (at % 2 === 1) series.set("a", 0, at * 10);
    }
    expect(series.block(["a"], 0)).toMatchObject({ t: [5, 6, 7], columns: { in: [50, null, 70] } });
  });

  it("cuts off what is as old as `after`, and names columns as asked", () => {
    const series = table();
    for (const at of [1, 2, 3]) {
      series.begin(at);
      series.set("a", 1, at);
      series.set("b", 1, at * 2);
    }
    expect(series.block(["a", "b"], 1, (id, measure) => `${id}.${measure}`)).toEqual({
      t: [2, 3],
      columns: { "a.in": [null, null], "a.out": [2, 3], "b.in": [null, null], "b.out": [4, 6] },
    });
    expect(series.block(["a"], 3).t).toEqual([]);
  });

  it("forgets series that are not retained", () => {
    const series = table();
    series.begin(1);
    series.set("a", 0, 1);
    series.set("b", 0, 2);
    series.retain(new Set(["b"]));
    expect(series.block(["a"], 0).columns.in).toEqual([null]);
    expect(series.block(["b"], 0).columns.in).toEqual([2]);
  });

  it("gives the largest value of each closed bucket", () => {
    const series = table(100);
    for (let at = 0; at <= 64; at += 2) {
      series.begin(at);
      if (at < 20 || at >= 40) series.set("a", 0, at === 50 ? 99 : at);
    }
    // Buckets [10, 20) … [50, 60) at 64: the open one is left out.
    expect(series.bucketMaxima("a", 0, 64, 10, 5, 2)).toEqual([18, null, null, 48, 99]);
    expect(series.bucketMaxima("a", 0, 60, 10, 2, 2)).toEqual([48, 99]);
    expect(series.bucketMaxima("a", 0, 10_000, 10, 2, 2)).toEqual([null, null]);
    expect(series.bucketMaxima("nobody", 0, 64, 10, 2, 2)).toEqual([null, null]);
  });

  it("leaves no bucket empty because points are not on its grid, and only those that nobody watched", () => {
    for (const intervalMs of [1_000, 7_000, 15_000, 20_000, 60_000]) {
      for (let offset = 0; offset < 60_000; offset += 1_234) {
        const series = table(1_000);
        const now = 600_000;
        // Points jitter: the one comes a little late, the next in time.
        for (let n = 0; offset + n * intervalMs < now; n++) {
          series.begin(offset + n * intervalMs + (n % 2) * 900);
          series.set("a", 0, 5);
        }
        const maxima = series.bucketMaxima("a", 0, now, 15_000, 40, intervalMs);
        const empty = maxima.map((value) => value === null);
        expect(empty.lastIndexOf(true), `${intervalMs} from ${offset}`).toBe(Math.floor(offset / 15_000) - 1);
        expect(series.bucketMaxima("a", 0, now + 300_000, 15_000, 10, intervalMs).at(-1)).toBeNull();
      }
    }
  });

  it("tells a zero from a gap in a bucket", () => {
    const series = table();
    series.begin(5);
    series.set("a", 0, 0);
    expect(series.bucketMaxima("a", 0, 20, 10, 2, 2)).toEqual([0, null]);
  });

  it("tells exactly what was written, whatever comes, goes, pauses and wraps around", () => {
    const ids = ["a", "b", "c", "d"];
    const value = fc.constantFrom(0, 0, 0, 7, 0.1, -3, Number.NaN);
    const step = fc.record({
      written: fc.array(fc.tuple(fc.constantFrom(...ids), fc.nat(1), value), { maxLength: 6 }),
      repeat: fc.nat(50),
      kept: fc.option(fc.subarray(ids), { freq: 4 }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 130 }), fc.array(step, { maxLength: 12 }), (points, steps) => {
        const series = table(points);
        const model: { at: number; values: Map<string, number> }[] = [];
        for (const { written, repeat, kept } of steps) {
          for (let n = 0; n <= repeat; n++) {
            const values = new Map(
              written.map(([id, measure, number]) => [`${id}.${series.measures[measure]}`, number]),
            );
            model.push({ at: model.length, values });
            series.begin(model.length - 1);
            for (const [key, number] of values) {
              const [id = "", measure = ""] = key.split(".");
              series.set(id, series.measures.indexOf(measure), number);
            }
          }
          if (kept === null) continue;
          series.retain(new Set(kept));
          for (const { values } of model) {
            for (const key of values.keys()) if (!kept.includes(key.split(".")[0]!)) values.delete(key);
          }
        }
        const seen = model.slice(-points);
        const told = series.block(ids, -1, (id, measure) => `${id}.${measure}`);
        expect(told.t).toEqual(seen.map(({ at }) => at));
        for (const [key, column] of Object.entries(told.columns)) {
          const wanted = seen.map(({ values }) => values.get(key) ?? Number.NaN);
          expect(column).toEqual(wanted.map((number) => (Number.isNaN(number) ? null : Math.fround(number))));
        }
      }),
    );
  });

  it("keeps what stands still for a fraction of its points, and what comes and goes for nothing", () => {
    const before = process.memoryUsage().arrayBuffers;
    const series = new SeriesTable(["due", "out", "backlog", "latency"], 900);
    const count = 1_000;
    for (let at = 0; at < 900; at++) {
      series.begin(at);
      for (let n = 0; n < count; n++)
        for (let measure = 0; measure < 4; measure++) series.set(`c${n}`, measure, n);
    }
    for (let at = 900; at < 1_200; at++) {
      series.begin(at);
      const generation = at - (at % 3);
      for (let n = 0; n < count; n++) series.set(`passing${generation}-${n}`, 0, at);
      if (at % 3 === 2) series.retain(new Set());
    }
    const kept = process.memoryUsage().arrayBuffers - before;
    expect(series.block(["c1"], 0).t).toHaveLength(900);
    // What was outgrown may not be collected yet; every point of every series would be 14 kB each.
    expect(kept).toBeLessThan(4_096 * count);
  });
});
