/**
 * What the API answers and the dashboard shows, as plain JSON. Measures are readings; ids are unique over all sources
 * and safe in a URL.
 */
import type { CallView, LatencyHeat, MethodView } from "./call.ts";
import type { EpochMs, Reading } from "./reading.ts";
import type { Sentence } from "./sentence.ts";
import type {
  PartialFailure,
  SourceEvent,
  SourceFact,
  SourceFailure,
  SourceSection,
  SourceStatus,
} from "./source.ts";
import type { Drain, Severity, Status, Verdict } from "./status.ts";
import type { BacklogUnit, System } from "./system.ts";

/** One column of the overview: everything of one system, side by side with the others. */
export interface SystemView {
  readonly id: System;
  readonly system: System;
  /** The worst status of its consumers; `unknown` when a source of it is lost or nothing was sampled yet. */
  readonly status: Status;
  /** Messages arriving in streams, each counted once. */
  readonly inPerSecond: Reading;
  /** Messages arriving, each counted once for every consumer that reads its stream: what `out` has to keep up with. */
  readonly duePerSecond: Reading;
  /** Messages finished by consumers. due − out is the growth of the backlog. */
  readonly outPerSecond: Reading;
  /** Messages waiting, over all consumers. */
  readonly backlog: Reading;
  /** Change of the backlog in messages a second over the rate window; null: unknown. */
  readonly backlogPerSecond: number | null;
  /** Age of the oldest unread message, of the worst consumer. */
  readonly latencyMs: Reading;
  /** Id and name of the consumer that has it. */
  readonly worst: { readonly id: string; readonly name: string } | null;
  /** When the oldest of the samples in these sums was taken; null: there is none. */
  readonly asOf: EpochMs | null;
  readonly counts: {
    readonly sources: number;
    readonly sourcesLive: number;
    readonly streams: number;
    readonly consumers: number;
  };
  /**
   * Calls that are alive now, and those of them in which a message has waited for a second or more; null: this system
   * has no calls, or none are told.
   */
  readonly calls: { readonly live: number; readonly waiting: number } | null;
  /** Why there is nothing to show, for a system whose every source is lost or refused. */
  readonly failure: SourceFailure | null;
  /** Throughput that does not belong in the sums above (NATS core traffic beside JetStream), by name. */
  readonly aside: readonly {
    readonly label: string;
    readonly inPerSecond: Reading;
    readonly outPerSecond: Reading;
  }[];
}

export interface OverviewMeta {
  /** Consumers that are not ignored. */
  readonly counts: Readonly<Record<Severity, number>>;
  readonly sources: readonly SourceChip[];
  /** The worst there is, worst first: lost sources, then sources that are not well, consumers and streams by status. */
  readonly troubles: readonly Trouble[];
}

export type Trouble =
  | {
      readonly kind: "source";
      readonly id: string;
      readonly name: string;
      /** The kind of its source. */
      readonly system: string;
      readonly status: "lost" | "refused";
      readonly since: EpochMs;
    }
  /** A source that is sampled and not well. */
  | {
      readonly kind: "health";
      readonly id: string;
      readonly name: string;
      /** The kind of its source. */
      readonly system: string;
      readonly status: Status;
      readonly severity: Severity;
    }
  /** Of sources that are sampled; `worst`: the first few of them. */
  | {
      readonly kind: "consumers" | "streams";
      readonly status: Status;
      readonly severity: Severity;
      readonly count: number;
      readonly worst: readonly { readonly id: string; readonly name: string }[];
    };

export interface SourceChip {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  /** Its kind, for people: `Kafka`. */
  readonly kindName: string;
  readonly status: SourceStatus;
  readonly asOf: EpochMs | null;
  readonly intervalMs: number;
}

