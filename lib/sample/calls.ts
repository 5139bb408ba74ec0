import type { EpochMs } from "../model/reading.ts";
import type { SourceFact } from "../model/source.ts";
import { STATUSES, type Status } from "../model/status.ts";
import { ConsumerFlag } from "./consumer-flag.ts";
import type { Derived } from "./derived.ts";
import type { Limits } from "./limits.ts";

/** Live calls as columns, the oldest first, new arrays with every sample. NaN: not known, or has not happened. Times are EpochMs on Streamside's clock. */
export interface CallColumns {
  readonly count: number;
  /** Calls that the target says are alive, listed or not. */
  readonly live: number;
  /** Unique within the source while it lives, never used again. The same array while no call comes or goes. */
  readonly key: readonly string[];
  readonly stream: Int32Array;
  /** -1: none of its own. */
  readonly consumer: Int32Array;
  /** Row of the position it is, where it is a lane; -1 otherwise. */
  readonly position: Int32Array;
  /** Calls with the same number are on one connection; -1: not told. */
  readonly connection: Int32Array;
  readonly startedAt: Float64Array;
  /** NaN: none, or not told. */
  readonly deadlineAt: Float64Array;
  /** Messages that the target sent (flushed) and received in this call. */
  readonly sent: Float64Array;
  readonly received: Float64Array;
  /** Written and not flushed; received and not read. */
  readonly queued: Float64Array;
  readonly unread: Float64Array;
  /** How long the oldest message of those has waited; 0: none waits. */
  readonly waitingMs: Float64Array;
  readonly lastSentAt: Float64Array;
  readonly lastReceivedAt: Float64Array;
  /** Bits of `ConsumerFlag`. */
  readonly flags: Uint16Array;
  /** The address of the other end, and who it says it is (null: not told). */
  readonly peer: readonly string[];
  readonly clientName: readonly (string | null)[];
  /** What became of calls that ended lately, by their keys. */
  readonly ended: ReadonlyMap<string, EndedCall>;
}

/** Everything that is told of one call besides its columns. */
export interface CallDetail {
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly written: number;
  readonly lastWrittenAt: number;
  /** Unique within the source, while it lives; null: not told. Calls on one connection share its window. */
  readonly connection: string | null;
  /** Which address of the target it was seen at. */
  readonly backend: string;
  /** What its queued messages wait for, as a sentence with its evidence; null: nothing waits, or not known. */
  readonly heldBy: string | null;
  readonly retries: number;
  /** Everything else, for people: each with where it came from as `title`. */
  readonly facts: readonly SourceFact[];
}

export interface EndedCall {
  readonly streamKey: string;
  readonly peer: string;
  readonly endedAt: EpochMs;
  readonly startedAt: EpochMs;
  readonly code: number;
  readonly sent: number;
  readonly received: number;
  /** Messages that were queued or unread and went with it. */
  readonly lost: number;
}

/** What the calls of a sample are judged by. */
export interface JudgedCalls {
  readonly derived: Derived;
  /** By consumer, and where there is none. */
  readonly limits: readonly Limits[];
  readonly usualLimits: Limits;
}

/** The status of one live call: that of its lane, or what its own figures say where it is none (unary calls). */
export function statusOfCall(
  { derived, limits, usualLimits }: JudgedCalls,
  calls: CallColumns,
  row: number,
): Status {
  const position = calls.position[row]!;
  if (position >= 0) return STATUSES[derived.positions.status[position]!]!;
  const flags = calls.flags[row]!;
  if ((flags & ConsumerFlag.gone) !== 0) return "stopped";
  const { stillLeastMs } = limits[calls.consumer[row]!] ?? usualLimits;
  if (!(calls.waitingMs[row]! >= stillLeastMs)) return "ok";
  return (flags & ConsumerFlag.blocked) !== 0 ? "blocked" : "stalled";
}
