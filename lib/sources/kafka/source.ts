import { defineSource } from "../definition.ts";
import { nameFilter } from "../name-filter.ts";
import { withProbe } from "../probe/with-probe.ts";
import { createKafkaCollector } from "./collector.ts";
import type { KafkaSasl } from "./config.ts";
import { KafkaProbe } from "./probe/probe.ts";
import { createKafkaReader, type KafkaSourceConfig, type SaslConfig } from "./source-config.ts";
import { KAFKA_TRAITS } from "./traits.ts";

export const KAFKA = defineSource<KafkaSourceConfig>({
  ...KAFKA_TRAITS,
  createReader: createKafkaReader,
  addresses: ({ brokers }) => brokers,

  createCollector(config, { topologyIntervalMs }, clock) {
    const access = {
      brokers: config.brokers,
      clientId: config.clientId,
      tls: config.tls ?? undefined,
      sasl: config.sasl === null ? undefined : kafkaSasl(config.sasl),
      connectTimeoutMs: config.timeoutMs,
      requestTimeoutMs: config.timeoutMs,
      clock,
    };
    const collector = createKafkaCollector({
      ...access,
      id: config.id,
      groups: nameFilter(config.groups),
      topics: nameFilter(config.topics),
      topologyIntervalMs,
      intervalMs: config.intervalMs,
      commitBudgetMs: config.commitBudgetMs,
    });
    const { probe } = config;
    return probe === null ? collector : withProbe(collector, () => new KafkaProbe({ ...access, ...probe }));
  },
});

function kafkaSasl({ mechanism, username, password }: SaslConfig): KafkaSasl {
  switch (mechanism) {
    case "plain":
      return { mechanism: "PLAIN", username, password };
    case "scram-sha-256":
      return { mechanism: "SCRAM-SHA-256", username, password };
    case "scram-sha-512":
      return { mechanism: "SCRAM-SHA-512", username, password };
  }
}
