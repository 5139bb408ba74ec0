/**
 * Live queries: a browser subscribes to a view, the server sends one snapshot and then deltas. Every view has the same
 * form, a frame, so there is one way to compare, send and apply all of them.
 */
import { z } from "zod";
import type { CallView } from "./call.ts";
import type { Patch } from "./patch.ts";
import type { Problem } from "./problem.ts";
import type { EpochMs } from "./reading.ts";
import type { SectionRow } from "./source.ts";
import { STATUSES } from "./status.ts";
import { SYSTEMS } from "./system.ts";
import type {
  CallGone,
  CallMeta,
  CallsMeta,
  ConsumerMeta,
  ConsumersMeta,
  ConsumerView,
  EventRow,
  EventsMeta,
  OverviewMeta,
  PositionView,
  SourceGone,
  SourceMeta,
  SourcesMeta,
  SourceView,
  StreamGone,
  StreamMeta,
  StreamsMeta,
  StreamView,
  SystemView,
} from "./views.ts";

const text = (max: number) => z.string().min(1).max(max);
const page = {
  limit: z.number().int().min(1).max(500).default(100),
  offset: z.number().int().min(0).max(10_000_000).default(0),
};

export const CONSUMER_SORTS = ["worst", "latency", "backlog", "in", "out", "drain", "name"] as const;
export type ConsumerSort = (typeof CONSUMER_SORTS)[number];
export const STREAM_SORTS = ["in", "out", "retained", "name"] as const;
export type StreamSort = (typeof STREAM_SORTS)[number];

export const overviewQuery = z.strictObject({ view: z.literal("overview") });
export const sourcesQuery = z.strictObject({ view: z.literal("sources") });
export const consumersQuery = z.strictObject({
  view: z.literal("consumers"),
  source: text(256).optional(),
  system: z.enum(SYSTEMS).optional(),
  status: z.array(z.enum(STATUSES)).min(1).max(STATUSES.length).optional(),
  /** The names of what it reads, as the row shows them. */
  stream: text(4096).optional(),
  q: text(256).optional(),
  /** Same trouble as one row. */
  fold: z.boolean().default(false),
  /** Connections of core NATS clients: among the others, only those in trouble, or nothing else. */
  connections: z.enum(["with", "troubled", "only"]).default("with"),
  sort: z.enum(CONSUMER_SORTS).default("worst"),
  /** False: the sort's natural order (worst, largest or A first). */
  reverse: z.boolean().default(false),
  ...page,
});
export const streamsQuery = z.strictObject({
  view: z.literal("streams"),
  source: text(256).optional(),
  system: z.enum(SYSTEMS).optional(),
  q: text(256).optional(),
  sort: z.enum(STREAM_SORTS).default("in"),
  reverse: z.boolean().default(false),
  ...page,
});
export const consumerQuery = z.strictObject({
  view: z.literal("consumer"),
  id: text(1024),
  /** Only lanes with a backlog. */
  behindOnly: z.boolean().default(false),
  /** Lanes, worst first. */
  limit: page.limit,
  offset: page.offset,
});

/** One source with its tables. */
export const sourceQuery = z.strictObject({ view: z.literal("source"), id: text(256) });
/** One stream with its consumers, worst first. */
export const streamQuery = z.strictObject({ view: z.literal("stream"), id: text(1024), ...page });

export const CALL_SORTS = ["stall", "age", "queued", "sent", "received", "deadline"] as const;
export type CallSort = (typeof CALL_SORTS)[number];
/** Live gRPC calls, of everything or of one source, method or consumer. */
export const callsQuery = z.strictObject({
  view: z.literal("calls"),
  source: text(256).optional(),
  /** Ids. */
  stream: text(1024).optional(),
  consumer: text(1024).optional(),
  status: z.array(z.enum(STATUSES)).min(1).max(STATUSES.length).optional(),
  /** In the peer, the client's name or the method. */
  q: text(256).optional(),
  sort: z.enum(CALL_SORTS).default("stall"),
  /** False: the sort's natural order (worst, oldest, largest or soonest first). */
  reverse: z.boolean().default(false),
  ...page,
});
/** One call, and the other calls on its connection, worst first. */
export const callQuery = z.strictObject({ view: z.literal("call"), id: text(1024), ...page });

/** What happened in the last 15 minutes, of everything, newest first. */
export const eventsQuery = z.strictObject({
  view: z.literal("events"),
  source: text(256).optional(),
  /** Of the consumer or stream with this id. */
  entity: text(1024).optional(),
  /** Words, all of which are in what happened, or in the name of whom it happened to. */
  q: text(256).optional(),
  kind: z.array(text(64)).min(1).max(100).optional(),
  limit: page.limit,
});

export const liveQuery = z.discriminatedUnion("view", [
  overviewQuery,
  sourcesQuery,
  consumersQuery,
  streamsQuery,
  consumerQuery,
  sourceQuery,
  streamQuery,
  callsQuery,
  callQuery,
  eventsQuery,
]);
/** A query as a client writes it: defaults may be left out. */
export type LiveQueryInput = z.input<typeof liveQuery>;
/** A query as the server evaluates it: every field is there. */
export type LiveQuery = z.output<typeof liveQuery>;
export type ViewName = LiveQuery["view"];
export type QueryOf<V extends ViewName> = Extract<LiveQuery, { view: V }>;

