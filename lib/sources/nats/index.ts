export { createNatsCollector } from "./collector.ts";
export type { NatsAuthOptions } from "./config.ts";
