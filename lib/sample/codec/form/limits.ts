/**
 * What decoding may take, so that a few wrong bytes cannot ask for gigabytes: a run of equal rows is a few bytes however
 * long it is. `encode` counts the same, and refuses to write what could not be read.
 */
import { SampleCodecError } from "./sample-codec-error.ts";

/** Rows of one column. */
export const MOST_ROWS = 2 ** 21;
/** Objects, lists and maps within each other. */
export const DEEPEST = 64;
/** What a list element or an object field is counted as, in bytes. */
export const PLACE_BYTES = 8;

const BASE_BYTES = 32 * 2 ** 20;
/** Larger clusters have longer samples. */
const BYTES_A_BYTE = 256;

/**
 * Bytes that a message of `length` bytes may become. Columns of the sample before may be made anew twice: with rows moved
 * to their new places, and with new values.
 */
export function allowedBytes(length: number, previousColumnBytes: number): number {
  return BASE_BYTES + BYTES_A_BYTE * length + 2 * previousColumnBytes;
}

export function tooLarge(what: string): SampleCodecError {
  return new SampleCodecError("TOO_LARGE", `The sample is too large to be kept or read: ${what}.`);
}