/** Points of several lines on one time axis. `null` is a gap. Each column is as long as `t`. */
export interface SeriesBlock {
  readonly t: readonly EpochMs[];
  readonly columns: Readonly<Record<string, readonly (number | null)[]>>;
}

/** The measures every series has; the overview prefixes them with the system: `kafka.backlog`. */
export const SERIES_MEASURES = ["in", "due", "out", "backlog", "latency"] as const;
export type SeriesMeasure = (typeof SERIES_MEASURES)[number];

export interface Frame<
  M extends object = object,
  R extends { readonly id: string } = { readonly id: string },
> {
  /** What it shows is of then: for a live one, when it was made. */
  readonly asOf: EpochMs;
  readonly meta: M;
  /** In the order to show. */
  readonly rows: readonly R[];
  /** The last 15 minutes, oldest first; null for views without charts. */
  readonly series: SeriesBlock | null;
}

/** A frame without its charts: what it shows at one instant. */
export type View = Omit<Frame, "series">;
export type ViewOf = { readonly [V in ViewName]: Omit<FrameOf[V], "series"> };

/** What each view's frame holds. `consumer` of an unknown id is a frame with `meta.consumer` missing: see ConsumerGone. */
export interface FrameOf {
  overview: Frame<OverviewMeta, SystemView>;
  sources: Frame<SourcesMeta, SourceView>;
  consumers: Frame<ConsumersMeta, ConsumerView>;
  streams: Frame<StreamsMeta, StreamView>;
  consumer: Frame<ConsumerMeta | ConsumerGone, PositionView>;
  /** Rows of all sections; their ids begin with the section's key. */
  source: Frame<SourceMeta | SourceGone, SectionRow>;
  stream: Frame<StreamMeta | StreamGone, ConsumerView>;
  calls: Frame<CallsMeta, CallView>;
  /** Series: `sent`, `received` (per second), `queued`, `waiting` (ms). */
  call: Frame<CallMeta | CallGone, CallView>;
  events: Frame<EventsMeta, EventRow>;
}

/** The consumer does not exist now: deleted, mistyped, or its source has not been sampled yet. */
export interface ConsumerGone {
  readonly consumer: null;
  readonly reason: string;
}

/**
 * Views whose rows say by `asOf` when the rest of them was read. It is sent with what changes of a row, and is no change
 * by itself: a row that stays as it is sends nothing.
 */
export const DATED_ROWS: ReadonlySet<ViewName> = new Set([
  "overview",
  "consumers",
  "streams",
  "consumer",
  "stream",
]);

export interface SnapshotMessage {
  /** The name of the query: what `subscribe` acknowledged with. */
  readonly key: string;
  readonly seq: number;
  readonly serverTime: EpochMs;
  readonly frame: Frame;
}

/**
 * What changed since `seq - 1`; one comes each second, also where nothing did, so that who hears nothing knows that it
 * missed something. What the frame shows is of `serverTime` then. A client that holds another seq has missed one (frames to a slow client are dropped,
 * never queued) and asks for a snapshot with `resync`.
 */
export interface DeltaMessage {
  readonly key: string;
  readonly seq: number;
  readonly serverTime: EpochMs;
  readonly meta?: Patch;
  /**
   * Where each row was before, when the order or the set changed; -1: it is new, and `rows` has all of it. Rows that are
   * in no place of it are gone.
   */
  readonly order?: readonly number[];
  /** Changed rows: the place in the new order, and what changed. */
  readonly rows?: readonly (readonly [row: number, patch: Patch])[];
  /** Points to append; points older than the window fall out on both sides. */
  readonly series?: SeriesBlock;
}

/** The live window, in ms. */
export const WINDOW_MS = 15 * 60_000;

export type SubscribeAck =
  | { readonly ok: true; readonly key: string }
  | { readonly ok: false; readonly problem: Problem };

/** What was there at a moment. `frame.asOf` is earlier where nothing was recorded just before it. */
export type PastAck =
  | { readonly ok: true; readonly frame: Frame }
  | { readonly ok: false; readonly problem: Problem };

export interface ClientToServerEvents {
  /** A view as it was at a moment: told once. */
  past: (query: LiveQueryInput, at: EpochMs, ack: (result: PastAck) => void) => void;
  subscribe: (query: LiveQueryInput, ack: (result: SubscribeAck) => void) => void;
  unsubscribe: (key: string) => void;
  /** A fresh snapshot of something this socket is subscribed to. */
  resync: (key: string) => void;
}

export interface ServerToClientEvents {
  snapshot: (message: SnapshotMessage) => void;
  delta: (message: DeltaMessage) => void;
}

/** The same text for the same query, whatever the order of its fields. */
export function canonicalQuery(query: LiveQuery): string {
  return JSON.stringify(query, (_key, value: unknown) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
