import { memo } from "react";
import { exactCount, formatClock, formatDuration } from "@/lib/format";
import type { LatencyColumn } from "@/lib/model/call";
import { countIn } from "./heat-scale";

const STEP_MS = 60_000;
const PERCENTILES = ["p50", "p90", "p99", "max"] as const;

/** What the map shows, for those who cannot see it: one row a minute, with the highest of its columns. */
export const HeatTable = memo(function HeatTable({
  label,
  unit,
  slots,
}: {
  label: string;
  unit: string;
  slots: readonly (LatencyColumn | null)[];
}) {
  return (
    <div className="sr-only">
      <table>
        <caption>{label}, a row a minute: how many, and the highest of its columns</caption>
        <thead>
          <tr>
            <th scope="col">Until</th>
            <th scope="col">{unit}</th>
            {PERCENTILES.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {minutes(slots).map((columns) => (
            <tr key={columns[0]!.t}>
              <th scope="row">{formatClock(columns.at(-1)!.t)}</th>
              <td>
                {columns.some(({ counts }) => counts !== null)
                  ? exactCount(columns.reduce((sum, column) => sum + countIn(column), 0))
                  : "not sampled"}
              </td>
              {PERCENTILES.map((name) => (
                <td key={name}>{highest(columns, name)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
});

function minutes(slots: readonly (LatencyColumn | null)[]): LatencyColumn[][] {
  const found = new Map<number, LatencyColumn[]>();
  for (const column of slots) {
    if (!column) continue;
    const minute = Math.ceil(column.t / STEP_MS);
    const known = found.get(minute);
    if (known) known.push(column);
    else found.set(minute, [column]);
  }
  return [...found.values()];
}

function highest(columns: readonly LatencyColumn[], name: (typeof PERCENTILES)[number]): string {
  const known = columns.flatMap((column) => column[name] ?? []);
  return known.length === 0 ? "not known" : formatDuration(Math.max(...known));
}
