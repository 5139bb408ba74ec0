import type { CallSide } from "../../../../model/call.ts";

/**
 * Who wrote a metric. One process may export the same calls under the names of several, so figures are never added up
 * over them: what the first one in this order tells of a method is taken.
 *
 * - `grpc_prometheus`: go-grpc-prometheus and its kin in go-grpc-middleware, Java and Python
 * - `a66`: gRPC's own OpenTelemetry plugin (gRFC A66), per call; `a66_attempt` what it counts per attempt of a client
 * - `semantic_conventions`: OpenTelemetry's conventions for RPC, both those with `rpc.server.duration` in milliseconds
 *   and those with `rpc.server.call.duration` in seconds
 * - `envoy`: Envoy's grpc_stats filter
 */
export const FAMILIES = ["grpc_prometheus", "a66", "a66_attempt", "semantic_conventions", "envoy"] as const;
export type Family = (typeof FAMILIES)[number];

/** What the series of one name add up to. */
export interface Meaning {
  readonly family: Family;
  readonly side: CallSide;
  readonly field:
    | "started"
    | "ended"
    | "sent"
    | "received"
    | "bytesSent"
    | "bytesReceived"
    | "retries"
    | "duration";
  /** Of a duration: which part of its histogram this is. */
  readonly part: "bucket" | "sum" | null;
  /** Of a duration: one of its units in µs. */
  readonly unitUs: number;
  /** What stands in the name of the method's labels: Envoy finds labels only for the first parts of a path. */
  readonly rest: string;
}

const SIDE = "(?<side>server|client)";
const PART = "_(?<part>bucket|sum|count)";
const ENVOY = "^envoy_cluster_grpc_(?:(?<rest>.+)_)?";
const SECOND = 1e6;
const MILLISECOND = 1e3;

type Field = Meaning["field"];
const NAMES: readonly (readonly [pattern: string, family: Family, field: Field, unitUs?: number])[] = [
  [`^grpc_${SIDE}_started(_total)?$`, "grpc_prometheus", "started"],
  [`^grpc_${SIDE}_(handled|completed)(_total)?$`, "grpc_prometheus", "ended"],
  [`^grpc_${SIDE}_msg_sent(_total)?$`, "grpc_prometheus", "sent"],
  [`^grpc_${SIDE}_msg_received(_total)?$`, "grpc_prometheus", "received"],
  [`^grpc_${SIDE}_handling_seconds${PART}$`, "grpc_prometheus", "duration", SECOND],
  // The names of Java and of older Python.
  [`^grpc_${SIDE}_(handled|completed)_latency_seconds${PART}$`, "grpc_prometheus", "duration", SECOND],

  [`^grpc_(?<side>server)_call_started(_total)?$`, "a66", "started"],
  [`^grpc_${SIDE}_call_duration(_seconds)?${PART}$`, "a66", "duration", SECOND],
  [`^grpc_(?<side>client)_call_retries_sum$`, "a66", "retries"],
  [`^grpc_(?<side>client)_attempt_started(_total)?$`, "a66_attempt", "started"],
  [`^grpc_(?<side>client)_attempt_duration(_seconds)?${PART}$`, "a66_attempt", "duration", SECOND],

  [`^rpc_${SIDE}_call_duration(_seconds)?${PART}$`, "semantic_conventions", "duration", SECOND],
  [`^rpc_${SIDE}_duration_seconds${PART}$`, "semantic_conventions", "duration", SECOND],
  [`^rpc_${SIDE}_duration(_milliseconds)?${PART}$`, "semantic_conventions", "duration", MILLISECOND],
  // Sizes are those of messages before compression.
  ["^rpc_(?<side>server)_request_size(_bytes)?_sum$", "semantic_conventions", "bytesReceived"],
  ["^rpc_(?<side>server)_response_size(_bytes)?_sum$", "semantic_conventions", "bytesSent"],
  ["^rpc_(?<side>client)_request_size(_bytes)?_sum$", "semantic_conventions", "bytesSent"],
  ["^rpc_(?<side>client)_response_size(_bytes)?_sum$", "semantic_conventions", "bytesReceived"],

  // Envoy stands before the server whose calls it counts. `total` adds up what the codes tell one by one.
  [`${ENVOY}\\d+$`, "envoy", "ended"],
  [`${ENVOY}request_message_count$`, "envoy", "received"],
  [`${ENVOY}response_message_count$`, "envoy", "sent"],
  [`${ENVOY}upstream_rq_time${PART}$`, "envoy", "duration", MILLISECOND],
];
const PATTERNS = NAMES.map(([pattern, ...meaning]) => [new RegExp(pattern), ...meaning] as const);

const MOST_NAME = 1_000;

/** null: says nothing of gRPC calls that could be used. */
export function meaningOf(name: string): Meaning | null {
  if (name.length > MOST_NAME || !/^(grpc_|rpc_|envoy_cluster_grpc_)/.test(name)) return null;
  for (const [pattern, family, field, unitUs = Number.NaN] of PATTERNS) {
    const groups = pattern.exec(name)?.groups;
    if (groups === undefined) continue;
    const { part, rest = "" } = groups;
    const side = groups.side === "client" ? "client" : "server";
    if (part === "bucket" || part === "sum") return { family, side, field, part, unitUs, rest };
    // How many values a histogram has is how many calls have ended: in OpenTelemetry nothing else tells it.
    if (part === "count" && (family === "grpc_prometheus" || family === "envoy")) return null;
    return { family, side, field: part === "count" ? "ended" : field, part: null, unitUs, rest };
  }
  return null;
}
