import type { CallKind, CallSide } from "../model/call.ts";
import type { BacklogUnit } from "../model/system.ts";

/** Names interned once per topology change. Keys are unique within the source and stable over restarts. */
export interface Layout {
  /** Counts up with each change of rows, from 1 on, for as long as its collector lives. */
  readonly version: number;
  /** Where each row was in the version before; null: this is the first one. */
  readonly rows: RowMap | null;
  readonly streams: readonly StreamInfo[];
  readonly lanes: {
    readonly count: number;
    /** Row of the stream each lane belongs to. */
    readonly stream: Int32Array;
    /** The lane's own number: partition, 0 for JetStream, a call's running number for gRPC. */
    readonly number: Int32Array;
    /** A name for people where the number is none (gRPC calls); absent otherwise. */
    readonly label?: readonly string[];
  };
  readonly consumers: readonly ConsumerInfo[];
  /** Sorted by consumer: the rows of consumer `c` are `start[c] … start[c + 1] - 1`. */
  readonly positions: {
    readonly count: number;
    readonly consumer: Int32Array;
    readonly lane: Int32Array;
    /** Length `consumers.length + 1`. */
    readonly start: Int32Array;
  };
}

/** For each row of a new layout the row it had in the old one, -1 where it is new. */
export interface RowMap {
  readonly streams: Int32Array;
  readonly lanes: Int32Array;
  readonly consumers: Int32Array;
  readonly positions: Int32Array;
}

export interface StreamInfo {
  readonly key: string;
  readonly name: string;
  /** What it is in its own system's words: `topic`, `jetstream`, `core`, `method`. */
  readonly kind: string;
  /** For people: `12 partitions`, `server stream`. */
  readonly detail?: string;
  /** Whose it is, where one source holds several accounts; names are unique within one. */
  readonly account?: string;
  /** Tells it from another one that had the same key before and is gone: when it was made, as the system writes that. */
  readonly generation?: string;
  /**
   * Made to overwrite: a newer message takes the place of an older one (compaction, newest value a subject). What a
   * reader did not see of it is no loss.
   */
  readonly overwrites?: boolean;
  /** What kind of calls they are, and which end of them the target is; methods only. */
  readonly calls?: { readonly kind: CallKind; readonly side: CallSide };
}

export interface ConsumerInfo {
  readonly key: string;
  readonly name: string;
  /** The same: `classic group`, `share group`, `pull consumer`, `connection`, `peer`. */
  readonly kind: string;
  /** Rows of the streams it reads. */
  readonly streams: readonly number[];
  readonly backlogUnit: BacklogUnit;
  /** For people: protocol, filter subject, peer address. */
  readonly detail?: string;
  /**
   * True where the consumer reads only some messages of its stream (a JetStream filter), so that head and position
   * say nothing about when its first unread message was written.
   */
  readonly filtered?: boolean;
  /** As of a stream. */
  readonly generation?: string;
}
