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
              <td>{countText(columns)}</td>
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

/** How many there are of a minute, and of what part of it they are where that is not all. */
function countText(columns: readonly LatencyColumn[]): string {
  const known = columns.filter(({ counts }) => counts !== null);
  if (known.length === 0) return "not sampled";
  const count = exactCount(known.reduce((sum, column) => sum + countIn(column), 0));
  if (known.length < columns.length) return `${count}, not sampled all of the time`;
  const since = known[0]!.since;
  return since === null ? count : `${count} since ${formatClock(since)}`;
}

function minutes(slots: readonly (LatencyColumn | null)[]): LatencyColumn[][] {
  const found = new Map<number, LatencyColumn[]>();
  for (const column of new Set(slots)) {
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
