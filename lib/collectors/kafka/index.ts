export { createKafkaCollector } from "./collector.ts";
export type { KafkaCollectorOptions, KafkaSasl, NameFilter } from "./config.ts";
