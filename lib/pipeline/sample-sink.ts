import type { SourceEvent, SourceFailure } from "../model/source.ts";
import type { Status } from "../model/status.ts";
import type { FailureNews } from "../sample/collector-error.ts";
import type { OutageSum } from "./events/outage-events.ts";
import type { Sampled } from "./sampled.ts";

/** What comes after the pipeline of a source: it is handed each sample with what was derived from it, and what failed. */
export interface SampleSink {
  /** A sample of everything, and what happened since the one before. */
  take(sampled: Sampled, news: SampleNews): void;
  /**
   * A sample of what someone looks at, between two of everything.
   *
   * @param consumers the rows it is of
   * @param news those of them of which it tells what was not told before
   */
  takeFocus(sampled: Sampled, consumers: readonly number[], news: readonly number[]): void;
  /** No sample. */
  takeFailure(failed: FailedSample): void;
  /** A turn that passed without one. */
  takeSkip(): void;
  /** What somebody did, between samples, and the newest sample as it is seen since. */
  takeNote(sampled: Sampled, events: readonly SourceEvent[]): void;
}

export interface SampleNews {
  readonly events: readonly SourceEvent[];
  /** How many consumers changed to each status, also where that is no event. */
  readonly statusChanges: ReadonlyMap<Status, number>;
  readonly outages: OutageSum;
}

export interface FailedSample {
  readonly failure: SourceFailure;
  /** What it learned all the same. */
  readonly news: FailureNews | undefined;
  readonly events: readonly SourceEvent[];
  readonly outages: OutageSum;
}
