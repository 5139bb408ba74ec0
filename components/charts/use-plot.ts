"use client";
import { type RefObject, useEffect, useRef } from "react";
import uPlot from "uplot";
import type { PlotData, TimeRange } from "./chart-data";
import {
  type ChartBand,
  type ChartEvent,
  type ChartState,
  chartOptions,
  type LineStyle,
} from "./chart-options";
import { onSchemeChange, readTheme } from "./chart-theme";

interface Plotted {
  readonly data: PlotData;
  readonly range: TimeRange;
  readonly top: number;
  readonly events: readonly ChartEvent[];
  readonly lines: readonly LineStyle[];
  readonly bands: readonly ChartBand[];
  readonly syncKey: string;
  readonly onCursor: (index: number | null) => void;
  readonly onDrag: (from: number, to: number) => void;
}

/** Keeps a plot in the host element: made once for a set of lines, then only fed. */
export function usePlot(host: RefObject<HTMLDivElement | null>, plotted: Plotted): void {
  const plot = useRef<uPlot>(null);
  const state = useRef<ChartState>(null);
  const latest = useRef(plotted);
  const { data, range, top, events } = plotted;
  const [from, to] = range;
  const style = JSON.stringify([plotted.lines, plotted.bands, plotted.syncKey]);

  useEffect(() => {
    latest.current = plotted;
  });

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const [lines, bands, syncKey] = JSON.parse(style) as [LineStyle[], ChartBand[], string];
    state.current = { theme: readTheme(element), top: latest.current.top, events: latest.current.events };
    const made = new uPlot(
      chartOptions({
        width: element.clientWidth,
        height: element.clientHeight,
        lines,
        bands,
        syncKey,
        state: state.current,
        onCursor: (index) => latest.current.onCursor(index),
        onDrag: (from, to) => latest.current.onDrag(from, to),
      }),
      latest.current.data,
      element,
    );
    plot.current = made;
    feed(made, latest.current);
    const observer = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height: element.clientHeight });
    });
    observer.observe(element);
    const stopWatching = onSchemeChange(() => {
      if (state.current) state.current.theme = readTheme(element);
      made.redraw(false);
    });
    return () => {
      stopWatching();
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [host, style]);

  useEffect(() => {
    if (!plot.current || !state.current) return;
    state.current.top = top;
    state.current.events = events;
    feed(plot.current, { data, range: [from, to], top });
  }, [data, from, to, top, events]);
}

function feed(plot: uPlot, { data, range, top }: Pick<Plotted, "data" | "range" | "top">): void {
  plot.batch(() => {
    plot.setData(data, false);
    plot.setScale("x", { min: range[0], max: range[1] });
    plot.setScale("y", { min: 0, max: top });
  });
}
