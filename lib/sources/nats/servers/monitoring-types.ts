/**
 * What nats-server says of itself, over its monitoring endpoint and to the system account alike, parsed at the edge.
 * Numbers and texts that are missing or of another type are not known (NaN, empty); an answer without the lists that
 * make it what it is, is none.
 */
import { z } from "zod";
import { parseGoDuration } from "./go-duration.ts";

/** Beyond 2^53 nothing is exact any more: not known. */
export const known = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER).catch(Number.NaN);
const text = z.string().catch("");
/** Go's nanoseconds, as ms. */
const nanoseconds = known.transform((ns) => ns / 1e6);
const duration = text.transform(parseGoDuration);
/** EpochMs; NaN where there is none. Go's zero time is long before 1970. */
const instant = text.transform((value) => {
  const at = Date.parse(value);
  return at > 0 ? at : Number.NaN;
});

/** A peer of a raft group. */
const peerSchema = z.object({
  name: text,
  current: z.boolean().catch(false),
  offline: z.boolean().catch(false),
  active: nanoseconds,
  lag: known.optional().transform((lag) => lag ?? 0), // left out where it is 0
});

const metaSchema = z.object({
  name: text,
  leader: text,
  cluster_size: known,
  pending: known,
  replicas: z.array(peerSchema).catch([]),
});
export type MetaGroup = z.output<typeof metaSchema>;

const jetStreamSchema = z.object({
  config: z.object({ max_memory: known, max_storage: known, domain: text }),
  stats: z.object({
    memory: known,
    storage: known,
    ha_assets: known,
    api: z.object({ total: known, errors: known }),
  }),
  meta: metaSchema.nullish().catch(null),
});

const slowSchema = z.object({ clients: known, routes: known, gateways: known, leafs: known });

export const varzSchema = z.object({
  server_id: text,
  server_name: text,
  version: z.string(),
  cluster: z.object({ name: text }).nullish().catch(null),
  gateway: z.object({ name: text }).nullish().catch(null),
  start: instant,
  uptime: duration,
  max_pending: known,
  max_connections: known,
  mem: known,
  cpu: known,
  cores: known,
  connections: known,
  total_connections: known,
  routes: known,
  leafnodes: known,
  subscriptions: known,
  slow_consumers: known,
  slow_consumer_stats: slowSchema.nullish().catch(null),
  in_msgs: known,
  out_msgs: known,
  in_bytes: known,
  out_bytes: known,
  /** From and to clients only; since nats-server 2.12. */
  in_client_msgs: known,
  out_client_msgs: known,
  in_client_bytes: known,
  out_client_bytes: known,
  /** Null: this server does no JetStream. */
  jetstream: jetStreamSchema.nullish().catch(null),
});
export type Varz = z.output<typeof varzSchema>;

const subscriptionSchema = z.object({ subject: text, qgroup: text, msgs: known });

const connectionSchema = z.object({
  cid: z.number().int().nonnegative(),
  kind: text,
  name: text,
  ip: text,
  port: z.number().optional().catch(undefined),
  lang: text,
  version: text,
  account: text,
  /** What people call the account, where its own name is a public key. */
  name_tag: text,
  start: instant,
  last_activity: instant,
  stop: instant,
  reason: text,
  rtt: duration,
  uptime: duration,
  idle: duration,
  pending_bytes: known,
  in_msgs: known,
  out_msgs: known,
  in_bytes: known,
  out_bytes: known,
  subscriptions: known,
  subscriptions_list_detail: z.array(subscriptionSchema).optional().catch(undefined),
});
export type ConnzConnection = z.output<typeof connectionSchema>;

export const connzSchema = z.object({
  total: known,
  limit: known,
  connections: z.array(connectionSchema),
});
export type Connz = z.output<typeof connzSchema>;

/** What every link between servers counts. */
const traffic = { in_msgs: known, out_msgs: known, in_bytes: known, out_bytes: known };

export const routezSchema = z.object({
  routes: z.array(
    z.object({
      rid: known,
      remote_id: text,
      remote_name: text,
      account: text,
      ip: text,
      rtt: duration,
      pending_size: known,
      subscriptions: known,
      compression: text,
      ...traffic,
    }),
  ),
});
export type Routez = z.output<typeof routezSchema>;

const gatewaySchema = z.object({
  connection: z
    .object({
      cid: known,
      name: text,
      ip: text,
      rtt: duration,
      pending_bytes: known,
      uptime: duration,
      ...traffic,
    })
    .nullish()
    .catch(null),
});

export const gatewayzSchema = z.object({
  name: text,
  outbound_gateways: z.record(z.string(), gatewaySchema).transform(toMap),
  inbound_gateways: z.record(z.string(), z.array(gatewaySchema)).transform(toMap),
});
export type Gatewayz = z.output<typeof gatewayzSchema>;

export const leafzSchema = z.object({
  leafs: z.array(
    z.object({
      id: known,
      name: text,
      is_spoke: z.boolean().catch(false),
      account: text,
      ip: text,
      rtt: duration,
      subscriptions: known,
      compression: text,
      ...traffic,
    }),
  ),
});
export type Leafz = z.output<typeof leafzSchema>;

const exchangedSchema = z.object({
  msgs: known,
  bytes: known,
  routes: volume(),
  gateways: volume(),
  leafs: volume(),
});
export const accountStatzSchema = z.object({
  account_statz: z.array(
    z.object({
      acc: z.string(),
      name: text,
      conns: known,
      leafnodes: known,
      num_subscriptions: known,
      sent: exchangedSchema,
      received: exchangedSchema,
      slow_consumers: known,
    }),
  ),
});
export type AccountStatz = z.output<typeof accountStatzSchema>;

/** What accounts use of JetStream, of what they may: `reserved_…` is an account's limit, near 2^64 where it has none. */
export const jszAccountsSchema = z.object({
  streams: known,
  consumers: known,
  messages: known,
  bytes: known,
  account_details: z
    .array(
      z.object({
        name: z.string(),
        id: text,
        memory: known,
        storage: known,
        reserved_memory: known,
        reserved_storage: known,
      }),
    )
    .nullish()
    .transform((details) => details ?? []),
});
export type JszAccounts = z.output<typeof jszAccountsSchema>;

/** Streams with consumers, for `readStream` and `readConsumer`: they come by the thousand. */
export const jszStreamsSchema = z.object({
  account_details: z
    .array(
      z.object({
        stream_detail: z
          .array(z.unknown())
          .nullish()
          .transform((streams) => streams ?? []),
      }),
    )
    .nullish()
    .transform((details) => details ?? []),
});
export type JszStreams = z.output<typeof jszStreamsSchema>;

/** Names are anybody's choice: a Map knows no `__proto__`. */
function toMap<T>(record: Record<string, T>): ReadonlyMap<string, T> {
  return new Map(Object.entries(record));
}

function volume() {
  return z.object({ msgs: known, bytes: known }).nullish().catch(null);
}
