/** Streams and consumers as one sample reads them: what the API answers, cut down to what is used. */
import type { EpochMs } from "../../../model/reading.ts";

export interface Page<T> {
  readonly items: readonly T[];
  /** Items there are in all, as the server said with this page. */
  readonly total: number;
  /** The most a page holds. */
  readonly limit: number;
  /** Names of what could not be told: their leader did not answer the server in time, or they are offline. */
  readonly missing: readonly string[];
  /** Why some of these are offline; absent: none is. */
  readonly offline?: ReadonlyMap<string, string>;
}

/** One stream at one instant. Numbers are NaN where they are not known. */
export interface StreamEntry {
  readonly name: string;
  /** Subjects it captures, joined with a space; empty for mirrors and pure aggregates. */
  readonly subjects: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly messages: number;
  readonly bytes: number;
  /** When it was made, and when its first and last message were stored: RFC 3339, as the server says it. */
  readonly createdAt: string;
  readonly firstAt: string;
  readonly lastAt: string;
  /** Messages deleted between the first and the last. */
  readonly deleted: number;
  /** Distinct subjects it holds messages of. */
  readonly subjectCount: number;
  readonly consumerCount: number;
  readonly config: StreamConfigEntry;
  /** Null: not clustered. */
  readonly cluster: ClusterEntry | null;
  readonly mirror: OriginEntry | null;
  readonly sources: readonly OriginEntry[];
  readonly asOf: EpochMs;
}

/** What limits a stream. Durations in ms; Infinity is no limit. */
export interface StreamConfigEntry {
  readonly retention: string;
  readonly storage: string;
  readonly discard: string;
  readonly discardPerSubject: boolean;
  readonly maxAgeMs: number;
  readonly maxBytes: number;
  readonly maxMessages: number;
  readonly maxPerSubject: number;
  readonly maxMessageBytes: number;
  readonly maxConsumers: number;
  readonly replicas: number;
  /** Messages may carry a time to live of their own. */
  readonly messageTtl: boolean;
  readonly sealed: boolean;
  /** Single messages may be asked for without going through the leader's API. */
  readonly allowDirect: boolean;
  /** A message may take the place of all older ones of its subject, or of all there are (roll-up). */
  readonly allowRollup: boolean;
}

/** The raft group of a stream or consumer. */
export interface ClusterEntry {
  /** Name of the server that leads; empty: nobody does. */
  readonly leader: string;
  readonly replicas: readonly ReplicaEntry[];
}

/** A copy besides the leader's. */
export interface ReplicaEntry {
  readonly name: string;
  readonly current: boolean;
  readonly offline: boolean;
  /** Operations it is behind. */
  readonly lag: number;
  /** How long ago it was last heard of, ms. */
  readonly activeMs: number;
}

/** Where a mirror or an aggregate takes its messages from. */
export interface OriginEntry {
  readonly name: string;
  /** Messages it is behind. */
  readonly lag: number;
  /** How long ago it was last heard of, ms; NaN: never. */
  readonly activeMs: number;
  /** The API prefix of another account or domain; empty: its own. */
  readonly external: string;
  readonly error: string;
}

/** One consumer at one instant. Numbers are NaN where they are not known. */
export interface ConsumerEntry {
  readonly name: string;
  /** When it was made: RFC 3339, as the server says it. */
  readonly createdAt: string;
  readonly push: boolean;
  /** Filter subjects, joined with a space; empty: it reads the whole stream. */
  readonly filter: string;
  /** What it has finished is what it was sent: it acknowledges nothing. */
  readonly ackNone: boolean;
  /** Messages that may be out unacknowledged at once; Infinity: no limit. */
  readonly maxAckPending: number;
  readonly config: ConsumerConfigEntry;
  /** Name of the server that leads it; empty: not clustered, or nobody does. */
  readonly leader: string;
  readonly replicas: readonly ReplicaEntry[];
  /**
   * When something was last delivered (or reported as in progress), and when acknowledged, by the clock of a server that
   * says it is `toldAt` now: RFC 3339; empty: not since the leader leads.
   */
  readonly deliveredAt: string;
  readonly ackedAt: string;
  readonly toldAt: string;
  readonly deliveredStreamSeq: number;
  readonly deliveredConsumerSeq: number;
  readonly ackFloorStreamSeq: number;
  readonly ackFloorConsumerSeq: number;
  readonly numPending: number;
  readonly numAckPending: number;
  readonly numRedelivered: number;
  /** Pull requests waiting for messages. */
  readonly numWaiting: number;
  /** Somebody subscribes to the deliver subject: 1, nobody: 0. */
  readonly pushBound: number;
  readonly paused: boolean;
  /** How much longer it is paused, ms; 0: it is not. */
  readonly pauseLeftMs: number;
  /** Clients that are pinned, by priority group; a group without one has an empty name. */
  readonly priorityGroups: readonly { readonly group: string; readonly pinned: string }[];
  readonly asOf: EpochMs;
}

/** What a consumer was made with. Durations in ms. */
export interface ConsumerConfigEntry {
  readonly durable: boolean;
  readonly ackPolicy: string;
  readonly deliverPolicy: string;
  readonly deliverSubject: string;
  readonly ackWaitMs: number;
  /** The longest of the waits before further deliveries; 0: they are all `ackWaitMs`. */
  readonly longestBackoffMs: number;
  /** Deliveries of one message after which it is given up; Infinity: never. */
  readonly maxDeliver: number;
  /** Pull requests that may wait at once. */
  readonly maxWaiting: number;
  readonly deliverGroup: string;
  readonly priorityPolicy: string;
  /** How long a pinned client may ask for nothing before another one is pinned; 0: not told. */
  readonly priorityTimeoutMs: number;
  /** `original`: messages are given at the pace at which they were written. */
  readonly replayPolicy: string;
  /** RFC 3339; empty: it is not paused. */
  readonly pauseUntil: string;
  /** It goes after so long without a reader, durable or not; 0: never. */
  readonly inactiveMs: number;
}
