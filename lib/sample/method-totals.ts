import type { LatencyMeasure } from "../model/call.ts";

/** Totals of one method since its process started. NaN: not known. */
export interface MethodTotals {
  /** Who counts: totals of another process start again. */
  readonly process: string;
  /** Where it is seen, for people: `instrumented`, `metrics`. */
  readonly from: string;
  readonly started: number;
  readonly completed: number;
  /** Messages that the target sent and received, and their bytes without framing. */
  readonly sent: number;
  readonly received: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly retries: number;
  /** Ended calls by status code. */
  readonly statuses: readonly { readonly code: number; readonly count: number }[];
  readonly latencies: readonly LatencyTotals[];
}

/** A histogram since the process started; the difference of two is what happened between. */
export interface LatencyTotals {
  readonly measure: LatencyMeasure;
  readonly count: number;
  readonly sumMs: number;
  /** NaN: not told. */
  readonly maxMs: number;
  /** Rising; bucket `i` holds `counts[i]` values of at most `upperMs[i]` and more than the bound before. */
  readonly upperMs: readonly number[];
  readonly counts: readonly number[];
}

export type MethodCounter =
  | "started"
  | "completed"
  | "sent"
  | "received"
  | "bytesSent"
  | "bytesReceived"
  | "retries";

/** What the calls of a method came to since it is watched, over all processes that count them. */
export interface MethodSince {
  /** NaN: not known. */
  total(counter: MethodCounter): number;
  /** Ended calls of one code. */
  ended(code: number): number;
  /** Of the measures that the method has. */
  latencies(): readonly LatencySum[];
}

/** Values of one measure; `sumMs` NaN: not told. */
export interface LatencySum {
  readonly measure: LatencyMeasure;
  /** How many there are of at most so many ms, and more than the key before; unordered. */
  readonly values: ReadonlyMap<number, number>;
  readonly sumMs: number;
}
