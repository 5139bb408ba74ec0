"use client";
import { useState } from "react";
import { cx } from "@/components/ui/cx";
import { formatMoment } from "@/lib/format";
import type { Mark } from "@/lib/live";
import type { EpochMs } from "@/lib/model/reading";
import type { Severity } from "@/lib/model/status";
import { markText, useMarks } from "./use-marks";

const MINUTE_MS = 60_000;
const SPANS = [
  { name: "15 m", ms: 15 * MINUTE_MS },
  { name: "1 h", ms: 60 * MINUTE_MS },
  { name: "6 h", ms: 360 * MINUTE_MS },
  { name: "24 h", ms: 1_440 * MINUTE_MS },
  { name: "7 d", ms: 10_080 * MINUTE_MS },
] as const;

const COLORS: Readonly<Record<Severity, string>> = {
  critical: "bg-crit",
  warning: "bg-warn",
  unknown: "bg-dim",
  good: "bg-good",
};

interface ScrubberProps {
  readonly at: EpochMs;
  readonly now: EpochMs;
  /** Whether what is shown last is what is live. */
  readonly isOpenEnded: boolean;
  /** The first moment there is; null: not known. */
  readonly keptFrom: EpochMs | null;
  readonly onGo: (at: EpochMs) => void;
}

/** A stretch of time with what happened in it, to be moved through. */
export function Scrubber({ at, now, isOpenEnded, keptFrom, onGo }: ScrubberProps) {
  const [spanMs, setSpanMs] = useState<number>(SPANS[1].ms);
  const [from, to] = useStretch(at, now, spanMs, keptFrom);
  const marks = useMarks([from, to]);
  const before = marks.findLast((mark) => mark.at < at - 500);
  const after = marks.find((mark) => mark.at > at + 500);
  const place = (time: EpochMs) => `${(100 * (time - from)) / (to - from)}%`;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 pt-1.5">
      <Jump mark={before} name="Change before" onGo={onGo} text="⟨ change" />
      <div className="relative min-w-60 flex-1 max-md:order-first max-md:basis-full">
        <div aria-hidden="true" className="relative h-4">
          {marks.map((mark) => (
            <span
              key={mark.at}
              className={cx(
                "absolute bottom-0 w-0.5 -translate-x-1/2",
                mark.severity === null ? "h-2 bg-line" : cx("h-4", COLORS[mark.severity]),
              )}
              style={{ left: place(mark.at) }}
              title={`${formatMoment(mark.at, now)} ${markText(mark)}`}
            />
          ))}
        </div>
        <input
          type="range"
          aria-label="Moment"
          aria-valuetext={formatMoment(at, now)}
          min={from}
          max={to}
          step={1_000}
          value={at}
          onChange={(event) => onGo(Number(event.target.value))}
          className="block w-full accent-warn"
        />
        <div aria-hidden="true" className="flex justify-between font-mono text-2xs text-faint">
          <span>{formatMoment(from, now)}</span>
          <span>{isOpenEnded && now - to < 2_000 ? "now" : formatMoment(to, now)}</span>
        </div>
      </div>
      <Jump mark={after} name="Change after" onGo={onGo} text="change ⟩" />
      <select
        aria-label="Stretch of time"
        value={spanMs}
        onChange={(event) => setSpanMs(Number(event.target.value))}
        className="h-7.5 rounded-md border border-line bg-panel px-1.5 text-dim"
      >
        {SPANS.map(({ name, ms }) => (
          <option key={ms} value={ms}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

function Jump(props: { mark: Mark | undefined; name: string; text: string; onGo: (at: EpochMs) => void }) {
  const { mark } = props;
  return (
    <button
      type="button"
      disabled={mark === undefined}
      aria-label={props.name}
      title={mark && markText(mark)}
      onClick={() => mark && props.onGo(mark.at)}
      className="h-7.5 whitespace-nowrap rounded-md border border-line px-2 text-dim text-xs hover:bg-hover hover:text-ink disabled:opacity-40"
    >
      {props.text}
    </button>
  );
}

/** Stays where it is while one moves within it; else it is put around the moment anew. */
function useStretch(at: EpochMs, now: EpochMs, spanMs: number, keptFrom: EpochMs | null): [EpochMs, EpochMs] {
  const [stretch, setStretch] = useState<{ from: EpochMs; to: EpochMs; spanMs: number } | null>(null);
  const least = keptFrom ?? Number.NEGATIVE_INFINITY;
  const isGood =
    stretch !== null &&
    stretch.spanMs === spanMs &&
    at >= stretch.from &&
    at <= stretch.to &&
    stretch.from >= Math.min(least, at);
  if (isGood) return [stretch.from, stretch.to];
  const to = Math.max(at + 1_000, Math.min(now, at + spanMs / 2));
  const from = Math.min(at - 1_000, Math.max(least, to - spanMs));
  const made = { from: Math.floor(from), to: Math.ceil(to), spanMs };
  // While it renders: nothing is shown of a stretch that the moment is outside of.
  setStretch(made);
  return [made.from, made.to];
}
