/**
 * - `NOT_A_RECORDING` another file altogether · `UNKNOWN_VERSION` made by a newer Streamside
 * - `UNKNOWN_ENTRY` the same, inside · `DAMAGED` not what was written
 * - `NOTHING_THEN` nothing was recorded at the moment that is asked for, nor before it
 */
export type JournalErrorCode =
  | "NOT_A_RECORDING"
  | "UNKNOWN_VERSION"
  | "UNKNOWN_ENTRY"
  | "DAMAGED"
  | "NOTHING_THEN";

/** What is wrong with a recording that is read. */
export class JournalError extends Error {
  override readonly name = "JournalError";
  constructor(
    readonly code: JournalErrorCode,
    /** What is wrong, for a person. */
    message: string,
  ) {
    super(message);
  }
}
