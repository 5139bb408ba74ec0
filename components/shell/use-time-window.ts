"use client";
import { parseAsStringLiteral, useQueryState } from "nuqs";

export const TIME_WINDOWS = ["5m", "15m"] as const;
export type TimeWindow = (typeof TIME_WINDOWS)[number];

export const DEFAULT_TIME_WINDOW: TimeWindow = "15m";
const MINUTES: Readonly<Record<TimeWindow, number>> = { "5m": 5, "15m": 15 };

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
