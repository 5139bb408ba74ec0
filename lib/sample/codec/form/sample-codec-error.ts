/**
 * - `NOT_A_SAMPLE` other bytes altogether · `UNKNOWN_VERSION` a newer form than this build reads · `CUT` the end is missing
 * - `CORRUPT` not what was written · `WRONG_PREVIOUS` coded against another sample than the one it is decoded against
 * - `NOT_PLAIN` something that is no plain data was to be written · `TOO_LARGE` more than may be read at once
 */
export type SampleCodecErrorCode =
  | "NOT_A_SAMPLE"
  | "UNKNOWN_VERSION"
  | "CUT"
  | "CORRUPT"
  | "WRONG_PREVIOUS"
  | "NOT_PLAIN"
  | "TOO_LARGE";

/** The only thing that `encode` and `decode` throw. */
export class SampleCodecError extends Error {
  override readonly name = "SampleCodecError";
  constructor(
    readonly code: SampleCodecErrorCode,
    /** What is wrong, and what to do about it where something can be done. */
    message: string,
  ) {
    super(message);
  }
}

/** The checksum was right and the content is not: made by something else than `encode`. */
export function corrupt(what: string): SampleCodecError {
  return new SampleCodecError("CORRUPT", `The encoded sample is damaged: ${what}.`);
}