export interface SourceView extends SourceChip {
  /** Where it is, without secrets: brokers, servers, target. */
  readonly address: string;
  /** How it is sampled, in words: library, protocol version, fallbacks. */
  readonly lastError: SourceFailure | null;
  readonly sample: {
    /** Wall time of the last sample, request to readings. */
    readonly durationMs: number | null;
    /** CPU this process used while the last sample ran: an upper bound, other work included. */
    readonly cpuMs: number | null;
    readonly requests: number | null;
    readonly positions: number | null;
  };
  readonly counts: { readonly streams: number; readonly lanes: number; readonly consumers: number };
  readonly facts: readonly SourceFact[];
  readonly failures: readonly PartialFailure[];
  /** The health of the source as a whole. */
  readonly verdict: Verdict;
  readonly samples: { readonly taken: number; readonly failed: number; readonly skipped: number };
}

/** One message of one stream, to be asked for. */
export interface PeekTarget {
  readonly streamId: string;
  readonly sequence: number;
}

/** An event with the ids of what it concerns, where that is there now. */
export interface EventView extends SourceEvent {
  readonly streamId?: string;
  readonly consumerId?: string;
  /** The message it is about, where it can be looked at. */
  readonly peek?: PeekTarget;
}

/** An event among those of all sources. */
export interface EventRow extends EventView {
  readonly id: string;
  readonly source: string;
  readonly sourceName: string;
  /** The kind of its source. */
  readonly system: string;
  /** The name of the consumer or stream it concerns; null: the source as a whole. */
  readonly entity: string | null;
}

export interface EventsMeta {
  /** Events that match, and all of the last 15 minutes that are kept. */
  readonly total: number;
  readonly all: number;
  /** Sources that had more events than are kept, and how many were dropped. */
  readonly dropped: readonly { readonly source: string; readonly name: string; readonly count: number }[];
}

export interface StreamView {
  readonly id: string;
  readonly source: string;
  readonly sourceName: string;
  /** The kind of its source. */
  readonly system: string;
  /** What it is in its own system's words: `topic`, `method`. */
  readonly kind: string;
  readonly name: string;
  readonly detail: string | null;
  /** Whose it is, where its source holds several accounts. */
  readonly account: string | null;
  readonly lanes: number;
  readonly consumers: number;
  readonly inPerSecond: Reading;
  readonly outPerSecond: Reading;
  /** Messages held: Σ head − floor. */
  readonly retained: Reading;
  /** Its own health, whoever reads it, and since when that is so where something is wrong. */
  readonly verdict: Verdict & { readonly since: EpochMs | null };
  readonly asOf: EpochMs | null;
}

export interface ConsumerView {
  readonly id: string;
  readonly source: string;
  readonly sourceName: string;
  /** The kind of its source. */
  readonly system: string;
  /** What it is in its own system's words: `share group`, `pull consumer`. */
  readonly kind: string;
  readonly name: string;
  /** What it reads; several topics are joined with a comma. */
  readonly stream: string;
  /** Whose it is, where its source holds several accounts. */
  readonly account: string | null;
  readonly detail: string | null;
  readonly status: Status;
  /** One sentence with the evidence numbers. */
  readonly because: Sentence;
  /** When the present status began, as far as this process has seen. */
  readonly since: EpochMs | null;
  /** False: its source is lost or silent, and the numbers are those of `asOf`. */
  readonly isCurrent: boolean;
  /** Abandoned, as set: counted nowhere. */
  readonly ignored: boolean;
  readonly backlog: Reading;
  readonly backlogUnit: BacklogUnit;
  /** The part of the backlog handed out and not yet acknowledged; null where the system has no such thing. */
  readonly inFlight: Reading | null;
  readonly latencyMs: Reading;
  readonly inPerSecond: Reading;
  readonly outPerSecond: Reading;
  readonly drain: Drain;
  /**
   * For how long, in ms, its first unread message is safe from the stream's retention at least, in the lane where that
   * is shortest; 0: it may be removed any moment. Null where retention takes nothing: nothing waits, or nothing limits it.
   */
  readonly retention: Reading | null;
  /**
   * When its first unread message is lost to retention at the present pace, ms from now; null: never at this pace, or
   * retention takes nothing.
   */
  readonly firstLoss: Reading | null;
  readonly asOf: EpochMs | null;
  /** Backlog over the last 15 minutes, one maximum a 15 s bucket, oldest first; null: not sampled. */
  readonly spark: readonly (number | null)[];
  /** How many this row stands for, with the worst of them; null: it is one consumer. */
  readonly folded: {
    readonly count: number;
    readonly worst: { readonly id: string; readonly name: string };
  } | null;
}

