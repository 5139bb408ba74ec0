"use client";
import { DEFAULT_TIME_WINDOW, useTimeWindow } from "@/components/shell/use-time-window";

/** What to add to a link so that the time window goes along: nothing, or `?window=5m`. */
export function useWindowQuery(): string {
  const { window } = useTimeWindow();
  return window === DEFAULT_TIME_WINDOW ? "" : `?window=${window}`;
}

export function consumerHref(id: string, windowQuery: string): string {
  return `/consumers/${encodeURIComponent(id)}${windowQuery}`;
}
