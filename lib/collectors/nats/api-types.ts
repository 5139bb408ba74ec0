/**
 * What a NATS server answers, parsed at the edge. The two answers that come by the thousand a second, streams and
 * consumers, are checked by hand and cut down to what is used; the rest goes through zod.
 */
import { z } from "zod";
import type { EpochMs } from "../../model/reading.ts";

export interface Page<T> {
  readonly items: readonly T[];
  /** Items there are in all, as the server said with this page. */
  readonly total: number;
  /** The most a page holds. */
  readonly limit: number;
  /** Names whose leader did not answer the server in time. */
  readonly missing: readonly string[];
}

/** One stream at one instant. Numbers are NaN where they are not known. */
export interface StreamEntry {
  readonly name: string;
  /** Subjects it captures, joined with a space; empty for mirrors and pure aggregates. */
  readonly subjects: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly consumerCount: number;
  readonly asOf: EpochMs;
}

/** One consumer at one instant. Numbers are NaN where they are not known. */
export interface ConsumerEntry {
  readonly name: string;
  readonly push: boolean;
  /** Filter subjects, joined with a space; empty: it reads the whole stream. */
  readonly filter: string;
  /** What it has finished is what it was sent: it acknowledges nothing. */
  readonly ackNone: boolean;
  readonly maxAckPending: number;
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
  readonly asOf: EpochMs;
}

/** What was answered is not what the API is documented to answer. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
  readonly code = "SHAPE";
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown, what: string): Fields {
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

function joined(value: unknown): string {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string").join(" ") : "";
}

function readPage<T>(json: unknown, key: "streams" | "consumers", read: (item: Fields) => T): Page<T> {
  const page = fields(json, "the answer");
  const list = page[key] ?? [];
  const total = count(page.total);
  if (!Array.isArray(list) || Number.isNaN(total)) throw new ShapeError(`the answer is no page of ${key}`);
  const limit = count(page.limit);
  return {
    items: list.map((item) => read(fields(item, key))),
    total,
    limit: limit >= 1 ? limit : Math.max(1, list.length),
    missing: joined(page.missing).split(" ").filter(Boolean),
  };
}

export function readStreamPage(json: unknown, asOf: EpochMs): Page<StreamEntry> {
  return readPage(json, "streams", ({ config, state }) => {
    const { name, subjects } = fields(config, "a stream's config");
    const { first_seq, last_seq, consumer_count } = fields(state, "a stream's state");
    return {
      name: text(name, "a stream's name"),
      subjects: joined(subjects),
      firstSeq: count(first_seq),
      lastSeq: count(last_seq),
      consumerCount: optionalCount(consumer_count),
      asOf,
    };
  });
}

export function readConsumerPage(json: unknown, asOf: EpochMs): Page<ConsumerEntry> {
  return readPage(json, "consumers", (info) => {
    const config = fields(info.config, "a consumer's config");
    const delivered = fields(info.delivered, "a consumer's delivered");
    const ackFloor = fields(info.ack_floor, "a consumer's ack_floor");
    const { deliver_subject, filter_subject, filter_subjects } = config;
    return {
      name: text(info.name, "a consumer's name"),
      push: typeof deliver_subject === "string" && deliver_subject !== "",
      filter: typeof filter_subject === "string" ? filter_subject : joined(filter_subjects),
      ackNone: config.ack_policy === "none",
      maxAckPending: optionalCount(config.max_ack_pending),
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
      asOf,
    };
  });
}

/** The error a JetStream API answer carries instead of a result. */
export const apiErrorSchema = z.object({
  error: z.object({
    code: z.number().optional(),
    err_code: z.number().optional(),
    description: z.string().optional(),
  }),
});

const known = z.number().nonnegative().catch(Number.NaN);

export const accountInfoSchema = z.object({ memory: known, storage: known });
export type AccountInfo = z.output<typeof accountInfoSchema>;

export const varzSchema = z.object({
  server_name: z.string().optional(),
  version: z.string(),
  uptime: z.string().optional(),
  connections: known,
  slow_consumers: known,
  subscriptions: known,
  in_msgs: known,
  out_msgs: known,
});
export type Varz = z.output<typeof varzSchema>;

const connectionSchema = z.object({
  cid: z.number(),
  kind: z.string().optional(),
  name: z.string().optional(),
  ip: z.string().optional(),
  port: z.number().optional(),
  lang: z.string().optional(),
  version: z.string().optional(),
  pending_bytes: known,
  out_msgs: known,
});
export type ConnzConnection = z.output<typeof connectionSchema>;

export const connzSchema = z.object({
  total: known,
  limit: known,
  connections: z.array(connectionSchema),
});
export type Connz = z.output<typeof connzSchema>;
