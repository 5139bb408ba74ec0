import { memo } from "react";
import { formatClock } from "@/lib/format";
import { type ChartSeries, type TimeRange, tableRows } from "./chart-data";

const STEP_MS = 60_000;

interface ChartTableProps {
  label: string;
  series: ChartSeries;
  range: TimeRange;
  format: (value: number) => string;
}

/** What the canvas shows, for those who cannot see it: one row a minute, renewed once a minute. */
export const ChartTable = memo(function ChartTable({ label, series, range, format }: ChartTableProps) {
  return (
    <div className="sr-only">
      <table>
        <caption>{label}, a row a minute</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {series.lines.map((line) => (
              <th key={line.label} scope="col">
                {line.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tableRows(series, range, STEP_MS).map((row) => (
            <tr key={row.at}>
              <th scope="row">{formatClock(row.at)}</th>
              {series.lines.map((line, i) => (
                <td key={line.label}>{row.values[i] == null ? "not known" : format(row.values[i])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}, isSameMinute);

function isSameMinute(a: ChartTableProps, b: ChartTableProps): boolean {
  const minute = ({ range }: ChartTableProps) => Math.floor(range[1] / STEP_MS);
  const span = ({ range }: ChartTableProps) => range[1] - range[0];
  const isEmpty = ({ series }: ChartTableProps) => series.t.length === 0;
  return (
    a.label === b.label &&
    minute(a) === minute(b) &&
    Math.abs(span(a) - span(b)) < STEP_MS &&
    isEmpty(a) === isEmpty(b) &&
    a.series.lines.length === b.series.lines.length
  );
}
