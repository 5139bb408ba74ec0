"use client";
import { cx } from "@/components/ui/cx";
import { useKept } from "./use-kept";
import { TIME_WINDOWS, useTimeWindow } from "./use-time-window";

const NAMES: Readonly<Record<string, string>> = {
  ...{ "5m": "5 minutes", "15m": "15 minutes", "1h": "1 hour", "6h": "6 hours" },
  ...{ "24h": "24 hours", "7d": "7 days" },
};
/** What the browser itself holds. */
const WITHOUT_HISTORY = 2;

/** How much time charts span. Where there is no room for all, a list. */
export function WindowControl() {
  const { window, setWindow } = useTimeWindow();
  const isKept = useKept()?.isOn === true;
  const options: readonly string[] = isKept ? TIME_WINDOWS : TIME_WINDOWS.slice(0, WITHOUT_HISTORY);
  return (
    <>
      <fieldset className="flex h-7.5 items-stretch overflow-hidden rounded-md border border-line max-xl:hidden">
        <legend className="sr-only">Time window of the charts</legend>
        {options.map((option) => (
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
      <select
        aria-label="Time window of the charts"
        value={window}
        onChange={(event) => setWindow(event.target.value)}
        className="h-7.5 rounded-md border border-line bg-panel px-1.5 text-dim xl:hidden"
      >
        {[...new Set([...options, window])].map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    </>
  );
}
