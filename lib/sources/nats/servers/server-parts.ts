/** The questions that every server answers, the same over its monitoring endpoint and to the system account. */
import type { z } from "zod";
import {
  accountStatzSchema,
  connzSchema,
  gatewayzSchema,
  jszAccountsSchema,
  jszStreamsSchema,
  leafzSchema,
  routezSchema,
  varzSchema,
} from "./monitoring-types.ts";

export interface ServerPart<T> {
  /** Below the base URL of a monitoring endpoint. */
  readonly path: string;
  /** In the system account: all servers answer. */
  readonly subject: string;
  /** What `path` says after its question mark, as the system account is asked it. */
  readonly body: object;
  readonly schema: z.ZodType<T>;
}

/** Connections told of each server: those with the most bytes waiting. */
const MOST_CONNECTIONS = 256;
/** Connections that were closed last, told when slow ones were dropped. */
const MOST_CLOSED = 512;

export const VARZ = part("varz", "$SYS.REQ.SERVER.PING.VARZ", {}, varzSchema);

export const CONNZ = part(
  `connz?sort=pending&auth=true&limit=${MOST_CONNECTIONS}`,
  "$SYS.REQ.SERVER.PING.CONNZ",
  { sort: "pending", auth: true, limit: MOST_CONNECTIONS },
  connzSchema,
);

/** The newest first. */
export const CLOSED = part(
  `connz?state=closed&sort=stop&auth=true&limit=${MOST_CLOSED}`,
  "$SYS.REQ.SERVER.PING.CONNZ",
  { state: 1, sort: "stop", auth: true, limit: MOST_CLOSED },
  connzSchema,
);

/** Connections with every subscription they have, in the order in which they came. */
export function subscriptionsPart(offset: number, limit: number) {
  return part(
    `connz?sort=cid&auth=true&subs=detail&limit=${limit}&offset=${offset}`,
    "$SYS.REQ.SERVER.PING.CONNZ",
    { sort: "cid", auth: true, subscriptions_detail: true, limit, offset },
    connzSchema,
  );
}

export const ROUTEZ = part("routez", "$SYS.REQ.SERVER.PING.ROUTEZ", {}, routezSchema);
export const GATEWAYZ = part("gatewayz", "$SYS.REQ.SERVER.PING.GATEWAYZ", {}, gatewayzSchema);
export const LEAFZ = part("leafz", "$SYS.REQ.SERVER.PING.LEAFZ", {}, leafzSchema);

export const ACCOUNT_STATZ = part(
  "accstatz?unused=true",
  "$SYS.REQ.ACCOUNT.PING.STATZ",
  { include_unused: true },
  accountStatzSchema,
);

/** Without their streams. */
export const JSZ_ACCOUNTS = part(
  "jsz?accounts=true&limit=1024",
  "$SYS.REQ.SERVER.PING.JSZ",
  { accounts: true, limit: 1024 },
  jszAccountsSchema,
);

/** One account's streams and consumers with their configuration, of leaders and followers. */
export function jszStreamsPart(account: string) {
  return part(
    `jsz?acc=${encodeURIComponent(account)}&consumers=true&config=true`,
    "$SYS.REQ.SERVER.PING.JSZ",
    { account, streams: true, consumer: true, config: true },
    jszStreamsSchema,
  );
}

function part<T>(path: string, subject: string, body: object, schema: z.ZodType<T>): ServerPart<T> {
  return { path, subject, body, schema };
}
