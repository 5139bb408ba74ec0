import type { Authority } from "../model/authority.ts";

/**
 * What the rest of Streamside reads: validated, defaults filled in, files already read.
 *
 * @typeParam S what the kinds of source make of an entry
 */
export interface StreamsideConfig<S> {
  host: string;
  /** 0 lets the system choose a free port. */
  port: number;
  /** Further hosts that the dashboard answers for; without a port, at every port. */
  publicHosts: Authority[];
  /** Absolute path. */
  dataDir: string;
  sources: S[];
  metrics: { maxPositionSeries: number };
  sampling: {
    /** How often topics, groups, members and leaders are looked up again. */
    topologyIntervalMs: number;
  };
  /** Of every source. */
  limits: LimitsConfig;
  /** What was sampled is kept; null: nothing outlives the process. */
  history: HistoryConfig | null;
}

export interface HistoryConfig {
  /** Absolute path. */
  dir: string;
  /** How long samples are kept. */
  rawMs: number;
  /** How long series are kept, ms, by their step. */
  tiersMs: Record<"10s" | "1m" | "10m", number>;
  /** What all of it takes on disk at most. */
  maxBytes: number;
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

/** What is set of a source of any kind. It holds secrets, and so does what its kind adds: none of it leaves the process. */
export interface SourceConfig {
  /** Unique; letters, digits, `.`, `_`, `-`; at most 64. */
  id: string;
  kind: string;
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

/** PEM texts, as Node's `tls` takes them. */
export interface TlsConfig {
  ca?: string;
  cert?: string;
  key?: string;
  servername?: string;
  rejectUnauthorized: boolean;
}

/** JavaScript regular expressions, not anchored; known to compile. */
export interface FilterConfig {
  include?: string;
  exclude?: string;
}
