"use client";
import { memo, type PointerEvent, useCallback, useMemo, useRef } from "react";
import { formatDuration } from "@/lib/format";
import type { LatencyHeat } from "@/lib/model/call";
import { TimeAxis } from "./chart-footer";
import { drawHeat } from "./heat-draw";
import { HeatReadout } from "./heat-readout";
import { columnSlots, decadeEdges, largestCell, rowsInUse } from "./heat-scale";
import { HeatTable } from "./heat-table";
import { useHeatCanvas } from "./use-heat-canvas";

interface HeatMapProps {
  /** What is shown, for the table behind it. */
  label: string;
  /** What a cell counts: `calls`. */
  unit: string;
  heat: LatencyHeat;
  windowMs: number;
  /** Height of the map at a root font of 16 px. */
  height: number;
  /** The column under the cursor, by its time; maps side by side share it. */
  cursor: number | null;
  onCursor: (t: number | null) => void;
  isStale?: boolean;
}

const WITHOUT_ROWS = { low: 0, high: 1 };

/** How often something took how long, over time: a column a step, a row a span of latency, the colour how often. */
export const HeatMap = memo(function HeatMap(props: HeatMapProps) {
  const { heat, windowMs, unit, cursor, onCursor } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const slots = useMemo(() => columnSlots(heat, windowMs), [heat, windowMs]);
  const used = useMemo(() => rowsInUse(heat.boundsMs, slots), [heat, slots]);
  const rows = used ?? WITHOUT_ROWS;
  useHeatCanvas(
    canvas,
    useCallback((element, theme) => drawHeat(element, heat, slots, rows, theme), [heat, slots, rows]),
  );
  const newest = heat.columns.at(-1)?.t ?? 0;
  const at = cursor === null ? -1 : slots.length - 1 - Math.round((newest - cursor) / heat.stepMs);
  const range = [newest - windowMs, newest] as const;
  const follow = (event: PointerEvent<HTMLElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const slot = Math.floor(((event.clientX - left) / width) * slots.length);
    onCursor(newest - (slots.length - 1 - Math.min(slots.length - 1, Math.max(0, slot))) * heat.stepMs);
  };

  return (
    <figure className="@container relative pl-13">
      <div
        className="relative bg-bg"
        style={{ height: `${props.height / 16}rem` }}
        onPointerMove={follow}
        onPointerLeave={() => onCursor(null)}
        aria-hidden="true"
      >
        <canvas ref={canvas} className={props.isStale ? "size-full opacity-50 grayscale" : "size-full"} />
        {used &&
          decadeEdges(heat.boundsMs, used).map(({ ms, share }) => (
            <span
              key={ms}
              className="pointer-events-none absolute inset-x-0 border-line border-t"
              style={{ bottom: `${share * 100}%` }}
            >
              <span className="absolute right-full -translate-y-1/2 whitespace-nowrap pr-1.5 font-mono text-2xs text-faint">
                {edgeText(ms)}
              </span>
            </span>
          ))}
        {!used && (
          <p className="absolute inset-0 flex items-center justify-center text-faint text-xs">
            nothing ended or arrived within this time
          </p>
        )}
        {at >= 0 && (
          <span
            className="pointer-events-none absolute inset-y-0 border-dim/60 border-x"
            style={{ left: `${(at / slots.length) * 100}%`, width: `${100 / slots.length}%` }}
          />
        )}
      </div>
      {at >= 0 && cursor !== null ? (
        <HeatReadout t={cursor} column={slots[at] ?? null} unit={unit} />
      ) : (
        <TimeAxis range={range} />
      )}
      <HeatLegend largest={largestCell(slots)} unit={unit} stepMs={heat.stepMs} />
      <HeatTable label={props.label} unit={unit} slots={slots} />
    </figure>
  );
});

/** 0.1 ms · 10 ms · 1 s: an edge is a round number. */
function edgeText(ms: number): string {
  if (ms < 1) return `${ms} ms`;
  return ms < 1_000 ? `${Math.round(ms)} ms` : formatDuration(ms).replace(".0", "");
}

function HeatLegend({ largest, unit, stepMs }: { largest: number; unit: string; stepMs: number }) {
  return (
    <p className="mt-1 flex flex-wrap items-center gap-x-4 gap-y-0.5 text-2xs text-dim" aria-hidden="true">
      <span className="inline-flex items-center gap-1.5">
        1
        <span className="h-2 w-16 rounded-xs bg-linear-to-r/oklab from-[color-mix(in_oklab,var(--panel),var(--grpc)_22%)] to-grpc" />
        {Math.max(1, largest).toLocaleString("en-US")} {unit}
      </span>
      <span className="inline-flex items-center gap-1.5">
        <span className="w-4 border-ink border-t-[1.5px]" /> p50
      </span>
      <span className="inline-flex items-center gap-1.5">
        <span className="w-4 border-ink border-t-[1.5px] border-dashed" /> p99
      </span>
      <span>one column = {stepMs / 1_000} s</span>
    </p>
  );
}
