/**
 * What the JetStream API answers, parsed at the edge. The two answers that come by the thousand a second, streams and
 * consumers, are checked by hand and cut down to what is used; the rest goes through zod.
 */
import { z } from "zod";
import type { EpochMs } from "../../../model/reading.ts";
import { known } from "../servers/monitoring-types.ts";
import type {
  ClusterEntry,
  ConsumerConfigEntry,
  ConsumerEntry,
  OriginEntry,
  Page,
  ReplicaEntry,
  StreamConfigEntry,
  StreamEntry,
} from "./entries.ts";

/** What was answered is not what the API is documented to answer. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
  readonly code = "SHAPE";
}

export type Fields = Readonly<Record<string, unknown>>;

export function fields(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null) throw new ShapeError(`${what} is not an object`);
  return value as Fields;
}

function text(value: unknown, what: string): string {
  if (typeof value !== "string") throw new ShapeError(`${what} is not a text`);
  return value;
}

/** Beyond 2^53 nothing is exact any more, and servers have reported underflown counters near 2^64: not known. */
function count(value: unknown): number {
  return typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : Number.NaN;
}

/** A count the server leaves out when it is 0. */
function optionalCount(value: unknown): number {
  return value === undefined ? 0 : count(value);
}

/** A limit: 0, -1 and nothing at all mean that there is none. */
function limit(value: unknown): number {
  return typeof value === "number" && value > 0 ? value : Number.POSITIVE_INFINITY;
}

function optionalText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function joined(value: unknown): string {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string").join(" ") : "";
}

function readPage<T>(json: unknown, key: "streams" | "consumers", read: (item: Fields) => T): Page<T> {
  const page = fields(json, "the answer");
  const found = page[key] ?? [];
  const total = count(page.total);
  if (!Array.isArray(found) || Number.isNaN(total)) throw new ShapeError(`the answer is no page of ${key}`);
  const limit = count(page.limit);
  return {
    items: found.map((item) => read(fields(item, key))),
    total,
    limit: limit >= 1 ? limit : Math.max(1, found.length),
    missing: joined(page.missing).split(" ").filter(Boolean),
    ...(page.offline !== undefined && { offline: readReasons(page.offline) }),
  };
}

/** Such as an asset that a newer server made with what this one does not know. */
function readReasons(value: unknown): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(fields(value, "offline")).map(([name, reason]) => [name, optionalText(reason)]),
  );
}

export function readStreamPage(json: unknown, asOf: EpochMs): Page<StreamEntry> {
  return readPage(json, "streams", (info) => readStream(info, asOf));
}

/** One stream, as the lists and `STREAM.INFO` tell it. */
export function readStream(info: Fields, asOf: EpochMs): StreamEntry {
  const config = fields(info.config, "a stream's config");
  const state = fields(info.state, "a stream's state");
  return {
    name: text(config.name, "a stream's name"),
    subjects: joined(config.subjects),
    firstSeq: count(state.first_seq),
    lastSeq: count(state.last_seq),
    messages: count(state.messages),
    bytes: count(state.bytes),
    createdAt: optionalText(info.created),
    firstAt: optionalText(state.first_ts),
    lastAt: optionalText(state.last_ts),
    deleted: optionalCount(state.num_deleted),
    subjectCount: optionalCount(state.num_subjects),
    consumerCount: optionalCount(state.consumer_count),
    config: readStreamConfig(config),
    cluster: readCluster(info.cluster),
    mirror: readOrigin(info.mirror),
    sources: list(info.sources).flatMap((source) => readOrigin(source) ?? []),
    asOf,
  };
}

function readStreamConfig(config: Fields): StreamConfigEntry {
  return {
    retention: optionalText(config.retention),
    storage: optionalText(config.storage),
    discard: optionalText(config.discard),
    discardPerSubject: config.discard_new_per_subject === true,
    maxAgeMs: limit(config.max_age) / NS_A_MS,
    maxBytes: limit(config.max_bytes),
    maxMessages: limit(config.max_msgs),
    maxPerSubject: limit(config.max_msgs_per_subject),
    maxMessageBytes: limit(config.max_msg_size),
    maxConsumers: limit(config.max_consumers),
    replicas: count(config.num_replicas),
    messageTtl: config.allow_msg_ttl === true,
    sealed: config.sealed === true,
    allowDirect: config.allow_direct === true,
    allowRollup: config.allow_rollup_hdrs === true,
  };
}

/** Null for a server on its own: it tells no cluster, or itself as the leader of one without a name. */
function readCluster(value: unknown): ClusterEntry | null {
  if (typeof value !== "object" || value === null) return null;
  const { name, leader, replicas } = value as Fields;
  if (optionalText(name) === "") return null;
  return { leader: optionalText(leader), replicas: readReplicas(replicas) };
}

