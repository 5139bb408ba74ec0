import type { EpochMs } from "./reading.ts";

/** The largest number that `Date` takes for an instant. */
const MOST_MS = 8.64e15;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** Whether a value is an instant, ms since 1970. */
export function isInstant(value: unknown): value is EpochMs {
  return typeof value === "number" && Number.isFinite(value) && Math.abs(value) <= MOST_MS;
}

/** An instant from an address: ISO 8601 with its zone, or ms since 1970. Null: it is none. */
export function readInstant(text: string): EpochMs | null {
  const ms = /^\d{1,16}$/.test(text) ? Number(text) : ISO.test(text) ? Date.parse(text) : Number.NaN;
  return isInstant(ms) ? ms : null;
}

/** The same, for an address: in UTC, to the millisecond. */
export function writeInstant(at: EpochMs): string {
  return new Date(at).toISOString();
}
