import { describe, expect, it, vi } from "vitest";
import { chartOptions } from "./chart-options";
import { CHART_COLORS, type ChartTheme, withAlpha } from "./chart-theme";

const theme = Object.fromEntries(CHART_COLORS.map((name) => [name, "#123456"])) as ChartTheme;
const make = (onCursor = vi.fn(), onDrag = vi.fn()) => {
  const state = { theme, top: 100, events: [] };
  const options = chartOptions({
    width: 300,
    height: 80,
    lines: [
      { label: "in", stroke: "kafka" },
      { label: "out", stroke: "kafka", dash: true },
      { label: "due", stroke: "kafka", quiet: true, fill: true },
    ],
    bands: [{ upper: 2, lower: 1 }],
    syncKey: "overview",
    state,
    onCursor,
    onDrag,
  });
  return { options, state, onCursor, onDrag };
};

describe("chartOptions", () => {
  it("counts bands from the first line, as uPlot counts from the times", () => {
    expect(make().options.bands?.[0]?.series).toEqual([3, 2]);
  });

  it("reads colours when it draws, so that a change of scheme needs no new plot", () => {
    const { options, state } = make();
    const stroke = options.series[1]?.stroke as () => string;
    expect(stroke()).toBe("#123456ff");
    state.theme = { ...theme, kafka: "#abcdef" };
    expect(stroke()).toBe("#abcdefff");
  });

  it("shares the time of the cursor and never its height", () => {
    const { options } = make();
    expect(options.cursor?.sync).toMatchObject({ key: "overview", scales: ["x", null] });
    expect(options.cursor?.y).toBe(false);
  });

  it("says where the cursor is, and null when it has left", () => {
    const { options, onCursor } = make();
    const move = options.hooks?.setCursor?.[0] as (plot: { cursor: object }) => void;
    move({ cursor: { left: 5, idx: 3 } });
    move({ cursor: { left: -10, idx: 3 } });
    expect(onCursor.mock.calls).toEqual([[3], [null]]);
  });
});

describe("withAlpha", () => {
  it("makes hex colours transparent and leaves others alone", () => {
    expect(withAlpha("#ff0000", 0.5)).toBe("#ff000080");
    expect(withAlpha("rgb(1 2 3)", 0.5)).toBe("rgb(1 2 3)");
  });
});
