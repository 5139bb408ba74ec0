import type { LatencyColumn, LatencyHeat } from "@/lib/model/call";
import { type ChartTheme, withAlpha } from "./chart-theme";
import { type HeatRows, largestCell, shareOf, strengthOf } from "./heat-scale";
import { colorRamp } from "./mix-color";

const HATCH_STEP = 6;

/** Draws a heat map over the whole canvas. What was not sampled is hatched: nobody knows whether anything happened then. */
export function drawHeat(
  canvas: HTMLCanvasElement,
  heat: LatencyHeat,
  slots: readonly (LatencyColumn | null)[],
  rows: HeatRows,
  theme: ChartTheme,
): void {
  const ctx = canvas.getContext("2d");
  if (!ctx) return;
  const { width, height } = canvas;
  ctx.clearRect(0, 0, width, height);
  const x = (slot: number) => Math.round((slot * width) / slots.length);
  const y = (row: number) => Math.round(height - ((row - rows.low) * height) / (rows.high - rows.low));
  const color = colorRamp(theme.panel, theme.grpc);
  const largest = largestCell(slots);
  slots.forEach((slot, i) => {
    if (!slot?.counts) {
      hatch(ctx, x(i), x(i + 1), height, theme.line);
      return;
    }
    slot.counts.forEach((count, row) => {
      if (count <= 0 || row < rows.low || row >= rows.high) return;
      ctx.fillStyle = color(strengthOf(count, largest));
      ctx.fillRect(x(i), y(row + 1), x(i + 1) - x(i), y(row) - y(row + 1));
    });
  });
  const at = (ms: number) => height * (1 - shareOf(ms, heat.boundsMs, rows));
  const middle = (slot: number) => ((slot + 0.5) * width) / slots.length;
  for (const [measure, dash] of [
    ["p50", []],
    ["p99", [3, 3]],
  ] as const) {
    const points = slots.map((slot, i) => {
      const ms = slot?.[measure] ?? null;
      return ms === null ? null : ([middle(i), at(ms)] as const);
    });
    // A light edge around a dark line, and the other way round: it is seen on every colour of the map.
    drawLine(ctx, points, withAlpha(theme.panel, 0.7), 3.5, []);
    drawLine(ctx, points, theme.ink, 1.4, dash);
  }
}

function drawLine(
  ctx: CanvasRenderingContext2D,
  points: readonly (readonly [number, number] | null)[],
  color: string,
  width: number,
  dash: readonly number[],
): void {
  ctx.save();
  ctx.strokeStyle = color;
  ctx.lineWidth = width * devicePixelRatio;
  ctx.setLineDash(dash.map((part) => part * devicePixelRatio));
  ctx.lineJoin = "round";
  ctx.lineCap = dash.length > 0 ? "butt" : "round";
  ctx.beginPath();
  points.forEach((point, i) => {
    if (!point) return;
    const isOpen = i > 0 && points[i - 1] !== null;
    if (!isOpen) ctx.moveTo(point[0] - devicePixelRatio, point[1]);
    ctx.lineTo(...point);
  });
  ctx.stroke();
  ctx.restore();
}

/** Lines go on from one column to the next, so that a long gap is one field. */
function hatch(ctx: CanvasRenderingContext2D, left: number, right: number, height: number, color: string) {
  const step = HATCH_STEP * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, 0, right - left, height);
  ctx.clip();
  ctx.strokeStyle = color;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  for (let x = Math.floor((left - height) / step) * step; x < right; x += step) {
    ctx.moveTo(x, height);
    ctx.lineTo(x + height, 0);
  }
  ctx.stroke();
  ctx.restore();
}
