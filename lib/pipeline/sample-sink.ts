import type { SourceEvent, SourceFailure } from "../model/source.ts";
import type { FailureNews } from "../sample/collector-error.ts";
import type { Sampled } from "./sampled.ts";

/** What comes after the pipeline of a source: it is handed each sample with what was derived from it, and what failed. */
export interface SampleSink {
  /** A sample of everything, and what happened since the one before. */
  take(sampled: Sampled, events: readonly SourceEvent[]): void;
  /** A sample of what someone looks at, between two of everything. `consumers`: the rows it is of. */
  takeFocus(sampled: Sampled, consumers: readonly number[]): void;
  /** No sample. `news`: what the one that failed learned all the same. */
  takeFailure(failure: SourceFailure, news: FailureNews | undefined, events: readonly SourceEvent[]): void;
  /** A turn that passed without one. */
  takeSkip(): void;
  /** What somebody did, between samples. */
  note(events: readonly SourceEvent[]): void;
}
