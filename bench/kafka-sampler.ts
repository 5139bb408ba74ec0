import { createKafkaCollector } from "../lib/sources/kafka/index.ts";
import { KAFKA } from "../lib/sources/kafka/source.ts";
import { createSampler, type Sampler } from "./sampler.ts";

/** Asks everything every time, whatever the budget would say. */
export function createKafkaSampler(address: string): Sampler {
  const collector = createKafkaCollector({
    id: "bench",
    brokers: [address],
    clientId: "streamside-bench",
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 60_000,
    commitBudgetMs: Number.POSITIVE_INFINITY,
  });
  return createSampler(KAFKA, collector, address);
}
