import { formatSpan } from "@/lib/format";
import { longSeriesHref } from "@/lib/live";
import type { ChartSeriesShown } from "./use-chart-series";

/** What a point of a long chart stands for, and where its numbers are to be had; nothing where charts show samples. */
export function ResolutionNote({ shown: { stepMs, problem, asked } }: { shown: ChartSeriesShown }) {
  if (stepMs === null || asked === null) return null;
  if (problem !== null) return <p className="text-warn text-xs">{problem}</p>;
  return (
    <p className="text-dim text-xs">
      {`A point is ${formatSpan(stepMs)}: the mean of rates, the largest latency and backlog. Save as `}
      <a className="underline" href={longSeriesHref(asked, "csv")} download>
        CSV
      </a>
      {" or "}
      <a className="underline" href={longSeriesHref(asked, "parquet")} download>
        Parquet
      </a>
    </p>
  );
}
