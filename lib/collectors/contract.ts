/**
 * What a collector is, and the shape of what it returns.
 *
 * A collector only samples. It never schedules, stores or emits: one scheduler owns interval, timeout, overlap and
 * back-off. What fails in part is a value in the observation; `sample` rejects (with a `CollectorError`) only when
 * nothing at all could be had.
 *
 * Positions are columns, not objects: at hundreds of thousands of positions a second an object a position is the
 * whole budget. Row numbers stay the same as long as the `layout` object stays the same.
 */
import type { CallKind, CallSide, LatencyMeasure } from "../model/call.ts";
import type { EpochMs } from "../model/reading.ts";
import type { SourceSignal, StreamSignal } from "../model/signal.ts";
import type {
  FailureCode,
  PartialFailure,
  PeekedMessage,
  SourceEvent,
  SourceFact,
  SourceSection,
} from "../model/source.ts";
import type { Status } from "../model/status.ts";
import type { BacklogUnit, ConsumerKind, StreamKind, System } from "../model/system.ts";

export interface Collector {
  readonly system: System;
  /**
   * One sample of everything. Honours `signal`: rejects soon after it aborts. Is never called again before the
   * previous call has settled.
   */
  sample(signal: AbortSignal, scope?: Scope): Promise<Observation>;
  /**
   * A sample between two samples, of these consumers only: the layout of the last `sample`, and its columns with new
   * values in their rows. Null where there is nothing to tell: no sample yet, or none of them is known. Absent where a
   * sample of everything costs so little that a smaller one would save nothing.
   */
  sampleFocus?(consumerKeys: readonly string[], signal: AbortSignal): Promise<Observation | null>;
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

export interface Observation {
  readonly startedAt: EpochMs;
  readonly finishedAt: EpochMs;
  /** Who the rows are. The same object until topology changes. */
  readonly layout: Layout;
  /** Row for row with `layout.lanes`. */
  readonly lanes: LaneColumns;
  /** Row for row with `layout.positions`. */
  readonly positions: PositionColumns;
  /** Row for row with `layout.streams`. */
  readonly streams: StreamColumns;
  /** Row for row with `layout.consumers`. */
  readonly consumers: ConsumerColumns;
  /** Live calls (gRPC), also those that are no lane; absent in systems without them. */
  readonly calls?: CallColumns;
  /** What `positions.member` points into. */
  readonly members: readonly Member[];
  readonly facts: readonly SourceFact[];
  /** Tables of what the source consists of besides streams and consumers: servers, connections between them … */
  readonly sections?: readonly SourceSection[];
  /** Figures of the source as a whole for `/metrics`, by metric name (`kafka_brokers`, `x_seconds{quantile="0.99"}`). */
  readonly gauges?: Readonly<Record<string, number>>;
  readonly events: readonly SourceEvent[];
  readonly failures: readonly PartialFailure[];
  /** What it shows of its own health: what a health service says, brokers that are missing … */
  readonly signals?: readonly SourceSignal[];
  /** Services of which a health service told whether they serve, the empty name is the server as a whole; absent: none. */
  readonly health?: readonly { readonly service: string; readonly isServing: boolean }[];
  readonly cost: SampleCost;
}

/** Names interned once per topology change. Keys are unique within the source and stable over restarts. */
export interface Layout {
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

export interface StreamInfo {
  readonly key: string;
  readonly name: string;
  readonly kind: StreamKind;
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
  readonly kind: ConsumerKind;
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

/** NaN means "not known" in every column below. */
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
  /** Row in `Observation.members` of who reads the lane, -1 for nobody or not known. */
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
  /** For people: limits, replicas, where it comes from … of a stream, by row. Made on request, as few are looked at. */
  readonly facts?: (stream: number) => readonly SourceFact[];
  /** What the system shows of their health, by row; streams without a finding have no entry. */
  readonly signals?: ReadonlyMap<number, readonly StreamSignal[]>;
  /** Further figures of a stream for `/metrics`, by row: metric name and value; NaN: not known. Made on request. */
  readonly gauges?: (stream: number) => Readonly<Record<string, number>>;
  /**
   * What the calls of a method came to, by row; one entry for each process that counts them. Asked for once a sample for
   * every method. Absent in systems without calls.
   */
  readonly calls?: (stream: number) => readonly MethodTotals[];
  /** The processes that tell of their calls now (`MethodTotals.process`), also those that have had none yet. */
  readonly counting?: readonly string[];
}

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
  readonly peer: (call: number) => string;
  readonly clientName: (call: number) => string | null;
  /** Everything else that is told of one call. Made on request. */
  readonly detail: (call: number) => CallDetail;
  /** What became of a call that ended lately, by its key; null: not known (any more). */
  readonly ended: (key: string) => EndedCall | null;
}

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
  /** For people: state, coordinator … of a consumer, by row. Made on request, as few are looked at. */
  readonly facts?: (consumer: number) => readonly SourceFact[];
  /** Further figures of a consumer for `/metrics`, as of streams. */
  readonly gauges?: (consumer: number) => Readonly<Record<string, number>>;
  /**
   * What the system itself knows of why a consumer has this status (which message, which limit), as a sentence that
   * follows the general one; null: nothing to add. Made on request.
   */
  readonly explain?: (consumer: number, status: Status) => string | null;
}

/** What only the system itself can say about a consumer. */
export const ConsumerFlag = {
  /** It cannot be given more until it acknowledges or reads (ack-pending limit, closed flow-control window). */
  blocked: 1,
  /** An administrator paused it. */
  paused: 2,
  /** Some of what it holds has been delivered before. */
  redelivering: 4,
  /** More of its calls end in an error of the server than should. */
  failing: 8,
  /** Its connection is there, but nobody answers on it any more: as good as no reader. */
  gone: 16,
  /** It is given less than there is because it is set up so (replay at the original pace, a priority group below its minimum). */
  held: 32,
  /** A position: its consumer has readers, and none of them reads anything of this stream any more. */
  left: 64,
  /** A position: its consumer has readers, and nobody of them has this lane. */
  unassigned: 128,
  /** A position: it stands where an open transaction begins, and what follows waits for its end. */
  inTransaction: 256,
  /** A position: what `latencyMs` or `unreadSince` tell is of a message at or before the first unread one. */
  ageAtMost: 512,
} as const;

export interface Member {
  readonly id: string;
  readonly clientId: string;
  readonly host: string;
  readonly consumer: number;
}

export interface SampleCost {
  /** Requests sent to the system for this sample. */
  readonly requests: number;
}

/** What was learned in a sample that failed (a GOAWAY, a last NOT_SERVING): told, not dropped. */
export interface FailureNews {
  readonly events: readonly SourceEvent[];
  readonly signals: readonly SourceSignal[];
  /** In the place of those of the last sample, which no longer hold; absent: nothing is known. */
  readonly facts?: readonly SourceFact[];
}

/** Thrown by `sample` when nothing at all could be had. */
export class CollectorError extends Error {
  override readonly name = "CollectorError";
  /** What the failed sample learned all the same. */
  news?: FailureNews;
  constructor(
    readonly code: FailureCode,
    /** What happened, and where. */
    message: string,
    /** What to do about it. */
    readonly hint: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
