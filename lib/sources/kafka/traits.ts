import { SYSTEM_NAMES } from "../../model/system.ts";
import { USUAL_LIMITS } from "../../sample/limits.ts";
import type { KindTraits } from "../kind-traits.ts";
import { kafkaMetrics } from "./metrics.ts";
import { kafkaWords } from "./words.ts";

/** What is known of Kafka without asking it anything. */
export const KAFKA_TRAITS: KindTraits = {
  id: "kafka",
  name: SYSTEM_NAMES.kafka,
  words: kafkaWords,
  metrics: kafkaMetrics,
  limits: USUAL_LIMITS,
  hasSettablePositions: true,
};
