import type { CallRegistry } from "../calls/call-registry.ts";
import { type MethodSum, sumMethods } from "../calls/method-sums.ts";
import { type PromMetric, type PromValue, promMetric } from "./prom-metric.ts";

/** What no other metrics tell: calls while they live. Per method, never per call. */
export function ownMetrics(registry: CallRegistry): PromMetric[] {
  const sums = (): MethodSum[] => sumMethods(registry, ({ started }) => started > 0);
  const gauge = (name: string, help: string, value: (sum: MethodSum) => number, of: "sum" | "max" = "sum") =>
    promMetric(
      "gauge",
      name,
      help,
      () => sums().map((sum) => ({ labels: labelsOf(sum), value: value(sum) })),
      of,
    );
  return [
    gauge("streamside_grpc_live_calls", "Calls alive now.", ({ liveCalls }) => liveCalls),
    gauge(
      "streamside_grpc_queued_writes",
      "Messages written by the application and not yet taken by the transport, in all live calls.",
      ({ queued }) => queued,
    ),
    gauge(
      "streamside_grpc_oldest_unflushed_seconds",
      "Age of the oldest of those messages; 0 while there is none.",
      ({ queued, oldest }) => (queued > 0 ? Math.max(0, registry.now() - oldest) / 1000 : 0),
      "max",
    ),
    promMetric(
      "gauge",
      "streamside_grpc_held_calls",
      "Live calls whose messages have waited for 250 ms or more, by what holds them.",
      () => heldCalls(registry),
    ),
    promMetric(
      "counter",
      "streamside_grpc_retries_total",
      "Attempts beyond the first: made (client) or arrived as such (server).",
      () =>
        sums()
          .filter(({ retries }) => !Number.isNaN(retries))
          .map((sum) => ({ labels: labelsOf(sum), value: sum.retries })),
    ),
    promMetric(
      "counter",
      "streamside_grpc_faults_total",
      "Exceptions inside the instrumentation; numbers may be incomplete when this is not 0.",
      () => [{ labels: {}, value: registry.faults }],
    ),
  ];
}

function labelsOf({ method: { side, path } }: MethodSum): Record<string, string> {
  return { side: side.toLowerCase(), grpc_method: path.slice(1) };
}

function heldCalls(registry: CallRegistry): PromValue[] {
  registry.look(false);
  const counts = new Map<string, PromValue>();
  for (const { method, heldBy } of registry.live) {
    if (heldBy === undefined) continue;
    const key = `${method.id} ${heldBy}`;
    let value = counts.get(key);
    if (value === undefined) {
      const labels = { side: method.side.toLowerCase(), grpc_method: method.path.slice(1), held_by: heldBy };
      value = { labels, value: 0 };
      counts.set(key, value);
    }
    value.value += 1;
  }
  return Array.from(counts.values());
}
