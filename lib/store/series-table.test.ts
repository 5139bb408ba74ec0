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
    expect(series.bucketMaxima("a", 0, 64, 10, 5)).toEqual([18, null, null, 48, 99]);
    expect(series.bucketMaxima("a", 0, 60, 10, 2)).toEqual([48, 99]);
    expect(series.bucketMaxima("a", 0, 10_000, 10, 2)).toEqual([null, null]);
    expect(series.bucketMaxima("nobody", 0, 64, 10, 2)).toEqual([null, null]);
  });

  it("tells a zero from a gap in a bucket", () => {
    const series = table();
    series.begin(5);
    series.set("a", 0, 0);
    expect(series.bucketMaxima("a", 0, 20, 10, 2)).toEqual([0, null]);
  });
});
