import { GRPC_TRAITS } from "./grpc/traits.ts";
import { KAFKA_TRAITS } from "./kafka/traits.ts";
import type { KindTraits } from "./kind-traits.ts";
import { NATS_TRAITS } from "./nats/traits.ts";

/** What is known of each kind of source, for whoever only reads what was sampled: no client of any of them is loaded. */
export const ALL_TRAITS: readonly KindTraits[] = [KAFKA_TRAITS, NATS_TRAITS, GRPC_TRAITS];
