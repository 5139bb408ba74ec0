/**
 * What is derived from the samples of a source up to one of them: rates, backlog, age, verdicts and what these rest on.
 * Plain data like the sample itself, row for row with the same layout, and never written again once it was handed on:
 * a view of it later says what it said then. Memory between samples (windows, rhythms) stays with the pipeline.
 *
 * NaN means "not known". Statuses, provenances and trends are indices into `STATUSES`, `PROVENANCES` and `TRENDS`.
 * Moments are EpochMs, or ms of watched time where they say so.
 */
import type { EpochMs } from "../model/reading.ts";
import type { Verdict } from "../model/status.ts";

export interface Derived {
  readonly watched: WatchedClock;
  readonly streams: DerivedStreams;
  readonly lanes: {
    /** Messages a second over the last five minutes: what a limit in bytes or messages is measured by. Null: there is none. */
    readonly pace: Float64Array | null;
  };
  readonly positions: DerivedPositions;
  readonly consumers: DerivedConsumers;
  readonly evidence: Evidence;
}

/** The time that a source was watched for, ms, and where it goes together with the clock's. */
export interface WatchedClock {
  readonly now: number;
  readonly pieces: readonly { readonly watched: number; readonly at: EpochMs }[];
}

export interface DerivedStreams {
  readonly inPerSecond: Float64Array;
  readonly outPerSecond: Float64Array;
  /** Streams in trouble, by key. */
  readonly troubles: ReadonlyMap<string, StreamTrouble>;
}

/** A verdict that is not good, and since when; `goodAt`: since when the stream has been fine again, NaN while it is not. */
export interface StreamTrouble {
  readonly verdict: Verdict;
  readonly since: EpochMs;
  readonly goodAt: EpochMs;
}

export interface DerivedPositions {
  readonly backlog: Float64Array;
  /** Age of the first unread message, ms. */
  readonly latencyMs: Float64Array;
  readonly latencyProvenance: Uint8Array;
  readonly status: Uint8Array;
}

/** What judging finds of consumers. */
export interface JudgedConsumers {
  /** The status shown, and when it truly began. */
  readonly status: Uint8Array;
  readonly statusSince: Float64Array;
  /** What the sample was judged to be: what is better is shown once it has held. */
  readonly judged: Uint8Array;
  /** Since when it has been judged to be better than what is shown, watched time; NaN: it is not. */
  readonly betterSince: Float64Array;
  /** Row of the position that decides the status, -1 for none. */
  readonly worstPosition: Int32Array;
  readonly backlog: Float64Array;
  readonly backlogProvenance: Uint8Array;
  /** Positions of which nobody knows what waits, and the first of them; -1: none. */
  readonly unknownLanes: Int32Array;
  readonly unknownPosition: Int32Array;
  /** What waits on streams it no longer reads, apart from the backlog, and the first position there; -1: none. */
  readonly leftBacklog: Float64Array;
  readonly leftPosition: Int32Array;
  readonly inFlight: Float64Array;
  /** Messages lost that nobody has marked as seen, and those that somebody has. */
  readonly lost: Float64Array;
  readonly lostSeen: Float64Array;
  readonly latencyMs: Float64Array;
  readonly latencyProvenance: Uint8Array;
}

export interface DerivedConsumers extends JudgedConsumers {
  readonly duePerSecond: Float64Array;
  readonly outPerSecond: Float64Array;
  /** Whether its backlog as a whole grows. */
  readonly trend: Uint8Array;
  /** How fast the backlog shrinks of those of which it does, by row. */
  readonly shrinking: ReadonlyMap<number, Shrinking>;
  /** What became due and what was finished over whole moves, messages a second, and over how long, ms. */
  readonly paceDue: Float64Array;
  readonly paceOut: Float64Array;
  readonly paceOverMs: Float64Array;
}

/** Messages a second, over all low points of a backlog and over the newer half of them; NaN: not known. */
export interface Shrinking {
  readonly whole: number;
  readonly lately: number;
}

/** The first and last low point of a growth, messages, and how far apart they are. */
export interface Growth {
  readonly from: number;
  readonly to: number;
  readonly overMs: number;
}

/**
 * What the verdicts of single positions rest on: of each consumer's worst one, and where there are live calls of all of
 * them, as each can be asked for. Rows are those of `position`, rising.
 */
export interface Evidence {
  readonly position: Int32Array;
  /** When it last moved, or was first seen; watched time. */
  readonly movedAt: Float64Array;
  /** Whether it was ever seen to move; 0 or 1. */
  readonly hasMoved: Uint8Array;
  /** Since when something has waited without a break; watched time. */
  readonly waitingSince: Float64Array;
  /** When something last became due; watched time. */
  readonly arrivedAt: Float64Array;
  readonly highWater: Float64Array;
  /** Its longest usual pause, once enough was seen to rely on it; and as far as it was seen. */
  readonly rhythmMs: Float64Array;
  readonly seenRhythmMs: Float64Array;
  /** Age of the oldest unread message when it last moved, ms. */
  readonly lowAgeMs: Float64Array;
  /** So many of the messages lost had been when a person marked them as seen. */
  readonly lostSeen: Float64Array;
  readonly trend: Uint8Array;
  /** How those that are behind grew, by row of the position. */
  readonly growths: ReadonlyMap<number, Growth>;
}

/** The row of a position in the evidence; -1: none is kept of it. */
export function evidenceRow({ position }: Evidence, of: number): number {
  let low = 0;
  let high = position.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (position[middle]! < of) low = middle + 1;
    else high = middle;
  }
  return position[low] === of ? low : -1;
}

/** When a moment of watched time was by the clock. */
export function clockOf({ pieces }: WatchedClock, watched: number): EpochMs {
  let piece = pieces[0];
  for (const later of pieces) if (later.watched <= watched) piece = later;
  return piece === undefined ? Number.NaN : piece.at + (watched - piece.watched);
}

/** The watched time at a moment by the clock, now at the latest; a moment in a break: when that ended. NaN: now. */
export function watchedAt({ now, pieces }: WatchedClock, at: EpochMs): number {
  if (Number.isNaN(at)) return now;
  let latest = now;
  for (let i = pieces.length - 1; i >= 0; i--) {
    const piece = pieces[i]!;
    if (at >= piece.at || i === 0) return Math.min(latest, piece.watched + (at - piece.at));
    latest = piece.watched;
  }
  return latest;
}
