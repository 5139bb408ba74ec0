/**
 * What a collector is.
 *
 * A collector only samples. It never schedules, stores or emits: one scheduler owns interval, timeout, overlap and
 * back-off. What fails in part is a value in the observation; `sample` rejects (with a `CollectorError`) only when
 * nothing at all could be had.
 */
import type { PeekedMessage } from "../model/source.ts";
import type { Sample } from "./sample.ts";

export interface Collector {
  /**
   * One sample of everything. Honours `signal`: rejects soon after it aborts. Is never called again before the
   * previous call has settled.
   */
  sample(signal: AbortSignal, scope?: Scope): Promise<Sample>;
  /**
   * A sample between two samples, of these consumers only: the layout of the last `sample`, and its columns with new
   * values in their rows. Null where there is nothing to tell: no sample yet, or none of them is known. Absent where a
   * sample of everything costs so little that a smaller one would save nothing.
   */
  sampleFocus?(consumerKeys: readonly string[], signal: AbortSignal): Promise<Sample | null>;
  /**
   * One message of a stream as it lies there, for a person who asks. Absent where the system cannot be asked for single
   * messages. Rejects with a `CollectorError` where there is none (any more) or it may not be read.
   */
  peek?(streamKey: string, sequence: number, signal: AbortSignal): Promise<PeekedMessage>;
  /** Closes every connection and timer. Safe to call twice, and while a sample is under way. */
  close(): Promise<void>;
}

/** What whoever asks for a sample would like to know besides. */
export interface Scope {
  /** Consumers that someone looks at, by key: what is sampled less often than every time is sampled for them now. */
  readonly focus: readonly string[];
  /**
   * Positions whose first unread message is older than the history of its lane's head: rows of the layout of the last
   * observation, worst first. As many as there is time for may be looked up (`PositionColumns.unreadSince`).
   */
  readonly unaged: readonly number[];
}
