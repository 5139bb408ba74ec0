import type { Reading } from "../model/reading.ts";
import { UNKNOWN } from "./number.ts";

export interface ReadingParts {
  /** What the value may claim: nothing for measured, "est." for interpolated, "≥" and "≤" for bounds. */
  readonly prefix: "" | "est." | "≥" | "≤";
  readonly text: string;
}

/** A reading as text, its provenance apart so that it can be set smaller. Unknown is "—", never 0. */
export function readingParts(reading: Reading, format: (value: number) => string): ReadingParts {
  switch (reading.provenance) {
    case "unknown":
      return { prefix: "", text: UNKNOWN };
    case "measured":
      return { prefix: "", text: format(reading.value) };
    case "interpolated":
      return { prefix: "est.", text: format(reading.value) };
    case "atMost":
      return { prefix: "≤", text: format(reading.value) };
    case "atLeast":
      return { prefix: "≥", text: format(reading.value) };
  }
}
