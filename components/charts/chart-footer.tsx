import { cx } from "@/components/ui/cx";
import { formatClock } from "@/lib/format";
import { useAt } from "@/lib/live";
import type { ChartLine, TimeRange } from "./chart-data";
import { timeTicks } from "./chart-scale";

const LINE = "relative h-4 overflow-hidden whitespace-nowrap font-mono text-2xs text-faint";

/** The time axis in words: minutes ago while the page is live, clock times otherwise; inner labels only where there is room. */
export function TimeAxis({ range: [from, to] }: { range: TimeRange }) {
  const ticks = timeTicks(to - from);
  const minutes = (to - from) / 60_000;
  const isLive = useAt() === null;
  const text = (ago: number) => {
    if (!isLive) return formatClock(to - ago * 60_000);
    return ago === 0 ? "now" : `−${ago} m`;
  };
  return (
    <div className={LINE} aria-hidden="true">
      {ticks.map((ago, i) => (
        <span
          key={ago}
          className={cx(
            "absolute",
            i === 0 && "left-0",
            i === ticks.length - 1 && "right-0",
            i > 0 && i < ticks.length - 1 && "@max-2xs:hidden -translate-x-1/2",
          )}
          style={i > 0 && i < ticks.length - 1 ? { left: `${(1 - ago / minutes) * 100}%` } : undefined}
        >
          {text(ago)}
        </span>
      ))}
    </div>
  );
}

/** The values under the cursor, in place of the time axis: nothing moves. */
export function CursorLegend({
  at,
  lines,
  values,
  format,
}: {
  at: number;
  lines: readonly Pick<ChartLine, "label">[];
  values: readonly (number | null)[];
  format: (value: number) => string;
}) {
  return (
    <div className={cx(LINE, "flex gap-x-2.5 text-ink")} aria-hidden="true">
      <span className="@max-3xs:hidden text-faint">{formatClock(at)}</span>
      {lines.map((line, i) => (
        <span key={line.label}>
          {lines.length > 1 && <span className="text-dim">{line.label} </span>}
          {values[i] === null || values[i] === undefined ? "—" : format(values[i])}
        </span>
      ))}
    </div>
  );
}
