import type { CallRegistry } from "../calls/call-registry.ts";
import type { MethodStats } from "../calls/method-stats.ts";
import { type MethodSum, sumMethods } from "../calls/method-sums.ts";
import type { CallKind, CallSide } from "../protocol.ts";
import type { CallDistributions } from "./call-distributions.ts";
import { bucketValues, type PromMetric, promMetric } from "./prom-metric.ts";
import { goStatusName } from "./status-names.ts";

const typeNames: Record<CallKind, string> = {
  UNARY: "unary",
  CLIENT_STREAM: "client_stream",
  SERVER_STREAM: "server_stream",
  BIDI: "bidi_stream",
};

/** The metrics that go-grpc-prometheus began, under its names and labels. */
export function grpcPrometheusMetrics(registry: CallRegistry, calls: CallDistributions): PromMetric[] {
  return [...sideMetrics(registry, calls, "SERVER"), ...sideMetrics(registry, calls, "CLIENT")];
}

function sideMetrics(registry: CallRegistry, calls: CallDistributions, side: CallSide): PromMetric[] {
  const prefix = `grpc_${side.toLowerCase()}`;
  const where = side === "SERVER" ? "on the server" : "by the client";
  const sums = (): MethodSum[] =>
    sumMethods(registry, ({ started }) => started > 0).filter(({ method }) => method.side === side);
  const counter = (name: string, help: string, value: (sum: MethodSum) => number): PromMetric =>
    promMetric("counter", `${prefix}_${name}_total`, help, () =>
      sums().map((sum) => ({ labels: labelsOf(sum.method), value: value(sum) })),
    );
  const handling = `${prefix}_handling_seconds`;
  return [
    counter("started", `Calls started ${where}.`, ({ method }) => method.started),
    promMetric("counter", `${prefix}_handled_total`, `Calls ended ${where}, by status code.`, () =>
      sums().flatMap(({ method }) =>
        Array.from(method.statuses, ([code, value]) => ({
          labels: { ...labelsOf(method), grpc_code: goStatusName(code) },
          value,
        })),
      ),
    ),
    counter("msg_received", `Messages received ${where}.`, ({ traffic }) => traffic.messagesReceived),
    counter(
      "msg_sent",
      `Messages sent ${where}: taken by the transport.`,
      ({ traffic }) => traffic.messagesFlushed,
    ),
    promMetric("histogram", handling, `Duration of calls ended ${where}, of all kinds, in seconds.`, () =>
      Array.from(calls.handling)
        .filter(([method]) => method.side === side)
        .flatMap(([method, buckets]) => [...bucketValues(handling, labelsOf(method), buckets)]),
    ),
  ];
}

function labelsOf({ path, kind }: MethodStats): Record<string, string> {
  const slash = path.lastIndexOf("/");
  return {
    grpc_type: typeNames[kind],
    grpc_service: path.slice(1, slash),
    grpc_method: path.slice(slash + 1),
  };
}
