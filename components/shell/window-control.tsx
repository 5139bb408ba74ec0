"use client";
import { cx } from "@/components/ui/cx";
import { TIME_WINDOWS, useTimeWindow } from "./use-time-window";

const NAMES = { "5m": "5 minutes", "15m": "15 minutes" };

export function WindowControl() {
  const { window, setWindow } = useTimeWindow();
  return (
    <fieldset className="flex h-7.5 items-stretch overflow-hidden rounded-md border border-line">
      <legend className="sr-only">Time window of the charts</legend>
      {TIME_WINDOWS.map((option) => (
        <button
          key={option}
          type="button"
          aria-pressed={option === window}
          aria-label={NAMES[option]}
          onClick={() => setWindow(option)}
          className={cx(
            "px-2.5 not-first-of-type:border-line not-first-of-type:border-l focus-visible:-outline-offset-2",
            option === window ? "bg-hover font-medium text-ink" : "text-dim hover:text-ink",
          )}
        >
          {option}
        </button>
      ))}
    </fieldset>
  );
}
