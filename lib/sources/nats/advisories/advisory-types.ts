/**
 * What JetStream says of itself on `$JS.EVENT.ADVISORY.>` and `$JS.EVENT.METRIC.>`, parsed at the edge. Anyone who may
 * publish in the account can publish there, so that nothing is taken that does not agree with itself: subject, type,
 * and the names in subject and body. By hand, as these may come by the thousand.
 */
import type { EpochMs } from "../../../model/reading.ts";
import { type Fields, ShapeError } from "../jetstream/api-types.ts";

/** Stream and consumer are empty where it concerns none. */
export interface AdvisoryPlace {
  /** When it happened, by the clock of the server that says so. */
  readonly at: EpochMs;
  /** The account it happened in, as the system account is told; empty: the account it was heard in. */
  readonly account: string;
  /** The JetStream domain of the server that says so; empty: it has none. */
  readonly domain: string;
  readonly stream: string;
  readonly consumer: string;
}

/** What happened to one message. Deliveries are those of this message to this consumer so far. */
export interface MessageNews {
  readonly kind: "put-back" | "terminated" | "given-up" | "acknowledged";
  readonly sequence: number;
  readonly deliveries: number;
  /** Why it was terminated, by its reader; empty: not said. */
  readonly reason: string;
  /** From delivery to acknowledgement; NaN for the other kinds. */
  readonly ackMs: number;
}

export type AdvisoryNews =
  | MessageNews
  | { readonly kind: "created" | "deleted" }
  | { readonly kind: "edited" }
  /** `leader` is empty where nobody knows its name. */
  | { readonly kind: "leader-elected"; readonly leader: string }
  | { readonly kind: "quorum-lost"; readonly current: number; readonly replicas: number }
  /** `leftMs` is 0 where it was resumed. */
  | { readonly kind: "paused"; readonly leftMs: number }
  | { readonly kind: "pinned"; readonly group: string; readonly client: string }
  | { readonly kind: "unpinned"; readonly group: string; readonly reason: string }
  | { readonly kind: "snapshot-started" | "restore-started"; readonly client: string }
  | { readonly kind: "snapshot-finished"; readonly tookMs: number; readonly error: string }
  | { readonly kind: "restore-finished"; readonly tookMs: number; readonly bytes: number }
  | { readonly kind: "batch-abandoned"; readonly batch: string; readonly reason: string }
  | { readonly kind: "api-asked"; readonly api: string; readonly client: string }
  | { readonly kind: "meta-leader-elected"; readonly leader: string; readonly cluster: string }
  | { readonly kind: "storage-full"; readonly server: string }
  | { readonly kind: "server-removed"; readonly server: string }
  | {
      readonly kind: "quorum-overridden";
      readonly server: string;
      readonly before: number;
      readonly after: number;
    }
  | { readonly kind: "api-overloaded"; readonly server: string; readonly dropped: number };

export type Advisory = AdvisoryPlace & AdvisoryNews;

/** A subject of the right form: what is said there, of whom. */
export interface AdvisorySubject {
  readonly form: AdvisoryForm;
  readonly stream: string;
  readonly consumer: string;
}

export interface AdvisoryForm {
  /** The tokens of the subject that name it: `CONSUMER.MSG_NAKED`. */
  readonly head: string;
  /** What the body's type ends with. */
  readonly type: string;
  /** Names at the end of the subject: a stream, a stream and a consumer, or none. */
  readonly names: 0 | 1 | 2;
  readonly read: (body: Fields, at: EpochMs) => AdvisoryNews;
}

/** Longer names do not exist (the server's limit). */
const NAME_LENGTH = 255;
const TEXT_LENGTH = 200;
const TYPE = /^io\.nats\.jetstream\.(?:advisory|metric)\.v\d+\.\w+$/;

