import type { ChartBand, ChartColor, ChartSeries } from "@/components/charts";
import type { SeriesBlock, SeriesMeasure } from "@/lib/model/live";

/** The gap between in and out is the backlog growing. Indices into the throughput lines. */
export const IN_OVER_OUT: readonly ChartBand[] = [{ upper: 0, lower: 1 }];

/** The lines of the three charts of one consumer. */
export function consumerLines(
  series: SeriesBlock | null,
  stroke: ChartColor,
): Record<"throughput" | "latency" | "backlog", ChartSeries> {
  const t = series?.t ?? [];
  const column = (measure: SeriesMeasure) => series?.columns[measure] ?? [];
  return {
    throughput: {
      t,
      lines: [
        { label: "in", values: column("in"), stroke },
        { label: "out", values: column("out"), stroke, dash: true },
      ],
    },
    latency: { t, lines: [{ label: "latency", values: column("latency"), stroke, fill: true }] },
    backlog: { t, lines: [{ label: "backlog", values: column("backlog"), stroke, fill: true }] },
  };
}
