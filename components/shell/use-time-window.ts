"use client";
import { createParser, useQueryState } from "nuqs";
import { writeInstant } from "@/lib/model/instant";
import { WINDOW_MS } from "@/lib/model/live";
import type { EpochMs } from "@/lib/model/reading";

/** What can be chosen; a part of a chart that was dragged over is any other. Those over 15 minutes are of what is kept. */
export const TIME_WINDOWS = ["5m", "15m", "1h", "6h", "24h", "7d"] as const;

const DEFAULT_WINDOW = "15m";
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const LEAST_MS = 5_000;
const MOST_MS = 366 * UNIT_MS.d;

const WINDOW = createParser({
  parse: (text) => (windowMs(text) === null ? null : text),
  serialize: (text: string) => text,
});

/** How long a window is, ms; null: it is none, or none that can be shown. */
function windowMs(text: string): number | null {
  const [, count, unit] = /^(\d{1,6})(s|m|h|d)$/.exec(text) ?? [];
  if (count === undefined) return null;
  const ms = Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return ms >= LEAST_MS && ms <= MOST_MS ? ms : null;
}

/** The window that shows so much, for the address. */
export function windowOf(ms: number): string {
  const shown = Math.round(Math.min(MOST_MS, Math.max(LEAST_MS, ms)) / 1_000) * 1_000;
  const usual = TIME_WINDOWS.find((window) => windowMs(window) === shown);
  if (usual !== undefined) return usual;
  const unit = (["d", "h", "m"] as const).find((each) => shown % UNIT_MS[each] === 0) ?? "s";
  return `${shown / UNIT_MS[unit]}${unit}`;
}

/** The address of a page with the time window and the moment added, where they are not the usual ones. */
export function withTime(href: string, window: string, at: EpochMs | null): string {
  const added = [
    ...(window === DEFAULT_WINDOW ? [] : [`window=${window}`]),
    ...(at === null ? [] : [`at=${writeInstant(at)}`]),
  ];
  if (added.length === 0) return href;
  const [page = "", anchor] = href.split("#", 2);
  const joint = page.includes("?") ? "&" : "?";
  return `${page}${joint}${added.join("&")}${anchor === undefined ? "" : `#${anchor}`}`;
}

/** The span of every chart, from the address (`?window=5m`). */
export function useTimeWindow(): {
  window: string;
  windowMs: number;
  /** Whether that is more than the live pages hold: it is of what is kept. */
  isLong: boolean;
  setWindow: (window: string) => void;
} {
  const [window, setWindow] = useQueryState("window", WINDOW.withDefault(DEFAULT_WINDOW));
  const ms = windowMs(window)!;
  return {
    window,
    windowMs: ms,
    isLong: ms > WINDOW_MS,
    setWindow: (next) => void setWindow(next),
  };
}