const FORMS: ReadonlyMap<string, AdvisoryForm> = new Map(
  [
    form("STREAM.CREATED", "stream_action", 1, action("create", "created")),
    form("STREAM.DELETED", "stream_action", 1, action("delete", "deleted")),
    form("STREAM.UPDATED", "stream_action", 1, action("modify", "edited")),
    form("STREAM.LEADER_ELECTED", "stream_leader_elected", 1, readLeader),
    form("STREAM.QUORUM_LOST", "stream_quorum_lost", 1, readQuorum),
    form("STREAM.BATCH_ABANDONED", "stream_batch_abandoned", 1, (body) => ({
      kind: "batch-abandoned",
      batch: text(body.batch),
      reason: text(body.reason),
    })),
    form("STREAM.SNAPSHOT_CREATE", "snapshot_create", 1, (body) => ({
      kind: "snapshot-started",
      client: clientName(body.client),
    })),
    form("STREAM.SNAPSHOT_COMPLETE", "snapshot_complete", 1, (body) => ({
      kind: "snapshot-finished",
      tookMs: Math.max(0, time(body.end) - time(body.start)),
      error: text(body.error),
    })),
    form("STREAM.RESTORE_CREATE", "restore_create", 1, (body) => ({
      kind: "restore-started",
      client: clientName(body.client),
    })),
    form("STREAM.RESTORE_COMPLETE", "restore_complete", 1, (body) => ({
      kind: "restore-finished",
      tookMs: Math.max(0, time(body.end) - time(body.start)),
      bytes: whole(body.bytes, 0),
    })),
    form("CONSUMER.CREATED", "consumer_action", 2, action("create", "created")),
    form("CONSUMER.DELETED", "consumer_action", 2, action("delete", "deleted")),
    form("CONSUMER.PAUSE", "consumer_pause", 2, (body, at) => ({
      kind: "paused",
      leftMs: body.paused === true ? Math.max(1, time(body.pause_until) - at) : 0,
    })),
    form("CONSUMER.PINNED", "consumer_group_pinned", 2, (body) => ({
      kind: "pinned",
      group: text(body.group),
      client: text(body.pinned_id),
    })),
    form("CONSUMER.UNPINNED", "consumer_group_unpinned", 2, (body) => ({
      kind: "unpinned",
      group: text(body.group),
      reason: text(body.reason),
    })),
    form("CONSUMER.LEADER_ELECTED", "consumer_leader_elected", 2, readLeader),
    form("CONSUMER.QUORUM_LOST", "consumer_quorum_lost", 2, readQuorum),
    form("CONSUMER.MSG_NAKED", "nak", 2, message("put-back")),
    form("CONSUMER.MSG_TERMINATED", "terminated", 2, message("terminated")),
    form("CONSUMER.MAX_DELIVERIES", "max_deliver", 2, message("given-up")),
    form("CONSUMER.ACK", "consumer_ack", 2, message("acknowledged")),
    form("API", "api_audit", 0, (body) => ({
      kind: "api-asked",
      api: name(body.subject),
      client: clientName(body.client),
    })),
    form("API.LIMIT_REACHED", "api_limit_reached", 0, (body) => ({
      kind: "api-overloaded",
      server: text(body.server),
      dropped: whole(body.dropped, 0),
    })),
    form("DOMAIN.LEADER_ELECTED", "domain_leader_elected", 0, readMetaLeader),
    form("SERVER.OUT_OF_STORAGE", "server_out_of_space", 0, (body) => ({
      kind: "storage-full",
      server: text(body.server),
    })),
    form("SERVER.REMOVED", "server_removed", 0, (body) => ({
      kind: "server-removed",
      server: text(body.server),
    })),
    form("SERVER.META_RESCUE", "meta_rescue", 0, (body) => ({
      kind: "quorum-overridden",
      server: text(body.server),
      before: whole(body.prev_quorum, 0),
      after: whole(body.new_quorum, 0),
    })),
  ].map((one) => [one.head, one]),
);

/** How many different forms there are: what is kept a form is bounded by it. */
export const ADVISORY_FORMS = [...FORMS.values()];

