import type { EpochMs } from "./reading.ts";

/**
 * A sentence for people. It may hold instants, each of which is shown as how long it has been since: such a sentence
 * stays the same while nothing happens, and is right whenever it is read.
 */
export type Sentence = string;

/** No name and no text has this character: it is for private use. */
const MARK = "\u{F0000}";
const INSTANTS = new RegExp(`${MARK}(-?\\d+)${MARK}`, "gu");

/** An instant, to be put into a sentence. */
export function sinceThen(at: EpochMs): string {
  return `${MARK}${Math.round(at)}${MARK}`;
}

/** Whether it says something else as time goes by. */
export function hasInstants(sentence: Sentence): boolean {
  return sentence.includes(MARK);
}

/** The sentence as it reads at an instant. */
export function sentenceAt(sentence: Sentence, now: EpochMs, elapsed: (ms: number) => string): string {
  return hasInstants(sentence)
    ? sentence.replace(INSTANTS, (_mark, at: string) => elapsed(Math.max(0, now - Number(at))))
    : sentence;
}
