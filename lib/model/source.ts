import type { EpochMs } from "./reading.ts";
import type { Severity } from "./status.ts";

/**
 * - `waiting`: nothing sampled yet, nothing failed yet
 * - `live`: the last sample is recent
 * - `late`: no failure, but the last sample is older than two intervals
 * - `lost`: the source cannot be reached
 * - `refused`: the source answered, with an error
 */
export const SOURCE_STATUSES = ["refused", "lost", "late", "waiting", "live"] as const;
export type SourceStatus = (typeof SOURCE_STATUSES)[number];

/** How bad it is for a source to be so. */
export function sourceSeverity(status: SourceStatus): Severity {
  switch (status) {
    case "refused":
    case "lost":
      return "critical";
    case "late":
      return "warning";
    case "waiting":
      return "unknown";
    case "live":
      return "good";
  }
}

/**
 * Why a sample failed, by code and never by message text.
 * - `UNREACHABLE` no connection · `TIMEOUT` connected or not, no answer in time · `PROTOCOL` what answered does not
 *   speak this protocol · `AUTH` credentials refused · `DENIED` a permission is missing · `ANSWERED_ERROR` any other
 *   error the system itself answered · `UNAVAILABLE` not there at all (a demo broker that could not be had) ·
 *   `INTERNAL` a defect of Streamside
 */
export const FAILURE_CODES = [
  "UNREACHABLE",
  "TIMEOUT",
  "PROTOCOL",
  "AUTH",
  "DENIED",
  "ANSWERED_ERROR",
  "UNAVAILABLE",
  "INTERNAL",
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

export interface SourceFailure {
  readonly code: FailureCode;
  /** What happened and where, for a person. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
  readonly at: EpochMs;
  readonly nextTryAt: EpochMs | null;
  /** Failures in a row, this one included. */
  readonly attempts: number;
}

/** Which of the states "cannot be reached" and "answered an error" a failure stands for. */
export function statusOfFailure(code: FailureCode): "lost" | "refused" {
  return code === "UNREACHABLE" || code === "TIMEOUT" || code === "UNAVAILABLE" ? "lost" : "refused";
}

/**
 * A number in a fact: a `duration` in ms, a `percent` from 0 to 100; an instant as EpochMs, shown as a `time`, as how long
 * `ago` it was, or as what has `elapsed` since. `of` stands around it, with `{}` in its place: `every {}`.
 */
export interface FactCell {
  readonly kind: "count" | "bytes" | "duration" | "percent" | "time" | "ago" | "elapsed";
  readonly value: number;
  readonly of?: string;
}

/** One line of knowledge about a source for its page: brokers, version, connections … */
export interface SourceFact {
  readonly label: string;
  /** Text that is text by nature (a name, a state), or a number that is formatted where it is shown. */
  readonly value: string | FactCell;
  /** The definition or origin, shown on hover. */
  readonly title?: string;
  /** Facts of one group stand together under its name: `Limits`. Those without one belong to the status sentence. */
  readonly group?: string;
}

/** A part of a sample that could not be had. One dead partition loses one value, not the sample. */
export interface PartialFailure {
  readonly scope: "source" | "stream" | "lane" | "consumer";
  /** What failed, by name: a topic, `topic/3`, a group. */
  readonly subject: string;
  readonly code: FailureCode;
  readonly message: string;
}

/** Something that happened, for timelines. */
export interface SourceEvent {
  readonly at: EpochMs;
  readonly kind: string;
  readonly title: string;
  /** What it was and what it became, as short text, where there are two states to tell apart. */
  readonly before?: string;
  readonly after?: string;
  /** The stream or consumer it concerns (their keys). Neither: it concerns the source as a whole. */
  readonly streamKey?: string;
  readonly consumerKey?: string;
  /** When it truly began, where it is told later than that: a change of status has to hold before it is told. */
  readonly began?: EpochMs;
  /** How long what has ended by this lasted, ms. */
  readonly lastedMs?: number;
  /** How bad what it became is; absent: it is no change for better or worse. */
  readonly severity?: Severity;
  /** The one message it is about, by its number in the stream's lane 0, where it can be looked at. */
  readonly message?: { readonly streamKey: string; readonly sequence: number };
}

/** One message of a stream, as far as it may be shown. */
export interface PeekedMessage {
  readonly sequence: number;
  readonly subject: string;
  /** When it was stored, EpochMs. */
  readonly at: EpochMs;
  /** In their order; a key may be there more than once. */
  readonly headers: readonly { readonly key: string; readonly value: string }[];
  /** Size of the payload in bytes. */
  readonly bytes: number;
  /** The payload as text, cut after a few KiB; null: not text, or not to be shown. */
  readonly payload: string | null;
  /** Why there is no payload, or that it was cut; null: it is whole. */
  readonly payloadNote: string | null;
}

/** How a column of a section is shown. A `counter` only ever grows: what is shown of it is its rate. */
export const SECTION_COLUMN_KINDS = [
  "text",
  "count",
  "bytes",
  "duration",
  "percent",
  "counter",
  "byteCounter",
] as const;
export type SectionColumnKind = (typeof SECTION_COLUMN_KINDS)[number];

/** A table of what a source consists of: its servers, their connections, its queue groups … */
export interface SourceSection {
  /** Unique within the source, the same over samples: `servers`. */
  readonly key: string;
  readonly title: string;
  /** What it shows, where that comes from and what was left out. */
  readonly note?: string;
  readonly columns: readonly SectionColumn[];
  /** Worst first. */
  readonly rows: readonly SectionRow[];
  /** Rows there are in all, where not all are told. */
  readonly total?: number;
  readonly asOf: EpochMs;
}

export interface SectionColumn {
  readonly label: string;
  readonly kind: SectionColumnKind;
  /** The definition, shown on hover. */
  readonly title?: string;
}

export interface SectionRow {
  /** Unique within the section, the same over samples. */
  readonly id: string;
  /** One for each column: durations in ms, percents from 0 to 100; null: not known. */
  readonly cells: readonly (string | number | null)[];
  /** Why the row stands out, in a few words; absent: it does not. */
  readonly trouble?: string;
}

export interface SourceIdentity {
  readonly id: string;
  /** The id of its kind: `kafka`. */
  readonly kind: string;
  /** For people; the id where the user gave no name. */
  readonly name: string;
}
