import { SYSTEM_NAMES } from "../../model/system.ts";
import type { KindTraits } from "../kind-traits.ts";
import { GRPC_LIMITS } from "./limits.ts";
import { grpcMetrics } from "./metrics.ts";
import { GRPC_WORDS } from "./words/words.ts";

/** What is known of gRPC without asking it anything. */
export const GRPC_TRAITS: KindTraits = {
  id: "grpc",
  name: SYSTEM_NAMES.grpc,
  words: GRPC_WORDS,
  metrics: grpcMetrics,
  limits: GRPC_LIMITS,
  hasSettablePositions: false,
};
