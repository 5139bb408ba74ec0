import { type CallKind, type CallSide, type LatencyMeasure, STATUS_CODES } from "../../model/call.ts";

/** `grpc_type` of go-grpc-prometheus. */
export const GRPC_TYPES = {
  unary: "unary",
  "client stream": "client_stream",
  "server stream": "server_stream",
  "bidirectional stream": "bidi_stream",
  unknown: "unknown",
} as const satisfies Record<CallKind, string>;

/** `grpc_code` of go-grpc-prometheus: the names of Go, `DeadlineExceeded`, and `Canceled` with one l. */
export function goCode(code: number): string {
  const name = STATUS_CODES[code];
  if (name === undefined) return `Code(${code})`;
  if (name === "OK") return name;
  if (name === "CANCELLED") return "Canceled";
  return name.toLowerCase().replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** `/pkg.Service/Method` in two; what has another form is all method. */
export function partsOf(path: string): { readonly service: string; readonly method: string } {
  const bare = path.replace(/^\//, "");
  const slash = bare.lastIndexOf("/");
  return { service: bare.slice(0, Math.max(0, slash)), method: bare.slice(slash + 1) };
}

export interface LatencyMetric {
  readonly name: string;
  readonly help: string;
  /** In seconds. */
  readonly bounds: readonly number[];
  /** `path`: service and method in one, as in gRFC A66; `own`: with the side, which the others have in their names. */
  readonly labels: "method" | "path" | "own";
}

/** Under which names a measure is told. */
export function latencyMetrics(measure: LatencyMeasure, side: CallSide): LatencyMetric[] {
  switch (measure) {
    case "callDuration": {
      const help = "How long unary and client-streaming calls took, to 1 %.";
      return [
        { name: `grpc_${side}_handling_seconds`, help, bounds: HANDLING_BOUNDS, labels: "method" },
        { name: `grpc_${side}_call_duration_seconds`, help, bounds: A66_BOUNDS, labels: "path" },
      ];
    }
    case "firstMessage":
      return [own("first_message", "From the start of a call to its first response message.")];
    case "messageGap":
      return [own("message_gap", "Between two response messages of a call.")];
    case "roundTrip":
      return [own("round_trip", "From a request message to its reply, where the application marks them.")];
  }
}

function own(name: string, help: string): LatencyMetric {
  return { name: `streamside_grpc_${name}_seconds`, help, bounds: STREAM_BOUNDS, labels: "own" };
}

const HANDLING_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const A66_BOUNDS = [
  ...[0, 0.00001, 0.00005, 0.0001, 0.0003, 0.0006, 0.0008, 0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.008],
  ...[0.01, 0.013, 0.016, 0.02, 0.025, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1, 0.13, 0.16, 0.2, 0.25, 0.3, 0.4],
  ...[0.5, 0.65, 0.8, 1, 2, 5, 10, 20, 50, 100],
];
const STREAM_BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
