import type { Clock } from "../async/clock.ts";
import type { FilterConfig, NatsAuth, SourceConfig, TlsConfig } from "../config/index.ts";
import type { Collector } from "../sample/collector.ts";
import { createGrpcCollector } from "./grpc/index.ts";
import { createKafkaCollector, KafkaProbe, type KafkaSasl } from "./kafka/index.ts";
import { createNatsCollector, type NatsAuthOptions } from "./nats/index.ts";
import { withProbe } from "./probe/with-probe.ts";

export interface CollectorSettings {
  /** How often topics, groups and members are looked up again. */
  readonly topologyIntervalMs: number;
}

/** The collector for a configured source: the one place that knows which kinds there are. */
export function createCollector(source: SourceConfig, settings: CollectorSettings, clock: Clock): Collector {
  const timeouts = { connectTimeoutMs: source.timeoutMs, requestTimeoutMs: source.timeoutMs };
  switch (source.kind) {
    case "kafka": {
      const access = {
        brokers: source.brokers,
        clientId: source.clientId,
        tls: tlsOptions(source.tls),
        sasl:
          source.sasl === null
            ? undefined
            : { ...source.sasl, mechanism: mechanismOf(source.sasl.mechanism) },
        ...timeouts,
        clock,
      };
      const collector = createKafkaCollector({
        ...access,
        id: source.id,
        groups: filter(source.groups),
        topics: filter(source.topics),
        topologyIntervalMs: settings.topologyIntervalMs,
        intervalMs: source.intervalMs,
        commitBudgetMs: source.commitBudgetMs,
      });
      const { probe } = source;
      return probe === null ? collector : withProbe(collector, () => new KafkaProbe({ ...access, ...probe }));
    }
    case "nats":
      return createNatsCollector({
        id: source.id,
        servers: source.servers,
        monitoring: source.monitoring,
        auth: natsAuth(source.auth),
        accounts: source.accounts.flatMap(({ name, auth }) => {
          const options = natsAuth(auth);
          return options === undefined ? [] : { name, auth: options };
        }),
        systemAccount: source.systemAccount === null ? undefined : natsAuth(source.systemAccount),
        peekPayload: source.peekPayload,
        apiAudit: source.apiAudit,
        probe: source.probe ?? undefined,
        tls: tlsOptions(source.tls),
        jetstream: source.jetstream,
        domain: source.jsDomain,
        inboxPrefix: source.inboxPrefix,
        streams: filter(source.streams),
        ...timeouts,
        clock,
      });
    case "grpc":
      return createGrpcCollector({
        id: source.id,
        target: source.target,
        tls: source.tls,
        services: source.services,
        uses: source.uses,
        metrics: source.metrics,
        // A sample is ended after `timeoutMs`, whatever it waits for: its parts end before, and say what that was.
        connectTimeoutMs: Math.round(0.8 * source.timeoutMs),
        requestTimeoutMs: Math.round(0.8 * source.timeoutMs),
        clock,
      });
  }
}

function filter({ include, exclude }: FilterConfig): { include?: RegExp; exclude?: RegExp } {
  return {
    ...(include !== undefined && { include: new RegExp(include, "u") }),
    ...(exclude !== undefined && { exclude: new RegExp(exclude, "u") }),
  };
}

function tlsOptions(tls: TlsConfig | null): TlsConfig | undefined {
  return tls ?? undefined;
}

function mechanismOf(mechanism: "plain" | "scram-sha-256" | "scram-sha-512"): KafkaSasl["mechanism"] {
  switch (mechanism) {
    case "plain":
      return "PLAIN";
    case "scram-sha-256":
      return "SCRAM-SHA-256";
    case "scram-sha-512":
      return "SCRAM-SHA-512";
  }
}

function natsAuth(auth: NatsAuth): NatsAuthOptions | undefined {
  switch (auth.method) {
    case "none":
      return undefined;
    case "password":
      return { user: auth.user, password: auth.password };
    case "token":
      return { token: auth.token };
    case "creds":
      return { creds: auth.creds };
    case "nkey":
      return { nkeySeed: auth.seed };
  }
}
