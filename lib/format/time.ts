/** Durations, ages and clock times as short text. What is no duration is "—". */
import type { Drain } from "../model/status.ts";
import { exactCount, UNKNOWN } from "./number.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** 0.9 ms · 312 ms · 38.2 s · 3 m 12 s · 2 h 05 m · 6 d 23 h: two parts at most. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return UNKNOWN;
  if (ms === 0) return "0 ms";
  if (ms < 0.05) return "< 0.1 ms";
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / SECOND).toFixed(1)} s`;
  const seconds = Math.round(ms / SECOND);
  if (seconds * SECOND < HOUR) return pair(seconds, 60, "m", "s");
  const minutes = Math.floor(seconds / 60);
  if (minutes * MINUTE < DAY) return pair(minutes, 60, "h", "m");
  const days = Math.floor(minutes / (24 * 60));
  if (days < 100) return pair(Math.floor(minutes / 60), 24, "d", "h");
  return days > 9999 ? "> 9,999 d" : `${exactCount(days)} d`;
}

/** How often: 250 ms · 1 s · 2.5 s · 1 m 00 s. A setting, so no decimals it does not have. */
export function formatInterval(ms: number): string {
  if (!Number.isFinite(ms) || ms < SECOND || ms >= MINUTE) return formatDuration(ms);
  return `${Math.round(ms / 100) / 10} s`;
}

/** How long until: whole seconds, so that a countdown steps by one. What is due is "now". */
export function formatCountdown(ms: number): string {
  if (!Number.isFinite(ms)) return UNKNOWN;
  return ms <= 0 ? "now" : `in ${coarse(Math.ceil(ms / SECOND) * SECOND)}`;
}

/** How long ago: 0.4 s · 12 s · 3 m · 2 h · 6 d. A negative age is two clocks disagreeing and reads as none. */
export function formatAge(ms: number): string {
  if (!Number.isFinite(ms)) return UNKNOWN;
  const age = Math.max(0, ms);
  return age < 9950 ? `${(age / SECOND).toFixed(1)} s` : coarse(age);
}

/** < 1 s · 12 s · 2 m – 3 m · steady · no end; "—" when there is nothing to drain and when nobody knows. */
export function formatDrain(drain: Drain): string {
  switch (drain.kind) {
    case "in": {
      const [soonest, latest] = [coarseDrain(drain.seconds), coarseDrain(drain.most)];
      return soonest === latest ? soonest : `${soonest} – ${latest}`;
    }
    case "steady":
      return "steady";
    case "never":
      return "no end";
    case "none":
    case "unknown":
      return UNKNOWN;
  }
}

function coarseDrain(seconds: number): string {
  const ms = seconds * SECOND;
  if (!Number.isFinite(ms) || ms < 0) return UNKNOWN;
  return ms < SECOND ? "< 1 s" : coarse(ms);
}

/** 02:13:40 in the time zone of whoever reads it. */
export function formatClock(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return UNKNOWN;
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(":");
}

/** 2026-11-21 02:13:40.123 in the time zone of whoever reads it: for a moment that may be long ago. */
export function formatTimestamp(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return UNKNOWN;
  const day = [date.getFullYear(), twoDigits(date.getMonth() + 1), twoDigits(date.getDate())].join("-");
  return `${day} ${formatClock(ms)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** 02:13:40, with the day where that is half a day ago or more. */
export function formatMoment(ms: number, now: number): string {
  return Math.abs(now - ms) < DAY / 2 ? formatClock(ms) : formatTimestamp(ms).replace(/\.\d+$/, "");
}

/** A whole span in its largest unit: 10 s, 2 m, 1 h, 7 d. */
export function formatSpan(ms: number): string {
  const [unit, name] = (
    [
      [DAY, "d"],
      [HOUR, "h"],
      [MINUTE, "m"],
      [SECOND, "s"],
    ] as const
  ).find(([each]) => ms % each === 0) ?? [1, "ms"];
  return `${exactCount(ms / unit)} ${name}`;
}

/** A moment on an axis of this span: 02:13:40, with the day where there are several, without the clock where there are many. */
export function formatOnAxis(ms: number, spanMs: number): string {
  if (spanMs < DAY / 2) return formatClock(ms);
  const date = new Date(ms);
  const day = date.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  return spanMs > 14 * DAY ? day : `${day} ${formatClock(ms).slice(0, 5)}`;
}

function coarse(ms: number): string {
  const seconds = Math.round(ms / SECOND);
  if (seconds < 60) return `${seconds} s`;
  if (seconds * SECOND < HOUR) return `${Math.floor(seconds / 60)} m`;
  if (seconds * SECOND < DAY) return `${Math.floor(seconds / 3600)} h`;
  const days = Math.floor((seconds * SECOND) / DAY);
  return days > 9999 ? "> 9,999 d" : `${exactCount(days)} d`;
}

function pair(small: number, base: number, bigUnit: string, smallUnit: string): string {
  return `${Math.floor(small / base)} ${bigUnit} ${twoDigits(small % base)} ${smallUnit}`;
}

function twoDigits(n: number): string {
  return String(n).padStart(2, "0");
}
