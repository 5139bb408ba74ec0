import type { EpochMs } from "../model/reading.ts";
import { type Sentence, sentenceAt } from "../model/sentence.ts";
import { formatDuration } from "./time.ts";

/** A sentence as it reads now: what it says of how long something has been goes by whole seconds. */
export function sentenceText(sentence: Sentence, now: EpochMs): string {
  return sentenceAt(sentence, now, wholeSeconds);
}

/** 1 s · 12 s · 2 m 12 s: never less than a second. */
export function wholeSeconds(ms: number): string {
  return formatDuration(Math.max(1_000, Math.round(ms / 1_000) * 1_000)).replace(".0 s", " s");
}
