import { status as Status } from "@grpc/grpc-js";
import type { FailureCode } from "../../../model/source.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { Link } from "./link.ts";
import { explainTls } from "./tls-failure.ts";

type Findings = Pick<Link, "accepted" | "answered" | "secured" | "error">;

/**
 * Why no connection came about. `details` is grpc-js's sentence; it is shown, never read.
 * @param wasLive gRPC was answered there before
 */
export function explainConnection(
  target: string,
  link: Findings,
  details: string,
  wasLive = false,
): CollectorError {
  const { accepted, answered, secured, error: cause } = link;
  const fail = (code: FailureCode, message: string, hint: string) =>
    new CollectorError(code, message, hint, { cause });
  const tls = explainTls(target, cause);
  if (tls) return tls;
  if (secured) {
    return fail(
      "AUTH",
      `${target} closed the connection right after the TLS handshake.`,
      "Servers do so when they do not accept the client certificate, or miss one: check certFile and keyFile in the source's tls section.",
    );
  }
  if (accepted && answered) {
    return fail(
      "PROTOCOL",
      `${target} answered, but not in HTTP/2, which gRPC needs.`,
      wasLive
        ? "gRPC was answered there before: has a proxy that has nothing behind it, or another server, taken its place?"
        : "Is this the port of a web server, or does the server want TLS? Give the gRPC port; add a tls section for TLS.",
    );
  }
  if (accepted) {
    return fail(
      "UNREACHABLE",
      `${target} accepted the connection and closed it at once.`,
      "The server is starting or going down, a proxy in front of it has nothing behind it, or it wants TLS: add a tls section.",
    );
  }
  return fail(
    "UNREACHABLE",
    `${target}: ${withoutFrame(details) || "no connection"}.`,
    "Is the service running, and is this its address and port?",
  );
}

export function explainSilence(
  target: string,
  { accepted, answered }: Pick<Link, "accepted" | "answered">,
): CollectorError {
  return accepted
    ? new CollectorError(
        "TIMEOUT",
        `${target} accepted the connection and never sent HTTP/2 settings${answered ? "" : ", nor anything else"}.`,
        "Is the process paused or overloaded, or does something other than gRPC listen there, or does it want TLS?",
      )
    : new CollectorError(
        "TIMEOUT",
        `${target}: no connection in time.`,
        "Is a firewall between here and the server?",
      );
}

/** What a call ended with, other than OK. */
export interface CallFailure {
  readonly code: Status;
  readonly details: string;
}

export function isCallFailure(error: unknown): error is CallFailure {
  return error instanceof Error && typeof (error as { code?: unknown }).code === "number";
}

/** @param subject what was asked: a full method name */
export function explainCall(target: string, subject: string, { code, details }: CallFailure): CollectorError {
  const said = `${target} · ${subject}: ${Status[code] ?? `status ${code}`}${details ? ` (${details})` : ""}`;
  switch (code) {
    case Status.UNAVAILABLE:
      return new CollectorError(
        "UNREACHABLE",
        `${said}.`,
        "The connection was lost. Is the server going down?",
      );
    case Status.DEADLINE_EXCEEDED:
      return new CollectorError(
        "TIMEOUT",
        `${target} did not answer ${subject} in time.`,
        "Is the process paused or overloaded?",
      );
    case Status.UNAUTHENTICATED:
      return new CollectorError(
        "AUTH",
        `${said}.`,
        "The server wants to know who asks. All that Streamside can show yet is a client certificate (certFile and keyFile in the source's tls section): where the server wants a token, let it in without.",
      );
    case Status.PERMISSION_DENIED:
      return new CollectorError("DENIED", `${said}.`, `Allow Streamside to call ${subject}.`);
    default:
      return new CollectorError("ANSWERED_ERROR", `${said}.`, "See the server's log.");
  }
}

/**
 * Why an answer is a page and no gRPC.
 * @param ended what grpc-js makes of the HTTP status; null: nothing yet
 * @param wasLive gRPC was answered there before
 */
export function notGrpc(
  target: string,
  contentType: string,
  ended: CallFailure | null,
  wasLive: boolean,
): CollectorError {
  // gRPC's rules turn 429, 502, 503 and 504 into this one. Which of them it was is told in grpc-js's sentence alone.
  if (ended?.code === Status.UNAVAILABLE) {
    const http = /\bHTTP status code (\d{3})\b/.exec(ended.details)?.[1];
    return new CollectorError(
      "UNREACHABLE",
      `${target}: a proxy in front of it answered${http === undefined ? "" : ` HTTP ${http}`} in the place of the server.`,
      wasLive
        ? "The proxy is there and cannot reach the server behind it: is that one running?"
        : "The proxy is there and cannot reach a server behind it. Is that one running, and is this the gRPC port?",
    );
  }
  return new CollectorError(
    "PROTOCOL",
    `${target} speaks HTTP/2 but answered ${contentType}, not gRPC.`,
    wasLive
      ? "gRPC was answered there before: has a proxy, or another server, taken its place?"
      : "Is this the port of a web server? Give the gRPC port.",
  );
}

/** The core of grpc-js's sentence, without the time of the failure, which would make every failure a new one. */
function withoutFrame(details: string): string {
  return details
    .replace(/\s*\(\d{4}-\d\d-\d\dT[^)]*\)/g, "")
    .replace(/^No connection established\. Last error: (?:Error: )?/, "")
    .replace(/\s*Resolution note:\s*$/, "")
    .replace(/[.\s]+$/, "");
}
