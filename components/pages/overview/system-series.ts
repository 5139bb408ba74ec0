import type { ChartBand, ChartLine, ChartSeries } from "@/components/charts";
import type { SeriesBlock, SeriesMeasure } from "@/lib/model/live";
import type { System } from "@/lib/model/system";

export type PanelMeasure = "throughput" | "latency" | "backlog";

/** In and out of a system; the gap between due (what out has to keep up with) and out is the backlog growing. */
export const THROUGHPUT_BANDS: readonly ChartBand[] = [{ upper: 2, lower: 1 }];

/** The lines of one panel out of the overview's series. */
export function panelSeries(series: SeriesBlock | null, system: System, measure: PanelMeasure): ChartSeries {
  const line = (label: SeriesMeasure, look: Partial<ChartLine> = {}): ChartLine => ({
    label,
    values: series?.columns[`${system}.${label}`] ?? [],
    stroke: system,
    ...look,
  });
  const t = series?.t ?? [];
  switch (measure) {
    case "throughput":
      return { t, lines: [line("in"), line("out", { dash: true }), line("due", { quiet: true })] };
    case "latency":
      return { t, lines: [line("latency", { fill: true })] };
    case "backlog":
      return { t, lines: [line("backlog", { fill: true })] };
  }
}
