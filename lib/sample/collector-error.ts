import type { SourceSignal } from "../model/signal.ts";
import type { FailureCode, SourceEvent, SourceFact } from "../model/source.ts";

/** What was learned in a sample that failed (a GOAWAY, a last NOT_SERVING): told, not dropped. */
export interface FailureNews {
  readonly events: readonly SourceEvent[];
  readonly signals: readonly SourceSignal[];
  /** In the place of those of the last sample, which no longer hold; absent: nothing is known. */
  readonly facts?: readonly SourceFact[];
}

/** Thrown by `sample` when nothing at all could be had. */
export class CollectorError extends Error {
  override readonly name = "CollectorError";
  /** What the failed sample learned all the same. */
  news?: FailureNews;
  constructor(
    readonly code: FailureCode,
    /** What happened, and where. */
    message: string,
    /** What to do about it. */
    readonly hint: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** What a sample rejects with that was aborted: the reason, where that says what happened, and where. */
export function cancelledSample(reason: unknown): CollectorError {
  if (reason instanceof CollectorError) return reason;
  return new CollectorError("TIMEOUT", "The sample was cancelled before it was complete.", "Sample again.", {
    cause: reason,
  });
}
