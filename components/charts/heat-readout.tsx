import { exactCount, formatClock, formatDuration, UNKNOWN } from "@/lib/format";
import type { LatencyColumn } from "@/lib/model/call";
import { countIn } from "./heat-scale";

const PERCENTILES = ["p50", "p90", "p99", "max"] as const;

/** The column under the cursor, in place of the time axis: nothing moves. */
export function HeatReadout({ t, column, unit }: { t: number; column: LatencyColumn | null; unit: string }) {
  return (
    <div
      className="flex h-4 gap-x-2.5 overflow-hidden whitespace-nowrap font-mono text-2xs text-ink"
      aria-hidden="true"
    >
      <span className="@max-3xs:hidden text-faint">{formatClock(t)}</span>
      {column?.counts ? (
        <>
          <span className="@max-md:hidden">
            {exactCount(countIn(column))} <span className="text-dim">{unit}</span>
            {column.since !== null && <span className="text-dim"> since {formatClock(column.since)}</span>}
          </span>
          {PERCENTILES.map((name) => (
            <span key={name} className={name === "p90" ? "@max-2xs:hidden" : undefined}>
              <span className="text-dim">{name} </span>
              {column[name] === null ? UNKNOWN : formatDuration(column[name])}
            </span>
          ))}
        </>
      ) : (
        <span className="text-dim">not sampled</span>
      )}
    </div>
  );
}
