import { describe, expect, it } from "vitest";
import { type ChartLine, isolatedIndices, largestValue, plotData, tableRows, withOther } from "./chart-data";

const line = (values: (number | null)[]): ChartLine => ({ label: "in", values, stroke: "kafka" });
const seconds = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i * 1000);

describe("plotData", () => {
  it("keeps the range and one point to its left, so that lines reach the edge", () => {
    const series = { t: seconds(0, 6), lines: [line([1, 2, 3, 4, 5, 6])] };
    expect(plotData(series, [2000, 4000])).toEqual([
      [1000, 2000, 3000, 4000],
      [2, 3, 4, 5],
    ]);
  });

  it("breaks the line where nothing was sampled, even without a null", () => {
    const t = [...seconds(0, 4), ...seconds(30_000, 3)];
    const [times, values] = plotData({ t, lines: [line([1, 1, 1, 1, 2, 2, 2])] }, [0, 40_000]);
    expect(times).toContain(3001);
    expect(values).toEqual([1, 1, 1, 1, null, 2, 2, 2]);
  });

  it("does not take a slow cadence for a gap", () => {
    const t = Array.from({ length: 5 }, (_, i) => i * 10_000);
    expect(plotData({ t, lines: [line([1, 2, 3, 4, 5])] }, [0, 50_000])[1]).toEqual([1, 2, 3, 4, 5]);
  });

  it("reads a column shorter than the times as gaps", () => {
    expect(plotData({ t: seconds(0, 3), lines: [line([])] }, [0, 3000])[1]).toEqual([null, null, null]);
    expect(plotData({ t: [], lines: [line([])] }, [0, 3000])).toEqual([[], []]);
  });
});

describe("chart values", () => {
  it("finds the largest of all lines", () => {
    expect(
      largestValue([
        [1, 2],
        [3, null],
        [null, 9],
      ]),
    ).toBe(9);
    expect(largestValue([[], []])).toBe(0);
  });

  it("finds values that no line goes through", () => {
    expect(isolatedIndices([1, null, 2, 3, null, 4])).toEqual([0, 5]);
    expect(isolatedIndices([])).toEqual([]);
  });

  it("gives a table the newest value of each step", () => {
    const series = { t: [0, 500, 1000, 1500, 9000], lines: [line([1, 2, 3, null, 9])] };
    expect(tableRows(series, [0, 2000], 1000)).toEqual([
      { at: 500, values: [2] },
      { at: 1500, values: [null] },
    ]);
  });
});

describe("withOther", () => {
  const line = (label: string, values: (number | null)[], look: Partial<ChartLine> = {}): ChartLine => ({
    ...{ label, values, stroke: "kafka" },
    ...look,
  });

  it("puts the lines of another time where they would be now, paler; a gap stays one", () => {
    const series = { t: [10_000, 11_000, 12_000, 20_000], lines: [line("in", [1, 2, 3, 4])] };
    const other = {
      t: [500, 1_400, 2_600, 9_000],
      lines: [line("in", [7, 8, null, 9]), line("due", [0, 0, 0, 0], { quiet: true })],
    };
    const both = withOther(series, other, 9_500, "1 hour before");
    expect(both.t).toBe(series.t);
    expect(both.lines[0]).toBe(series.lines[0]);
    expect(both.lines.slice(1)).toEqual([
      line("in, 1 hour before", [7, 8, null, 9], { quiet: true, dash: true }),
    ]);
    expect(withOther(series, { t: [], lines: [line("in", [])] }, 0, "x").lines[1]!.values).toEqual([
      null,
      null,
      null,
      null,
    ]);
    const far = withOther(series, other, 100_000, "x").lines[1]!.values;
    expect(far).toEqual([null, null, null, null]);
  });
});
