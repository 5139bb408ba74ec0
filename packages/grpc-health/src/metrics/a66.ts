import type { CallRegistry } from "../calls/call-registry.ts";
import type { LiveCall } from "../calls/live-call.ts";
import type { MethodStats } from "../calls/method-stats.ts";
import type { CallSide } from "../protocol.ts";
import type { Buckets } from "./buckets.ts";
import type { Attempts, CallDistributions, Outcome } from "./call-distributions.ts";
import { bucketValues, type PromMetric, type PromValue, promMetric } from "./prom-metric.ts";
import { statusName } from "./status-names.ts";

/**
 * The metrics of gRFC A66 under the names that OpenTelemetry's exporter gives them in Prometheus, as far as they can be
 * known: grpc-js shows this package the calls of a client, and of their attempts only how many there were.
 */
export function a66Metrics(registry: CallRegistry, calls: CallDistributions): PromMetric[] {
  const histogram = (
    name: string,
    side: CallSide,
    help: string,
    of: (outcome: Outcome) => Buckets,
  ): PromMetric =>
    promMetric("histogram", name, help, () => {
      const outcomes = Array.from(calls.outcomes.values()).filter(({ method }) => method.side === side);
      return outcomes.flatMap((outcome) => [...bucketValues(name, labelsOf(outcome), of(outcome))]);
    });
  return [
    promMetric("counter", "grpc_server_call_started_total", "Calls started on the server.", () =>
      Array.from(registry.methods.values())
        .filter(({ side, started }) => side === "SERVER" && started > 0)
        .map((method) => ({ labels: { grpc_method: nameOf(method) }, value: method.started })),
    ),
    histogram(
      "grpc_server_call_duration_seconds",
      "SERVER",
      "From the arrival of a call's metadata to its end, in seconds.",
      ({ seconds }) => seconds,
    ),
    histogram(
      "grpc_server_call_sent_total_compressed_message_size_bytes",
      "SERVER",
      "Bytes of all response messages of a call. grpc-js servers do not compress.",
      ({ sentBytes }) => sentBytes,
    ),
    histogram(
      "grpc_server_call_rcvd_total_compressed_message_size_bytes",
      "SERVER",
      "Bytes of all request messages of a call, as decompressed: more than came where the client compresses.",
      ({ receivedBytes }) => receivedBytes,
    ),
    promMetric(
      "counter",
      "grpc_client_attempt_started_total",
      "Attempts of calls started by the client, with retries and hedges.",
      () => attemptsStarted(registry, calls),
    ),
    histogram(
      "grpc_client_call_duration_seconds",
      "CLIENT",
      "From the start of a call to its status, over all attempts, in seconds.",
      ({ seconds }) => seconds,
    ),
  ];
}

/** "package.Service/Method". */
const nameOf = ({ path }: MethodStats): string => path.replace(/^\//, "");

function labelsOf({ method, target, code }: Outcome): Record<string, string> {
  const labels = { grpc_method: nameOf(method), grpc_status: statusName(code) };
  return method.side === "CLIENT" ? { ...labels, grpc_target: target } : labels;
}

/** What live calls have tried again is in no total yet. */
function attemptsStarted(registry: CallRegistry, calls: CallDistributions): PromValue[] {
  const live = new Map<Attempts, number>();
  const add = (call: LiveCall): void => {
    const retries = call.origin.retries() ?? 0;
    if (retries === 0) return;
    const attempts = calls.attemptsOf(call);
    live.set(attempts, (live.get(attempts) ?? 0) + retries);
  };
  for (const call of registry.live) if (call.method.side === "CLIENT") add(call);
  return Array.from(calls.attempts.values(), (attempts) => ({
    labels: { grpc_method: nameOf(attempts.method), grpc_target: attempts.target },
    value: attempts.started + (live.get(attempts) ?? 0),
  }));
}
