"use client";
import { useEffect, useMemo, useRef, useState } from "react";
import "uplot/dist/uPlot.min.css";
import { type ChartSeries, largestValue, plotData, type TimeRange } from "./chart-data";
import { CursorLegend, TimeAxis } from "./chart-footer";
import type { ChartBand, ChartEvent } from "./chart-options";
import { ChartSave } from "./chart-save";
import { axisTop, type ChartScale } from "./chart-scale";
import { ChartTable } from "./chart-table";
import { usePlot } from "./use-plot";
import { useZoom } from "./zoom";

const NO_EVENTS: readonly ChartEvent[] = [];
const NO_BANDS: readonly ChartBand[] = [];

interface TimeChartProps {
  /** What the chart shows, for the table behind it. */
  label: string;
  series: ChartSeries;
  bands?: readonly ChartBand[];
  /** Height of the plot at a root font of 16 px; the whole is 30 px more. */
  height: number;
  /** Charts with the same key share one cursor. */
  syncKey: string;
  /** Short text for the top of the axis. */
  format: (value: number) => string;
  /** Exact text for the value under the cursor; `format` where left out. */
  exact?: (value: number) => string;
  scale?: ChartScale;
  events?: readonly ChartEvent[];
  /** What the time axis spans; the same for charts side by side. */
  range: TimeRange;
  /** Greyed: its source is lost. */
  isStale?: boolean;
}

/** Lines over time on a canvas. It never changes its size with the data and nothing in it is animated. */
export function TimeChart(props: TimeChartProps) {
  const { series, range, format, exact = format, scale = "number", events = NO_EVENTS } = props;
  const [from, to] = range;
  const zoom = useZoom();
  const host = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const data = useMemo(() => plotData(series, [from, to]), [series, from, to]);
  const top = axisTop(largestValue(data), scale);
  const lines = series.lines.map(({ values: _values, ...style }) => style);
  usePlot(host, {
    data,
    range,
    top,
    events,
    lines,
    bands: props.bands ?? NO_BANDS,
    syncKey: props.syncKey,
    onCursor: setCursor,
    onDrag: (begin, end) => zoom?.(begin, end),
  });
  const shown = useRef({ series, range, top: format(top) });
  useEffect(() => {
    shown.current = { series, range, top: format(top) };
  });
  const cursorAt = cursor === null ? undefined : data[0][cursor];

  return (
    <figure className="@container group/chart relative pt-3.5">
      <ChartSave label={props.label} shown={shown} host={host} />
      <span className="absolute top-0 right-0 font-mono text-2xs text-faint leading-3.5" aria-hidden="true">
        {format(top)}
      </span>
      <div
        ref={host}
        aria-hidden="true"
        className={props.isStale ? "opacity-50 grayscale" : undefined}
        style={{ height: `${props.height / 16}rem` }}
      />
      {cursor !== null && cursorAt !== undefined ? (
        <CursorLegend
          at={cursorAt}
          spanMs={to - from}
          lines={lines}
          values={data.slice(1).map((column) => column[cursor] ?? null)}
          format={exact}
        />
      ) : (
        <TimeAxis range={range} />
      )}
      <ChartTable label={props.label} series={series} range={range} format={exact} />
    </figure>
  );
}
