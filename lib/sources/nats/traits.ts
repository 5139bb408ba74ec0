import { SYSTEM_NAMES } from "../../model/system.ts";
import { USUAL_LIMITS } from "../../sample/limits.ts";
import type { KindTraits } from "../kind-traits.ts";
import { natsMetrics } from "./metrics.ts";
import { natsWords } from "./words.ts";

/** What is known of NATS without asking it anything. */
export const NATS_TRAITS: KindTraits = {
  id: "nats",
  name: SYSTEM_NAMES.nats,
  words: natsWords,
  metrics: natsMetrics,
  limits: USUAL_LIMITS,
  hasSettablePositions: false,
};
