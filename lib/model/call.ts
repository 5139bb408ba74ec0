/** gRPC calls: their words, and how they are shown. */
import type { EpochMs, Reading } from "./reading.ts";
import type { Status } from "./status.ts";

export const CALL_KINDS = [
  "unary",
  "client stream",
  "server stream",
  "bidirectional stream",
  "unknown",
] as const;
export type CallKind = (typeof CALL_KINDS)[number];

/** Which end of its calls the target is: the one that serves them, or the one that makes them. */
export const CALL_SIDES = ["server", "client"] as const;
export type CallSide = (typeof CALL_SIDES)[number];

/**
 * - `callDuration`: from the start of a call to its end (unary, client stream)
 * - `firstMessage`: from the start of a call to its first response message (server stream)
 * - `messageGap`: between two response messages of a call (server stream, bidirectional)
 * - `roundTrip`: from a request message to its reply, where the application marks them (bidirectional)
 */
export const LATENCY_MEASURES = ["callDuration", "firstMessage", "messageGap", "roundTrip"] as const;
export type LatencyMeasure = (typeof LATENCY_MEASURES)[number];

/** The names of gRPC status codes, by number. */
export const STATUS_CODES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

export function nameOfCode(code: number): string {
  return STATUS_CODES[code] ?? `code ${code}`;
}

/**
 * Codes that say the server failed, not its caller: those that OpenTelemetry's conventions for gRPC call an error on the
 * server's side. A deadline that passed and a call that was cancelled are two different things.
 */
export function isServerError(code: number): boolean {
  return SERVER_ERRORS.has(code);
}

const SERVER_ERRORS: ReadonlySet<number> = new Set(
  (["UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"] as const).map(
    (name) => STATUS_CODES.indexOf(name),
  ),
);

/** One live call. */
export interface CallView {
  readonly id: string;
  readonly source: string;
  /** The method's path, and its page. */
  readonly method: string;
  readonly streamId: string;
  /** Whom its figures count for; null: nobody's own. */
  readonly consumerId: string | null;
  readonly kind: CallKind;
  readonly side: CallSide;
  readonly peer: string;
  readonly clientName: string | null;
  readonly status: Status;
  readonly startedAt: EpochMs | null;
  readonly deadlineAt: EpochMs | null;
  /** Messages the target sent and received. */
  readonly sent: number | null;
  readonly received: number | null;
  readonly sentPerSecond: number | null;
  readonly receivedPerSecond: number | null;
  /** Written and not flushed; received and not read by the target's application. */
  readonly queued: number | null;
  readonly unread: number | null;
  /** How long the oldest waiting message has waited; 0: none waits. */
  readonly waitingMs: number | null;
  readonly lastSentAt: EpochMs | null;
  readonly lastReceivedAt: EpochMs | null;
}

/** What the calls of a method come to, now. */
export interface MethodView {
  readonly kind: CallKind;
  readonly side: CallSide;
  /** Calls under way. */
  readonly live: Reading;
  readonly startedPerSecond: Reading;
  readonly completedPerSecond: Reading;
  readonly sentPerSecond: Reading;
  readonly receivedPerSecond: Reading;
  readonly bytesSentPerSecond: Reading;
  readonly bytesReceivedPerSecond: Reading;
  readonly retriesPerSecond: Reading;
  /** Ended calls, most frequent first. */
  readonly codes: readonly CodeView[];
  /** Where these figures come from, for people: `instrumented`, `metrics`. */
  readonly from: string;
}

export interface CodeView {
  readonly code: string;
  /** Counts as the server's failure. */
  readonly isError: boolean;
  /** Since the process started. */
  readonly total: number;
  /** Over the last minute; null: not known yet. */
  readonly lastMinute: number | null;
}

/** How long something took over the last 15 minutes, as a heat map. The newest column is the last full step, the oldest the first with a sample in it. */
export interface LatencyHeat {
  readonly measure: LatencyMeasure;
  readonly stepMs: number;
  /** Upper bounds of the rows, ms, rising; one row more holds what is above the last of them. */
  readonly boundsMs: readonly number[];
  /** Oldest first. */
  readonly columns: readonly LatencyColumn[];
}

export interface LatencyColumn {
  /** When it ends. */
  readonly t: EpochMs;
  /**
   * Since when its values are counted, where that is not its step: later for the first column, as nobody looked before
   * that; earlier where the samples before it are missing, and then it stands for their columns, too. null: its step.
   */
  readonly since: EpochMs | null;
  /** One for each row, zeros at the end left out; null: not sampled. */
  readonly counts: readonly number[] | null;
  /** null: nothing happened in it. */
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}
