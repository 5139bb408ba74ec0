import type { System } from "../model/system.ts";
import type { StatusThresholds } from "./status.ts";

/**
 * Samples of a backlog kept for its trend, and how far apart they are: a minute, so that each half holds a commit of a
 * consumer that commits every half minute. A little less than 5 s, because samples jitter.
 */
export const TREND_SLOTS = 12;
export const TREND_STEP_MS = 4_800;

/** Rates are averages over this long: commits come in steps, and a reader wants the pace, not the steps. */
export const RATE_WINDOW_MS = 10_000;

/**
 * A Kafka or JetStream consumer may well commit only every half minute, so standing still means something after a
 * minute. A gRPC stream with queued writes that flushes nothing for a second is stalled: the process itself tells when it
 * last flushed.
 */
export const THRESHOLDS: Readonly<Record<System, StatusThresholds>> = {
  kafka: { stalledMs: 60_000, stoppedMs: 10_000, idleMs: 30_000, minSamples: 4 },
  nats: { stalledMs: 60_000, stoppedMs: 10_000, idleMs: 30_000, minSamples: 4 },
  grpc: { stalledMs: 1_000, stoppedMs: 10_000, idleMs: 30_000, minSamples: 4 },
};
