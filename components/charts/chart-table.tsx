import { memo } from "react";
import { formatOnAxis, formatSpan } from "@/lib/format";
import { type ChartSeries, type TimeRange, tableRows } from "./chart-data";

const LEAST_STEP_MS = 60_000;
/** Nobody listens to more. */
const ROWS = 30;

function stepOf([from, to]: TimeRange): number {
  return Math.max(LEAST_STEP_MS, Math.ceil((to - from) / ROWS / LEAST_STEP_MS) * LEAST_STEP_MS);
}

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
  const stepMs = stepOf(range);
  return (
    <div className="sr-only">
      <table>
        <caption>{`${label}, ${stepMs === LEAST_STEP_MS ? "a row a minute" : `a row each ${formatSpan(stepMs)}`}`}</caption>
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
          {tableRows(series, range, stepMs).map((row) => (
            <tr key={row.at}>
              <th scope="row">{formatOnAxis(row.at, range[1] - range[0])}</th>
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
  const minute = ({ range }: ChartTableProps) => Math.floor(range[1] / stepOf(range));
  const span = ({ range }: ChartTableProps) => range[1] - range[0];
  const knownLines = ({ series }: ChartTableProps) =>
    series.lines.map(({ values }) => values.some((value) => value !== null)).join();
  return (
    a.label === b.label &&
    minute(a) === minute(b) &&
    Math.abs(span(a) - span(b)) < LEAST_STEP_MS &&
    knownLines(a) === knownLines(b)
  );
}
