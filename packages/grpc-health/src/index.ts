export { latencyAtMs, latencyBetween } from "./calls/latency.ts";
export type { RoundTrips } from "./calls/round-trips.ts";
export { UnsupportedServerError } from "./instrument.ts";
export type { MetricFamily, MetricRegistry } from "./metrics/register-metrics.ts";
export {
  type CallKind,
  type CallRow,
  type CallSide,
  type ClosedConnectionRow,
  type ConnectionRow,
  type EndedCallRow,
  type HeldBy,
  type LatencyMeasure,
  type LatencyRow,
  type MethodRow,
  type ProcessRow,
  type StatusCount,
  type StreamHealthDefinition,
  streamHealthDefinition,
  streamHealthServiceName,
  type WatchRequest,
  type WatchResponse,
} from "./protocol.ts";
export {
  createStreamHealth,
  instrumentServer,
  observingServices,
  type StreamHealth,
  type StreamHealthSettings,
} from "./stream-health.ts";
