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

/**
 * What the canvas shows, for those who cannot see it: one row a minute, renewed once a minute, and when a line becomes
 * known: one that began a second ago is not to be "not known" for the rest of the minute.
 */
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
  const knownLines = ({ series }: ChartTableProps) =>
    series.lines.map(({ values }) => values.some((value) => value !== null)).join();
  return (
    a.label === b.label &&
    minute(a) === minute(b) &&
    Math.abs(span(a) - span(b)) < STEP_MS &&
    knownLines(a) === knownLines(b)
  );
}
