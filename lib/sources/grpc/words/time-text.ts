import type { EpochMs } from "../../../model/reading.ts";

/** `2026-11-30 01:02:03 UTC`: what stays true however long it is shown. */
export function utcText(at: EpochMs): string {
  // A date beyond what Date can hold would throw.
  if (!(Math.abs(at) <= 8.64e15)) return "an impossible time";
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
