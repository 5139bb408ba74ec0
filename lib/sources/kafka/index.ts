export { createKafkaCollector } from "./collector.ts";
export type { KafkaCollectorOptions, KafkaSasl } from "./config.ts";
