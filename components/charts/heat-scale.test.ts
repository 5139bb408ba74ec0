import { describe, expect, it } from "vitest";
import type { LatencyColumn, LatencyHeat } from "@/lib/model/call";
import { columnSlots, countIn, decadeEdges, largestCell, rowsInUse, shareOf, strengthOf } from "./heat-scale";

const BOUNDS = [0.1, 0.3, 1, 3, 10, 30, 100];
const column = (t: number, counts: number[] | null, since: number | null = null): LatencyColumn => ({
  t,
  since,
  counts,
  p50: null,
  p90: null,
  p99: null,
  max: null,
});
const heat = (columns: LatencyColumn[]): LatencyHeat => ({
  measure: "callDuration",
  stepMs: 10_000,
  boundsMs: BOUNDS,
  columns,
});

describe("columnSlots", () => {
  it("puts every column at its time, the newest last, and leaves the time without any empty", () => {
    const columns = [column(70_000, [1]), column(90_000, null), column(100_000, [2])];
    expect(columnSlots(heat(columns), 40_000)).toEqual([columns[0], null, columns[1], columns[2]]);
    expect(columnSlots(heat(columns), 20_000)).toEqual(columns.slice(1));
    expect(columnSlots(heat([]), 20_000)).toEqual([null, null]);
  });
});

describe("a column of few samples", () => {
  it("stands in all the places since its sample before, and in no other's", () => {
    const [first, wide, last] = [column(70_000, [1]), column(100_000, [2], 75_000), column(110_000, [3])];
    const gap = column(80_000, null);
    expect(columnSlots(heat([first, gap, wide, last]), 60_000)).toEqual([
      ...[null, first, wide, wide, wide, last],
    ]);
    expect(columnSlots(heat([first, column(80_000, [5]), wide]), 30_000)[0]).toMatchObject({ t: 80_000 });
    expect(columnSlots(heat([wide]), 20_000)).toEqual([wide, wide]);
  });
  it("and of a part of its time stands in its own place only", () => {
    const part = column(100_000, [2], 96_000);
    expect(columnSlots(heat([part]), 20_000)).toEqual([null, part]);
  });
});

describe("rowsInUse", () => {
  const used = (...counts: (number[] | null)[]) =>
    rowsInUse(BOUNDS, [null, ...counts.map((of) => column(1, of))]);
  it("goes out to powers of ten", () => {
    expect(used([0, 0, 0, 5], null)).toEqual({ low: 3, high: 5 });
    expect(used([0, 0, 2], [0, 0, 0, 0, 0, 1])).toEqual({ low: 1, high: 7 });
  });
  it("reaches from below the first bound to above the last", () => {
    expect(used([1, 0, 0, 0, 0, 0, 0, 1])).toEqual({ low: 0, high: 8 });
  });
  it("is none where nothing happened", () => {
    expect(used([], [0, 0], null)).toBeNull();
  });
});

describe("places", () => {
  const rows = { low: 1, high: 5 };
  it("labels powers of ten at the edges of their rows", () => {
    expect(decadeEdges(BOUNDS, rows)).toEqual([
      { ms: 0.1, share: 0 },
      { ms: 1, share: 0.5 },
      { ms: 10, share: 1 },
    ]);
  });
  it("has a bound at the upper edge of its row, and never leaves the map", () => {
    expect([0.1, 1, 10].map((ms) => shareOf(ms, BOUNDS, rows))).toEqual([0, 0.5, 1]);
    expect(shareOf(Math.sqrt(3), BOUNDS, rows)).toBeCloseTo(0.625);
    expect([0, 1e9].map((ms) => shareOf(ms, BOUNDS, rows))).toEqual([0, 1]);
  });
});

describe("strengthOf", () => {
  it("tells one from none, and the most is full", () => {
    expect(strengthOf(0, 1000)).toBe(0);
    expect(strengthOf(1, 1000)).toBeGreaterThan(0.2);
    expect(strengthOf(30, 1000)).toBeGreaterThan(strengthOf(3, 1000));
    expect(strengthOf(1000, 1000)).toBe(1);
  });
});

it("counts what a column and the fullest cell hold", () => {
  const slots = [null, column(1, [1, 7, 2]), column(2, null), column(3, [])];
  expect(largestCell(slots)).toBe(7);
  expect(countIn(slots[1]!)).toBe(10);
});
