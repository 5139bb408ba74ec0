import type { System } from "../model/system.ts";
import { type Limits, USUAL_LIMITS } from "../sample/limits.ts";
import { GRPC_LIMITS } from "../sources/grpc/limits.ts";

/** What the kinds are measured by where nothing is set. */
export const DEFAULT_LIMITS: Readonly<Record<System, Limits>> = {
  kafka: USUAL_LIMITS,
  nats: USUAL_LIMITS,
  grpc: GRPC_LIMITS,
};
