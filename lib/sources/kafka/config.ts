import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { Clock } from "../../async/clock.ts";

/** What a Kafka collector takes: ready values. Files, environment and defaults of the user's YAML are read elsewhere. */
export interface KafkaCollectorOptions {
  readonly id: string;
  /** Bootstrap addresses, `host:port`. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Present: connect with TLS. `{}` is TLS with the system's certificate authorities. */
  readonly tls?: TlsOptions | undefined;
  readonly sasl?: KafkaSasl | undefined;
  readonly groups?: NameFilter | undefined;
  readonly topics?: NameFilter | undefined;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly clock?: Clock | undefined;
  /**
   * Broker time a second that reading commits may take on each broker, ms. While reading all of them every time takes
   * less, all are; otherwise those that stand still are read less often. Default 20.
   */
  readonly commitBudgetMs?: number | undefined;
  /** How far apart samples are meant to be. Default 1 s. */
  readonly intervalMs?: number | undefined;
  /** How often group members are asked for when nothing hints at a change. Default 30 s. */
  readonly topologyIntervalMs?: number | undefined;
}

export interface KafkaSasl {
  readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512" | "OAUTHBEARER";
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** OAUTHBEARER only. */
  readonly token?: string | undefined;
}

export interface NameFilter {
  readonly include?: RegExp | undefined;
  readonly exclude?: RegExp | undefined;
}

export function passes(filter: NameFilter | undefined, name: string): boolean {
  // `search`, not `test`: a pattern with the g flag must not remember where it stopped.
  if (filter?.include && name.search(filter.include) < 0) return false;
  return !(filter?.exclude && name.search(filter.exclude) >= 0);
}

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/** `host:port` or `[v6]:port`; 9092 where no port is given. */
export function parseAddress(text: string): BrokerAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text.trim());
  if (!match) return { host: text, port: 9092 };
  return { host: (match[1] ?? match[2])!, port: match[3] ? Number(match[3]) : 9092 };
}

export function addressText({ host, port }: BrokerAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