function readReplicas(value: unknown): readonly ReplicaEntry[] {
  if (value === undefined) return NO_REPLICAS;
  return list(value).map((replica) => {
    const { name, current, offline, lag, active } = fields(replica, "a replica");
    return {
      name: optionalText(name),
      current: current === true,
      offline: offline === true,
      lag: optionalCount(lag),
      activeMs: count(active) / NS_A_MS,
    };
  });
}

function readOrigin(value: unknown): OriginEntry | null {
  if (typeof value !== "object" || value === null) return null;
  const { name, lag, active, external, error } = value as Fields;
  const { api } = (external ?? {}) as Fields;
  const { description } = (error ?? {}) as Fields;
  return {
    name: optionalText(name),
    lag: optionalCount(lag),
    activeMs: count(active) / NS_A_MS, // -1: never
    external: optionalText(api),
    error: optionalText(description),
  };
}

export function readConsumerPage(json: unknown, asOf: EpochMs): Page<ConsumerEntry> {
  return readPage(json, "consumers", (info) => readConsumer(info, asOf));
}

/** One consumer, as the lists and `CONSUMER.INFO` tell it. */
export function readConsumer(info: Fields, asOf: EpochMs): ConsumerEntry {
  const config = fields(info.config, "a consumer's config");
  const delivered = fields(info.delivered, "a consumer's delivered");
  const ackFloor = fields(info.ack_floor, "a consumer's ack_floor");
  const { deliver_subject, filter_subject, filter_subjects } = config;
  const { leader, replicas } = (info.cluster ?? NOT_CLUSTERED) as Fields;
  return {
    name: text(info.name, "a consumer's name"),
    createdAt: optionalText(info.created),
    push: typeof deliver_subject === "string" && deliver_subject !== "",
    filter: typeof filter_subject === "string" ? filter_subject : joined(filter_subjects),
    ackNone: config.ack_policy === "none",
    maxAckPending: limit(config.max_ack_pending),
    config: readConsumerConfig(config),
    leader: optionalText(leader),
    replicas: readReplicas(replicas),
    deliveredAt: optionalText(delivered.last_active),
    ackedAt: optionalText(ackFloor.last_active),
    toldAt: optionalText(info.ts),
    deliveredStreamSeq: count(delivered.stream_seq),
    deliveredConsumerSeq: count(delivered.consumer_seq),
    ackFloorStreamSeq: count(ackFloor.stream_seq),
    ackFloorConsumerSeq: count(ackFloor.consumer_seq),
    numPending: count(info.num_pending),
    numAckPending: optionalCount(info.num_ack_pending),
    numRedelivered: optionalCount(info.num_redelivered),
    numWaiting: optionalCount(info.num_waiting),
    pushBound: info.push_bound === true ? 1 : 0,
    paused: info.paused === true,
    pauseLeftMs: optionalCount(info.pause_remaining) / NS_A_MS,
    priorityGroups: info.priority_groups === undefined ? NO_GROUPS : readPriorityGroups(info.priority_groups),
    asOf,
  };
}

function readConsumerConfig(config: Fields): ConsumerConfigEntry {
  return {
    durable: typeof config.durable_name === "string" && config.durable_name !== "",
    ackPolicy: optionalText(config.ack_policy),
    deliverPolicy: optionalText(config.deliver_policy),
    deliverSubject: optionalText(config.deliver_subject),
    ackWaitMs: optionalCount(config.ack_wait) / NS_A_MS,
    longestBackoffMs:
      config.backoff === undefined ? 0 : Math.max(0, ...list(config.backoff).map(count)) / NS_A_MS,
    maxDeliver: limit(config.max_deliver),
    maxWaiting: optionalCount(config.max_waiting),
    deliverGroup: optionalText(config.deliver_group),
    priorityPolicy: optionalText(config.priority_policy),
    priorityTimeoutMs: optionalCount(config.priority_timeout) / NS_A_MS,
    replayPolicy: optionalText(config.replay_policy),
    pauseUntil: optionalText(config.pause_until),
    inactiveMs: optionalCount(config.inactive_threshold) / NS_A_MS,
  };
}

function readPriorityGroups(value: unknown): ConsumerEntry["priorityGroups"] {
  return list(value).map((item) => {
    const { group, pinned_client_id } = fields(item, "a priority group");
    return { group: optionalText(group), pinned: optionalText(pinned_client_id) };
  });
}

const NS_A_MS = 1e6;
// Most have none: one object for all of them.
const NO_REPLICAS: readonly ReplicaEntry[] = [];
const NO_GROUPS: ConsumerEntry["priorityGroups"] = [];
const NOT_CLUSTERED: Fields = {};

/** The error a JetStream API answer carries instead of a result. */
export const apiErrorSchema = z.object({
  error: z.object({
    code: z.number().optional(),
    err_code: z.number().optional(),
    description: z.string().optional(),
  }),
});

export const accountInfoSchema = z.object({ memory: known, storage: known });
export type AccountInfo = z.output<typeof accountInfoSchema>;
