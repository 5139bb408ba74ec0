import type { Authority } from "../model/authority.ts";

/** What the rest of Streamside reads: validated, defaults filled in, files already read. */
export interface StreamsideConfig {
  host: string;
  /** 0 lets the system choose a free port. */
  port: number;
  /** Further hosts that the dashboard answers for; without a port, at every port. */
  publicHosts: Authority[];
  /** Absolute path. */
  dataDir: string;
  sources: SourceConfig[];
  metrics: { maxPositionSeries: number };
  sampling: {
    /** How often topics, groups, members and leaders are looked up again. */
    topologyIntervalMs: number;
  };
  /** Of every source. */
  limits: LimitsConfig;
}

/** What verdicts are measured by, where it is set and not learned. What is not there is not set. */
export interface LimitsConfig {
  lateMs?: number;
  stalledMs?: number;
  stoppedMs?: number;
  /** Messages. */
  minBacklog?: number;
  /** Of consumers by name; later ones go before earlier ones, and all of them before what is set for everyone. */
  consumers: ConsumerLimitsConfig[];
}

export interface ConsumerLimitsConfig extends Omit<LimitsConfig, "consumers"> {
  /** A JavaScript regular expression, not anchored; known to compile. */
  match: string;
  /** Abandoned: shown, and neither counted nor ranked. */
  ignore?: boolean;
}

/** Discriminated by `kind`. Holds secrets: only `publicSource` may leave the process. */
export type SourceConfig = KafkaSourceConfig | NatsSourceConfig | GrpcSourceConfig;
export type SourceKind = SourceConfig["kind"];

interface CommonSourceConfig {
  /** Unique; letters, digits, `.`, `_`, `-`; at most 64. */
  id: string;
  /** For display; the id where none was given. */
  name: string;
  intervalMs: number;
  /** For one request to the source. */
  timeoutMs: number;
  /** null means plain text. */
  tls: TlsConfig | null;
  /** Of this source: before those of every source. */
  limits: LimitsConfig;
}

export interface KafkaSourceConfig extends CommonSourceConfig {
  kind: "kafka";
  /** `host:port`, at least one. */
  brokers: string[];
  clientId: string;
  /** Broker time a second that reading commits may take, on each broker. */
  commitBudgetMs: number;
  sasl: SaslConfig | null;
  groups: FilterConfig;
  topics: FilterConfig;
  /** null: nothing is ever written to the cluster. */
  probe: KafkaProbeConfig | null;
}

/** Messages that Streamside writes and reads back, to see how long that takes. */
export interface KafkaProbeConfig {
  topic: string;
  /** One message this often. */
  intervalMs: number;
  /** A message that takes longer is late. */
  deadlineMs: number;
  /** A message that takes longer is given up as lost. */
  lostAfterMs: number;
}

export interface NatsSourceConfig extends CommonSourceConfig {
  kind: "nats";
  /** `host:port` without a scheme, at least one. */
  servers: string[];
  /** Base URLs of monitoring endpoints, without a trailing slash; may be empty. */
  monitoring: string[];
  auth: NatsAuth;
  /** Further accounts of the same servers, each with a user of its own. */
  accounts: NatsAccountConfig[];
  /** A user of the system account: every server answers for itself, and every account's streams are known. */
  systemAccount: NatsAuth | null;
  jetstream: boolean;
  streams: FilterConfig;
  jsDomain?: string;
  /** What the subjects of answers begin with, where users may not subscribe to each other's. Default `_INBOX`. */
  inboxPrefix?: string;
  /** Whether a message that somebody looks at is shown with its payload, not only with its headers and size. */
  peekPayload: boolean;
  /** Whether to hear who asks the JetStream API for changes, which makes servers send every answer once more. */
  apiAudit: boolean;
  /** null: nothing is ever published. */
  probe: NatsProbeConfig | null;
}

export interface NatsAccountConfig {
  /** Unique within the source. */
  name: string;
  auth: NatsAuth;
}

/** Requests that Streamside sends, to see how long a reply takes. */
export interface NatsProbeConfig {
  subject: string;
  /** Whether Streamside answers its own requests, on a second connection; else a service of yours does. */
  respond: boolean;
  /** One request this often. */
  intervalMs: number;
  /** A reply that takes longer is late. */
  deadlineMs: number;
}

export interface GrpcSourceConfig extends CommonSourceConfig {
  kind: "grpc";
  /** `host:port`, or a name with a gRPC scheme such as `dns:///host:port`. */
  target: string;
  uses: "auto" | GrpcUse[];
  /** Service names for the health check; empty asks about the whole server. */
  services: string[];
  /** The target's Prometheus endpoint. Where its host is the target's, each address of the target is asked for its own. */
  metrics?: string;
}

export const GRPC_USES = ["health", "reflection", "channelz", "instrumented", "metrics"] as const;
/** Where gRPC numbers may come from. */
export type GrpcUse = (typeof GRPC_USES)[number];

/** PEM texts, as Node's `tls` takes them. */
export interface TlsConfig {
  ca?: string;
  cert?: string;
  key?: string;
  servername?: string;
  rejectUnauthorized: boolean;
}

export const SASL_MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512"] as const;
export interface SaslConfig {
  mechanism: (typeof SASL_MECHANISMS)[number];
  username: string;
  password: string;
}

export type NatsAuth =
  | { method: "none" }
  | { method: "password"; user: string; password: string }
  | { method: "token"; token: string }
  | { method: "creds"; creds: string }
  | { method: "nkey"; seed: string };

/** JavaScript regular expressions, not anchored; known to compile. */
export interface FilterConfig {
  include?: string;
  exclude?: string;
}