export interface PositionView {
  readonly id: string;
  readonly stream: string;
  readonly lane: number;
  /** A name for the lane where the number is none (gRPC calls). */
  readonly label: string | null;
  readonly status: Status;
  readonly head: number | null;
  /** Where the first open transaction begins (Kafka's last stable offset); null in lanes without transactions. */
  readonly stable: number | null;
  readonly floor: number | null;
  readonly position: number | null;
  readonly backlog: Reading;
  readonly inFlight: Reading | null;
  readonly latencyMs: Reading;
  /** Who reads the lane: `client@host`; null for nobody. */
  readonly member: string | null;
  readonly host: string | null;
  /** When the position was read; null: it was asked for and not answered. Ages are as of the sample. */
  readonly asOf: EpochMs | null;
}

export interface ConsumerMeta {
  readonly consumer: ConsumerView;
  /** The facts the sentence rests on, label and value. */
  readonly evidence: readonly SourceFact[];
  readonly members: readonly {
    readonly id: string;
    readonly clientId: string;
    readonly host: string;
    readonly lanes: number;
  }[];
  readonly events: readonly EventView[];
  /** Figures of each stream it reads, worst first; one entry where it reads one. */
  readonly streams: readonly {
    readonly id: string;
    readonly stream: string;
    readonly lanes: number;
    readonly backlog: Reading;
  }[];
  readonly lanesTotal: number;
  readonly sourceStatus: SourceStatus;
  readonly intervalMs: number;
}

export interface ConsumersMeta {
  /** Consumers that match the filter, and rows that they make. */
  readonly total: number;
  readonly rows: number;
  /** Consumers in all; connections as they were asked for. */
  readonly all: number;
  /** Connections of core NATS clients there are, listed or not. */
  readonly connections: number;
  /** Of all that are not ignored. */
  readonly counts: Readonly<Record<Severity, number>>;
}

export interface StreamsMeta {
  readonly total: number;
  readonly all: number;
}

/** A section without its rows: those are the frame's, in the order of the sections. Counters are rates there. */
export type SectionHead = Omit<SourceSection, "rows"> & { readonly rows: number };

export interface SourceMeta {
  readonly source: SourceView;
  readonly sections: readonly SectionHead[];
  /** Newest first. */
  readonly events: readonly EventView[];
}

/** No source of this name is configured. */
export interface SourceGone {
  readonly source: null;
  readonly reason: string;
}

export interface StreamMeta {
  readonly stream: StreamView;
  readonly facts: readonly SourceFact[];
  /** Its own and those of its consumers, newest first. */
  readonly events: readonly EventView[];
  /** Whether single messages can be looked at, and the numbers of the oldest and newest one. */
  readonly peek: { readonly first: number; readonly last: number } | null;
  readonly consumersTotal: number;
  readonly sourceStatus: SourceStatus;
  readonly intervalMs: number;
  /** What its calls come to, and how long they took; null, and none, where it is no gRPC method. */
  readonly method: MethodView | null;
  readonly heat: readonly LatencyHeat[];
}

/** The stream does not exist now. */
export interface StreamGone {
  readonly stream: null;
  readonly reason: string;
}

export type SourcesMeta = Readonly<Record<never, never>>;

export interface CallsMeta {
  /** Calls that match, calls listed, and calls that live, listed or not. */
  readonly total: number;
  readonly all: number;
  readonly live: number;
}

export interface CallMeta {
  readonly call: CallView;
  /** When it was sampled. */
  readonly asOf: EpochMs;
  readonly sourceName: string;
  /** One sentence: what it does or what it waits for, with the evidence. */
  readonly because: Sentence;
  readonly facts: readonly SourceFact[];
  readonly events: readonly EventView[];
  /** The connection it is on, by name; null: not told. The frame's rows are the other calls on it. */
  readonly connection: string | null;
  readonly sourceStatus: SourceStatus;
  readonly intervalMs: number;
}

/** The call is not alive now. */
export interface CallGone {
  readonly call: null;
  /** Ended, when and how, where that is known. */
  readonly reason: string;
}
