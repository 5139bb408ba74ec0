/**
 * Counts, rates and bytes as short text. Three significant digits with fixed decimals, so a column of them does not
 * jitter. What is no number is "—", never "NaN"; zero is never "-0".
 */
import type { BacklogUnit } from "../model/system.ts";

export const UNKNOWN = "—";

const SI_UNITS = ["k", "M", "G", "T", "P", "E"] as const;
const BYTE_UNITS = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] as const;
const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** 312 · 8.41 k · 1.20 M. Counts are whole, so nothing under 1,000 has decimals. */
export function formatCount(n: number): string {
  return signed(n, (value) =>
    Math.round(value) < 1000 ? String(Math.round(value)) : short(value, 1000, SI_UNITS),
  );
}

/** 48,210: every digit, for titles and where the exact number matters. */
export function exactCount(n: number): string {
  return signed(n, (value) => grouped.format(Math.round(value)));
}

/** A number a second: 0 · < 0.1 · 4.2 · 312 · 8.41 k. Zero is "0", and nothing else is. */
export function formatRate(n: number): string {
  return signed(n, (value) => {
    if (value === 0) return "0";
    if (value < 0.05) return "< 0.1";
    return value < 99.95 ? value.toFixed(1) : formatCount(value);
  });
}

/** A rate with its unit: 8.41 k/s · 312 /s. */
export function formatPerSecond(n: number): string {
  const rate = formatRate(n);
  if (rate === UNKNOWN) return rate;
  return /\d$/.test(rate) ? `${rate} /s` : `${rate}/s`;
}

/** 312 B · 1.20 KiB · 15.2 MiB. */
export function formatBytes(n: number): string {
  return signed(n, (value) =>
    Math.round(value) < 1024 ? `${Math.round(value)} B` : short(value, 1024, BYTE_UNITS),
  );
}

/** A backlog in the unit it counts. */
export function formatBacklog(n: number, unit: BacklogUnit): string {
  return unit === "bytes" ? formatBytes(n) : formatCount(n);
}

/** A backlog with every digit and its unit, for hover. */
export function exactBacklog(n: number, unit: BacklogUnit): string {
  if (!Number.isFinite(n)) return UNKNOWN;
  const counted = exactCount(n);
  return `${counted} ${counted === "1" ? unit.slice(0, -1) : unit}`;
}

/** Scales by `base` until three digits are left; rounding that reaches the next unit takes it (999,999 is 1.00 M). */
function short(value: number, base: number, units: readonly string[]): string {
  let scaled = value / base;
  let unit = 0;
  while (Math.round(scaled) >= base && unit < units.length - 1) {
    scaled /= base;
    unit += 1;
  }
  if (Math.round(scaled) >= base) return `> ${base - 1} ${units[unit]}`;
  return `${scaled.toFixed(decimals(scaled))} ${units[unit]}`;
}

function decimals(scaled: number): number {
  if (scaled < 9.995) return 2;
  return scaled < 99.95 ? 1 : 0;
}

function signed(n: number, format: (value: number) => string): string {
  if (!Number.isFinite(n)) return UNKNOWN;
  const text = format(Math.abs(n));
  return n < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}
