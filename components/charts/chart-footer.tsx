import { cx } from "@/components/ui/cx";
import { formatOnAxis } from "@/lib/format";
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
    if (!isLive) return formatOnAxis(to - ago * 60_000, to - from);
    return ago === 0 ? "now" : `−${agoText(ago)}`;
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

function agoText(minutes: number): string {
  if (minutes < 120) return `${roundTenth(minutes)} m`;
  const hours = minutes / 60;
  return hours <= 48 ? `${roundTenth(hours)} h` : `${roundTenth(hours / 24)} d`;
}

function roundTenth(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The values under the cursor, in place of the time axis: nothing moves. */
export function CursorLegend({
  at,
  spanMs,
  lines,
  values,
  format,
}: {
  at: number;
  /** Of the whole axis. */
  spanMs: number;
  lines: readonly Pick<ChartLine, "label">[];
  values: readonly (number | null)[];
  format: (value: number) => string;
}) {
  return (
    <div className={cx(LINE, "flex gap-x-2.5 text-ink")} aria-hidden="true">
      <span className="@max-3xs:hidden text-faint">{formatOnAxis(at, spanMs)}</span>
      {lines.map((line, i) => (
        <span key={line.label}>
          {lines.length > 1 && <span className="text-dim">{line.label} </span>}
          {values[i] === null || values[i] === undefined ? "—" : format(values[i])}
        </span>
      ))}
    </div>
  );
}
