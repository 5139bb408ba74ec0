import { isIP } from "node:net";
import type { Clock } from "../../async/clock.ts";

/** What a NATS collector takes: ready values. Files, environment and defaults of the user's YAML are read elsewhere. */
export interface NatsCollectorOptions {
  readonly id: string;
  /** `host:port` or `nats://host:port`, in the order to try them. */
  readonly servers: readonly string[];
  /** Base URLs of servers' monitoring endpoints, `http://host:8222`, one a server. */
  readonly monitoring?: readonly string[] | undefined;
  /** The name Streamside's connection carries. Default `streamside`. */
  readonly name?: string | undefined;
  readonly auth?: NatsAuthOptions | undefined;
  /** Further accounts of the same servers. */
  readonly accounts?: readonly { readonly name: string; readonly auth: NatsAuthOptions }[] | undefined;
  /** A user of the system account. */
  readonly systemAccount?: NatsAuthOptions | undefined;
  /**
   * Whether to hear who asks the JetStream API for changes. Makes every server publish every answer of the API once
   * more, to Streamside. Default false.
   */
  readonly apiAudit?: boolean | undefined;
  /** Whether `peek` may hand out payloads. Default false. */
  readonly peekPayload?: boolean | undefined;
  /** Absent: nothing is ever published. */
  readonly probe?: NatsProbeOptions | undefined;
  /** Present: connect with TLS. `{}` is TLS with the system's certificate authorities. */
  readonly tls?: NatsTlsOptions | undefined;
  /** Default true. */
  readonly jetstream?: boolean | undefined;
  /** JetStream domain: the API is asked at `$JS.<domain>.API.…`. */
  readonly domain?: string | undefined;
  /** What the subjects of answers begin with. Default `_INBOX`. */
  readonly inboxPrefix?: string | undefined;
  readonly streams?:
    | { readonly include?: RegExp | undefined; readonly exclude?: RegExp | undefined }
    | undefined;
  /** For one server: greeting, TLS and sign-in together. */
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly clock?: Clock | undefined;
}

export type NatsAuthOptions =
  | { readonly user: string; readonly password: string }
  | { readonly token: string }
  /** The content of a credentials file. */
  | { readonly creds: string | Uint8Array }
  | { readonly nkeySeed: string };

export interface NatsProbeOptions {
  readonly subject: string;
  /** Whether Streamside answers its own requests, on a connection of their own. */
  readonly respond: boolean;
  readonly intervalMs: number;
  readonly deadlineMs: number;
}

/** PEM texts, as Node's `tls` takes them. */
interface NatsTlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
  /** The server is configured with `handshake_first`: it greets only after the TLS handshake. */
  readonly handshakeFirst?: boolean;
}

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** `host:port`, for people and for the library. */
  readonly text: string;
  /** What TLS verifies the certificate against; undefined for addresses without a name. */
  readonly servername: string | undefined;
}

/** `host`, `host:port`, `[v6]:port`, each with or without `nats://` or `tls://`; 4222 where no port is given. */
export function parseServer(server: string): ServerAddress {
  const bare = server
    .trim()
    .replace(/^[a-z]+:\/\/(?:[^@/]*@)?/i, "")
    .replace(/\/.*$/, "");
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(bare);
  const host = match?.[1] ?? match?.[2] ?? bare;
  const port = match?.[3] ? Number(match[3]) : 4222;
  const text = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return { host, port, text, servername: isIP(host) ? undefined : host };
}

export function passesFilter(filter: NatsCollectorOptions["streams"], name: string): boolean {
  // `search`, not `test`: a pattern with the g flag must not remember where it stopped.
  if (filter?.include && name.search(filter.include) < 0) return false;
  return !(filter?.exclude && name.search(filter.exclude) >= 0);
}