/** Null where the subject is none of the known forms. Does not look at the body. */
export function readAdvisorySubject(subject: string): AdvisorySubject | null {
  const [, , , area = "", what = "", stream = "", consumer = "", ...more] = subject.split(".");
  const form = FORMS.get(what === "" ? area : `${area}.${what}`);
  if (!form || more.length > 0) return null;
  const named = consumer !== "" ? 2 : stream !== "" ? 1 : 0;
  if (named !== form.names || stream.length > NAME_LENGTH || consumer.length > NAME_LENGTH) return null;
  return { form, stream, consumer };
}

/** Throws `ShapeError` where the body is not what its subject promises. */
export function readAdvisory({ form, stream, consumer }: AdvisorySubject, body: Fields): Advisory {
  if (!isType(body.type) || !body.type.endsWith(`.${form.type}`)) throw new ShapeError("another type");
  if (form.names >= 1 && body.stream !== stream) throw new ShapeError("another stream");
  if (form.names === 2 && body.consumer !== consumer) throw new ShapeError("another consumer");
  const at = time(body.timestamp);
  const account = body.account === undefined ? "" : name(body.account);
  const domain = body.domain === undefined ? "" : name(body.domain);
  return { at, account, domain, stream, consumer, ...form.read(body, at) };
}

/** Of the right form, but perhaps of a kind that is not known here: newer servers have more of them. */
export function isAdvisoryBody(body: Fields): boolean {
  return isType(body.type);
}

function isType(type: unknown): type is string {
  return typeof type === "string" && type.length <= NAME_LENGTH && TYPE.test(type);
}

function form(
  head: string,
  type: string,
  names: AdvisoryForm["names"],
  read: AdvisoryForm["read"],
): AdvisoryForm {
  return { head, type, names, read };
}

function action(said: string, kind: "created" | "deleted" | "edited") {
  return (body: Fields): AdvisoryNews => {
    if (body.action !== said) throw new ShapeError("another action");
    return { kind };
  };
}

function message(kind: MessageNews["kind"]) {
  return (body: Fields): AdvisoryNews => ({
    kind,
    sequence: whole(body.stream_seq, 1),
    deliveries: whole(body.deliveries, 1),
    reason: text(body.reason),
    ackMs: kind === "acknowledged" ? whole(body.ack_time, 0) / NS_A_MS : Number.NaN,
  });
}

function readLeader(body: Fields): AdvisoryNews {
  return { kind: "leader-elected", leader: text(body.leader) };
}

/** Tells the leader by the id of a peer. */
function readMetaLeader(body: Fields): AdvisoryNews {
  const leader = peers(body.replicas).find(({ peer }) => peer === body.leader);
  return { kind: "meta-leader-elected", leader: text(leader?.name), cluster: text(body.cluster) };
}

function readQuorum(body: Fields): AdvisoryNews {
  const replicas = peers(body.replicas);
  return {
    kind: "quorum-lost",
    current: replicas.filter(({ current, offline }) => current === true && offline !== true).length,
    replicas: replicas.length,
  };
}

function peers(value: unknown): readonly Fields[] {
  if (!Array.isArray(value)) return [];
  return value.filter((peer) => typeof peer === "object" && peer !== null);
}

/** The name a client gave itself, or its user. */
function clientName(value: unknown): string {
  if (typeof value !== "object" || value === null) return "";
  const { name, user } = value as Fields;
  return text(name) || text(user);
}

function name(value: unknown): string {
  if (typeof value !== "string" || value.length > 2 * NAME_LENGTH) throw new ShapeError("no name");
  return value;
}

function text(value: unknown): string {
  return typeof value === "string" ? value.slice(0, TEXT_LENGTH) : "";
}

function whole(value: unknown, least: number): number {
  if (!Number.isSafeInteger(value) || (value as number) < least) throw new ShapeError("no count");
  return value as number;
}

function time(value: unknown): EpochMs {
  const at = typeof value === "string" && value.length <= 40 ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) throw new ShapeError("no time");
  return at;
}

const NS_A_MS = 1e6;
