/**
 * Positions are columns, not objects: at hundreds of thousands of positions a second an object a position is the whole
 * budget. Row numbers stay the same as long as `layout.version` stays the same. NaN means "not known" in every column.
 * Nothing is written into a column after the sample was handed on.
 */
import type { StreamSignal } from "../model/signal.ts";
import type { MethodTotals } from "./method-totals.ts";

export interface LaneColumns {
  /** One past the newest message (Kafka: end offset), or the newest sequence + 1; messages written for gRPC. */
  readonly head: Float64Array;
  /**
   * One past the newest message that belongs to no open transaction (Kafka: last stable offset): readers of committed
   * ones get no further. NaN in lanes without transactions, null or absent where there are none.
   */
  readonly stable?: Float64Array | null;
  /** The oldest message still held; NaN where the system has no such thing. */
  readonly floor: Float64Array;
  /** When each head was read, EpochMs. */
  readonly asOf: Float64Array;
  /** Mean size of the messages it holds, in bytes; null: not known of any lane. */
  readonly messageBytes: Float64Array | null;
  /** Copies it should have, and those of them that are up to date; null: not told. */
  readonly replicas: Float64Array | null;
  readonly inSync: Float64Array | null;
}

export interface PositionColumns {
  /**
   * The next message the consumer has yet to finish, in the lane's numbering (Kafka: the committed offset;
   * JetStream: ack floor + 1; gRPC: messages flushed). NaN: none yet.
   */
  readonly position: Float64Array;
  /**
   * Reported backlog, where the system reports one. NaN, or null for all rows: derive it as head − position, clamped at
   * the floor.
   */
  readonly backlog: Float64Array | null;
  /**
   * The part of the backlog that a reader of committed messages only can have: without aborted ones, and nothing from the
   * first open transaction on. NaN: all of it; absent: no such thing. Which kind of reader it is cannot be seen from
   * outside, so where this is less than the backlog, the backlog is an upper bound.
   */
  readonly readable?: Float64Array | null;
  /** The part of the backlog that was handed out and is not yet acknowledged (JetStream); null: no such thing. */
  readonly inFlight: Float64Array | null;
  /**
   * Messages that were removed before this consumer had read them and that it has not got past yet: at least so many.
   * NaN, or null for all rows: derive it as floor − position.
   */
  readonly lost: Float64Array | null;
  /** Reported age of the oldest unread message in ms; null: derive it from the head's history. */
  readonly latencyMs: Float64Array | null;
  /**
   * Of positions that are connections: the way to the other end and back, ms, as the system measured it; it takes the
   * place of an age. NaN: not measured, or no connection; absent: there are none.
   */
  readonly roundTripMs?: Float64Array | null;
  /**
   * When the message at the position was written, EpochMs, where it was looked up and the position has not moved since;
   * null: never looked up. Goes before the head's history where that has no bracket.
   */
  readonly unreadSince: Float64Array | null;
  /**
   * When each position was read, EpochMs. Older than the sample where nothing suggested that it had moved; NaN where
   * it was asked for and not answered.
   */
  readonly asOf: Float64Array;
  /** Row in `Sample.members` of who reads the lane, -1 for nobody or not known. */
  readonly member: Int32Array;
  /**
   * Since when messages have waited and none of them was finished, EpochMs, where the system itself tells: no need to
   * see it in two samples. NaN: none wait, or not told; absent: derive it.
   */
  readonly stillSince?: Float64Array;
  /** Bits of `ConsumerFlag`, in addition to those of the consumer; absent: none of them is set for a single lane. */
  readonly flags?: Uint16Array;
}

export interface StreamColumns {
  /** Messages ever written, where the system counts them itself; null: derive from the lanes' heads. */
  readonly inTotal: Float64Array | null;
  /** Messages ever handed out, for streams without consumers of their own (NATS core); null: none. */
  readonly outTotal: Float64Array | null;
  /** Messages a stream holds, where the system counts them itself; absent or NaN: from floor to head of its lanes. */
  readonly held?: Float64Array;
  /** How long a message is kept after it was written, ms. Infinity: for ever; null: no such thing here. */
  readonly retentionMs: Float64Array | null;
  /** Bytes that each lane may hold before its oldest messages go. Infinity: no limit; null: no such thing here. */
  readonly retentionBytes: Float64Array | null;
  /** Messages that each lane may hold before its oldest go. Infinity: no limit; null: no such thing here. */
  readonly retentionMessages: Float64Array | null;
  /** What the system shows of their health, by row; streams without a finding have no entry. */
  readonly signals?: ReadonlyMap<number, readonly StreamSignal[]>;
  /**
   * What the calls of a method came to, by row; one entry for each process that counts them. Absent in systems without
   * calls.
   */
  readonly calls?: readonly (readonly MethodTotals[])[];
  /** The processes that tell of their calls now (`MethodTotals.process`), also those that have had none yet. */
  readonly counting?: readonly string[];
}

export interface ConsumerColumns {
  /** Active readers now; NaN where it cannot be known. 0 with a backlog is what `stopped` means. */
  readonly readers: Float64Array;
  /** Messages ever due to this consumer, where the system counts them; null: derive from heads. */
  readonly dueTotal: Float64Array | null;
  /** Messages ever finished by this consumer, where the system counts them; null: derive from positions. */
  readonly outTotal: Float64Array | null;
  /** Bits of `ConsumerFlag`; null: none of them can be set in this system. */
  readonly flags: Uint16Array | null;
  /**
   * When the system removes the consumer by itself unless its reader comes back, EpochMs; NaN: it stays, or its reader is
   * there; absent: no such thing.
   */
  readonly leavesAt?: Float64Array;
}
