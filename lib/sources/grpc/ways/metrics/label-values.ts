import type { MethodRow } from "@streamside/grpc-health";
import { type CallKind, STATUS_CODES } from "../../../../model/call.ts";

type Kind = MethodRow["kind"];

/** `grpc_type` is `server_stream` in Go and `SERVER_STREAMING` in Java and Python. */
export function kindOfLabel(text: string | undefined): Kind {
  switch (plain(text ?? "")) {
    case "unary":
      return "UNARY";
    case "clientstream":
    case "clientstreaming":
      return "CLIENT_STREAM";
    case "serverstream":
    case "serverstreaming":
      return "SERVER_STREAM";
    case "bidistream":
    case "bidistreaming":
      return "BIDI";
    default:
      return "KIND_UNSPECIFIED";
  }
}

const KIND_OF = {
  unary: "UNARY",
  "client stream": "CLIENT_STREAM",
  "server stream": "SERVER_STREAM",
  "bidirectional stream": "BIDI",
  unknown: "KIND_UNSPECIFIED",
} as const satisfies Record<CallKind, Kind>;

export function kindOfModel(kind: CallKind): Kind {
  return KIND_OF[kind];
}

const CODES = new Map([
  ...STATUS_CODES.map((name, code) => [plain(name), code] as const),
  ["canceled", 1] as const,
]);

/** `DEADLINE_EXCEEDED`, `DeadlineExceeded`, `4` and, for what has no name in Go, `Code(99)`; undefined: none of these. */
export function codeOfLabel(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const digits = /^(?:Code\()?(\d{1,9})\)?$/.exec(text)?.[1];
  return digits === undefined ? CODES.get(plain(text)) : Number(digits);
}

function plain(text: string): string {
  return text.toLowerCase().replace(/[^a-z]/g, "");
}
