import type { CallRegistry } from "../calls/call-registry.ts";
import { a66Metrics } from "./a66.ts";
import { CallDistributions } from "./call-distributions.ts";
import { grpcPrometheusMetrics } from "./grpc-prometheus.ts";
import { ownMetrics } from "./own.ts";

/** prom-client's `Registry`, as far as it is needed; the package does not depend on it. */
export interface MetricRegistry {
  registerMetric(metric: never): void;
}

/**
 * - `a66`: the names of gRPC's own OpenTelemetry metrics (gRFC A66), such as `grpc_server_call_duration_seconds`
 * - `grpc_prometheus`: those of go-grpc-prometheus and its kin, such as `grpc_server_handled_total`
 * - `streamside`: live calls and what they wait for, such as `streamside_grpc_queued_writes`
 */
export type MetricFamily = "a66" | "grpc_prometheus" | "streamside";

/** Values are looked up when they are scraped. Throws what `registerMetric` throws when a name is taken. */
export function registerMetrics(
  registry: CallRegistry,
  metrics: MetricRegistry,
  families: readonly MetricFamily[],
): void {
  const distributions = registry.distributions ?? new CallDistributions();
  // The others are looked up, and cost calls nothing.
  if (families.some((family) => family !== "streamside")) registry.distributions = distributions;
  for (const metric of families.flatMap((family) => {
    if (family === "a66") return a66Metrics(registry, distributions);
    return family === "grpc_prometheus"
      ? grpcPrometheusMetrics(registry, distributions)
      : ownMetrics(registry);
  })) {
    metrics.registerMetric(metric as never);
  }
}
