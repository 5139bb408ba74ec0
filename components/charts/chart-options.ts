import type uPlot from "uplot";
import { type ChartLine, isolatedIndices } from "./chart-data";
import { type ChartTheme, withAlpha } from "./chart-theme";

/** Shades the space between two lines where the upper one is above the lower one. Indices into the lines. */
export interface ChartBand {
  readonly upper: number;
  readonly lower: number;
}

export interface ChartEvent {
  readonly at: number;
  readonly title: string;
}

/** What may change without a new plot; read each time something is drawn. */
export interface ChartState {
  theme: ChartTheme;
  top: number;
  events: readonly ChartEvent[];
}

/** How a line looks, apart from its values: a change of this needs a new plot. */
export type LineStyle = Omit<ChartLine, "values">;

const FILL_ALPHA = 0.13;
const QUIET_ALPHA = 0.45;
const DASH_ALPHA = 0.8;

export function chartOptions(input: {
  width: number;
  height: number;
  lines: readonly LineStyle[];
  bands: readonly ChartBand[];
  syncKey: string;
  /** One object for the life of the plot. */
  state: ChartState;
  onCursor: (index: number | null) => void;
  /** Somebody dragged from one time to another. */
  onDrag: (from: number, to: number) => void;
}): uPlot.Options {
  const { state } = input;
  return {
    width: input.width,
    height: input.height,
    ms: 1,
    padding: [2, 1, 1, 1],
    legend: { show: false },
    scales: { x: { time: false, auto: false }, y: { auto: false } },
    axes: [{ show: false }, gridLines(state)],
    series: [{}, ...input.lines.map((line) => seriesOptions(line, state))],
    bands: input.bands.map((band) => ({
      series: [band.upper + 1, band.lower + 1],
      fill: () => state.theme.hot,
      dir: -1,
    })),
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false },
      points: { size: 6, width: 0, fill: (plot, i) => pointColor(plot, i, input.lines, state) },
      sync: { key: input.syncKey, setSeries: false, scales: ["x", null] },
    },
    hooks: {
      setCursor: [({ cursor }) => input.onCursor((cursor.left ?? -1) < 0 ? null : (cursor.idx ?? null))],
      setSelect: [(plot) => endDrag(plot, input.onDrag)],
      draw: [(plot) => drawEvents(plot, state)],
    },
  };
}

/** A click is no drag. */
const DRAG_LEAST_PX = 6;

function endDrag(plot: uPlot, onDrag: (from: number, to: number) => void): void {
  const { left, width } = plot.select;
  if (width === 0) return;
  const [from, to] = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  if (width >= DRAG_LEAST_PX) onDrag(from, to);
}

function seriesOptions(line: LineStyle, state: ChartState): uPlot.Series {
  const color = () => state.theme[line.stroke];
  const alpha = line.quiet ? QUIET_ALPHA : line.dash ? DASH_ALPHA : 1;
  return {
    label: line.label,
    stroke: () => withAlpha(color(), alpha),
    width: line.quiet ? 1 : 1.6,
    ...(line.dash && { dash: [3, 3] }),
    ...(line.fill && { fill: () => withAlpha(color(), FILL_ALPHA) }),
    points: {
      show: true,
      size: 3,
      width: 0,
      fill: color,
      filter: (plot, i) => isolatedIndices(plot.data[i]!),
    },
  };
}

/** Zero, half and top; the numbers are written beside the canvas, in the page's own letters. */
function gridLines(state: ChartState): uPlot.Axis {
  return {
    size: 0,
    gap: 0,
    splits: () => [0, state.top / 2, state.top],
    values: (_plot, splits) => splits.map(() => ""),
    ticks: { show: false },
    grid: { stroke: () => state.theme.line, width: 1 },
  };
}

function pointColor(_plot: uPlot, i: number, lines: readonly LineStyle[], state: ChartState): string {
  const line = lines[i - 1];
  return line && !line.quiet ? state.theme[line.stroke] : "transparent";
}

function drawEvents(plot: uPlot, state: ChartState): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = state.theme.faint;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const event of state.events) {
    const x = Math.round(plot.valToPos(event.at, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
