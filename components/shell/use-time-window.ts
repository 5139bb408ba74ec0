"use client";
import { parseAsStringLiteral, useQueryState } from "nuqs";

export const TIME_WINDOWS = ["5m", "15m"] as const;
export type TimeWindow = (typeof TIME_WINDOWS)[number];

const DEFAULT_TIME_WINDOW: TimeWindow = "15m";
const MINUTES: Readonly<Record<TimeWindow, number>> = { "5m": 5, "15m": 15 };

/** The address of a page with the time window added, where it is not the usual one. */
export function withWindow(href: string, window: TimeWindow): string {
  if (window === DEFAULT_TIME_WINDOW) return href;
  const [page = "", anchor] = href.split("#", 2);
  const joint = page.includes("?") ? "&" : "?";
  return `${page}${joint}window=${window}${anchor === undefined ? "" : `#${anchor}`}`;
}

/** The span of every chart, from the address (`?window=5m`). */
export function useTimeWindow(): {
  window: TimeWindow;
  windowMs: number;
  setWindow: (window: TimeWindow) => void;
} {
  const [window, setWindow] = useQueryState(
    "window",
    parseAsStringLiteral(TIME_WINDOWS).withDefault(DEFAULT_TIME_WINDOW),
  );
  return { window, windowMs: MINUTES[window] * 60_000, setWindow: (next) => void setWindow(next) };
}
