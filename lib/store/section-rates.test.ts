import { beforeEach, describe, expect, it } from "vitest";
import type { SectionRow, SourceSection } from "../model/source.ts";
import { SectionRates } from "./section-rates.ts";

type Cells = SectionRow["cells"];

function section(at: number, rows: Readonly<Record<string, Cells>>): SourceSection {
  return {
    key: "connections",
    title: "Connections",
    columns: [
      { label: "Name", kind: "text" },
      { label: "In", kind: "counter" },
      { label: "Pending", kind: "bytes" },
      { label: "Out", kind: "byteCounter" },
    ],
    rows: Object.entries(rows).map(([id, cells]) => ({ id, cells })),
    asOf: at,
  };
}

describe("SectionRates", () => {
  let rates: SectionRates;
  beforeEach(() => {
    rates = new SectionRates();
  });

  /** Takes one sample and gives the rates of its rows, by id. */
  function sample(at: number, rows: Readonly<Record<string, Cells>>, taken = section(at, rows)) {
    rates.accept([taken]);
    return Object.fromEntries(rates.rowsOf(taken).map(({ id, cells }) => [id, [cells[1], cells[3]]]));
  }
  const row = (messages: number | null, bytes: number | null = 0): Cells => ["a", messages, 7, bytes];

  it("gives what counters grow by in the place of totals, and leaves the other cells alone", () => {
    expect(sample(0, { a: row(100, 5_000) })).toEqual({ a: [null, null] });
    expect(sample(2_000, { a: row(120, 9_000) })).toEqual({ a: [10, 2_000] });
    expect(rates.rowsOf(section(2_000, { a: row(120, 9_000) }))).toEqual([
      { id: "a", cells: ["a", 10, 7, 2_000] },
    ]);
  });

  it("takes the rate over the last ten seconds", () => {
    for (let second = 0; second < 30; second++) sample(second * 1_000, { a: row(0) });
    expect(sample(30_000, { a: row(50) })).toEqual({ a: [5, 0] });
    for (let second = 31; second < 40; second++) sample(second * 1_000, { a: row(50) });
    expect(sample(40_000, { a: row(50) })).toEqual({ a: [0, 0] });
  });

  it("has no rate over the moment between the first sample and the grid of the clock", () => {
    sample(0, { a: row(100) });
    expect(sample(5, { a: row(103) })).toEqual({ a: [null, null] });
    expect(sample(1_000, { a: row(110) })).toEqual({ a: [10, 0] });
  });

  it("has a rate of a section that is sampled more rarely than that", () => {
    sample(0, { a: row(0) });
    expect(sample(60_000, { a: row(600) })).toEqual({ a: [10, 0] });
    expect(sample(120_000, { a: row(600) })).toEqual({ a: [0, 0] });
  });

  it("starts over where a total falls: something was restarted", () => {
    sample(0, { a: row(1_000, 1_000) });
    expect(sample(1_000, { a: row(1_100, 10) })).toEqual({ a: [null, null] });
    expect(sample(2_000, { a: row(1_150, 30) })).toEqual({ a: [50, 20] });
  });

  it("does not take a section twice that was not sampled again", () => {
    sample(0, { a: row(0) });
    sample(1_000, { a: row(10) });
    expect(sample(1_000, { a: row(10) })).toEqual({ a: [10, 0] });
  });

  it("remembers nothing of a sample without a time", () => {
    sample(0, { a: row(0) });
    expect(sample(Number.NaN, { a: row(10) })).toEqual({ a: [null, null] });
    expect(sample(1_000, { a: row(20) })).toEqual({ a: [20, 0] });
  });

  it("does not know the rate of a total that is not known", () => {
    sample(0, { a: row(null, 0) });
    expect(sample(1_000, { a: row(10, null) })).toEqual({ a: [null, null] });
    expect(sample(2_000, { a: row(30, 80) })).toEqual({ a: [20, 40] });
  });

  it("forgets rows that are gone, and sections", () => {
    sample(0, { a: row(0), b: row(0) });
    expect(sample(1_000, { b: row(5) })).toEqual({ b: [5, 0] });
    expect(sample(2_000, { a: row(9), b: row(10) })).toEqual({ a: [null, null], b: [5, 0] });
    rates.accept([]);
    expect(sample(3_000, { b: row(20) })).toEqual({ b: [null, null] });
  });

  it("is not confused by names of any kind", () => {
    sample(0, { ["__proto__"]: row(0), constructor: row(0) });
    expect(sample(1_000, { constructor: row(5) })).toEqual({ constructor: [5, 0] });
  });

  it("hands out sections without counters as they are", () => {
    const plain: SourceSection = { ...section(0, {}), columns: [{ label: "Name", kind: "text" }] };
    expect(rates.rowsOf(plain)).toBe(plain.rows);
  });
});
