/** One stream and one consumer with nothing remarkable about them; read by tests. */
import type { ConsumerConfigEntry, ConsumerEntry, StreamConfigEntry, StreamEntry } from "./entries.ts";

const none = Number.POSITIVE_INFINITY;
/** A stream's limits where it has none. */
export const UNLIMITED = {
  maxAgeMs: none,
  maxBytes: none,
  maxMessages: none,
  maxPerSubject: none,
  maxMessageBytes: none,
  maxConsumers: none,
};

type StreamChange = Partial<Omit<StreamEntry, "config">> & { config?: Partial<StreamConfigEntry> };

/** Sequences 1 to 100, read at 1,000. */
export function streamEntry({ config, ...change }: StreamChange = {}): StreamEntry {
  return {
    name: "ORDERS",
    subjects: "orders.>",
    firstSeq: 1,
    lastSeq: 100,
    messages: 100,
    bytes: 2_048,
    createdAt: "2026-01-01T00:00:00Z",
    firstAt: "1970-01-01T00:00:00.2Z",
    lastAt: "1970-01-01T00:00:00.9Z",
    deleted: 0,
    subjectCount: 3,
    consumerCount: 1,
    config: {
      retention: "limits",
      storage: "file",
      discard: "old",
      discardPerSubject: false,
      ...UNLIMITED,
      replicas: 1,
      messageTtl: false,
      sealed: false,
      allowDirect: false,
      allowRollup: false,
      ...config,
    },
    cluster: null,
    mirror: null,
    sources: [],
    asOf: 1_000,
    ...change,
  };
}

type ConsumerChange = Partial<Omit<ConsumerEntry, "config">> & { config?: Partial<ConsumerConfigEntry> };

/** A durable pull consumer that has finished everything, read at 1,000. */
export function consumerEntry({ config, ...change }: ConsumerChange = {}): ConsumerEntry {
  return {
    name: "billing",
    createdAt: "2026-01-01T00:00:01Z",
    push: false,
    filter: "",
    ackNone: false,
    maxAckPending: 1_000,
    config: {
      durable: true,
      ackPolicy: "explicit",
      deliverPolicy: "all",
      deliverSubject: "",
      ackWaitMs: 30_000,
      longestBackoffMs: 0,
      maxDeliver: none,
      maxWaiting: 512,
      deliverGroup: "",
      priorityPolicy: "",
      priorityTimeoutMs: 0,
      replayPolicy: "instant",
      pauseUntil: "",
      inactiveMs: 0,
      ...config,
    },
    leader: "",
    replicas: [],
    deliveredAt: "",
    ackedAt: "",
    toldAt: "2026-01-01T01:00:00Z",
    deliveredStreamSeq: 100,
    deliveredConsumerSeq: 100,
    ackFloorStreamSeq: 100,
    ackFloorConsumerSeq: 100,
    numPending: 0,
    numAckPending: 0,
    numRedelivered: 0,
    numWaiting: 0,
    pushBound: 0,
    paused: false,
    pauseLeftMs: 0,
    priorityGroups: [],
    asOf: 1_000,
    ...change,
  };
}
