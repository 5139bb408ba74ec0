import type { KeptHistory } from "@/lib/model/kept";

const DAY_MS = 86_400_000;

/** For how much of the past there is room at a pace, ms; null: the pace is not known. */
export function lastsMs(
  { maxBytes }: NonNullable<KeptHistory["limits"]>,
  bytesPerDay: number | null,
): number | null {
  return bytesPerDay === null || bytesPerDay <= 0 ? null : (maxBytes / bytesPerDay) * DAY_MS;
}
