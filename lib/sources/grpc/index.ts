export { createGrpcCollector } from "./collector.ts";
export type { GrpcCollectorOptions } from "./config.ts";
