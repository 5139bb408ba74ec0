import { type Limits, USUAL_LIMITS } from "../../sample/limits.ts";

/**
 * A gRPC process tells itself when it last flushed, so a second of queued writes and no flush is told after a second,
 * unless its reader is known to be slow.
 */
export const GRPC_LIMITS: Limits = {
  ...USUAL_LIMITS,
  stillLeastMs: 1_000,
  stillUnknownMs: 1_000,
  heldUpMs: 1_000,
  recoveryMs: 5_000,
};
