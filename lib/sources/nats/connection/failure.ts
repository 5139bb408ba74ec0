import {
  AuthorizationError,
  NoRespondersError,
  PermissionViolationError,
  ProtocolError,
  TimeoutError,
  UserAuthenticationExpiredError,
} from "@nats-io/transport-node";
import type { FailureCode } from "../../../model/source.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { causesOf } from "../../causes.ts";

/** JetStream does not exist for this account or server. Not a failure: there is nothing to sample. */
export class JetStreamOff extends Error {
  override readonly name = "JetStreamOff";
  readonly code = "JETSTREAM_OFF";
}

const NETWORK: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ECONNREFUSED: ["nothing listens there", "Is the server running, and is this its port?"],
  ENOTFOUND: ["no such host name", "Check the host name."],
  EAI_AGAIN: ["the host name could not be looked up", "Is DNS reachable from here?"],
  EHOSTUNREACH: ["no route to the host", "Is the network between here and the server up?"],
  ENETUNREACH: ["no route to the network", "Is the network between here and the server up?"],
  ETIMEDOUT: ["no connection in time", "Is a firewall between here and the server?"],
  ECONNRESET: ["the connection was reset", "Is the server going down?"],
  EPIPE: ["the connection was closed", "Is the server going down?"],
};

/** What went wrong with `address`, told by class and code of the errors, never by their text. */
export function explainConnectionError(address: string, error: unknown): CollectorError {
  if (error instanceof CollectorError) return error;
  const chain = causesOf(error);
  const is = (...types: (abstract new (...args: never[]) => Error)[]) =>
    chain.some((cause) => types.some((type) => cause instanceof type));
  const fail = (code: FailureCode, message: string, hint: string) =>
    new CollectorError(code, message, hint, { cause: error });

  if (is(AuthorizationError, UserAuthenticationExpiredError)) {
    return fail(
      "AUTH",
      `${address} refused the credentials.`,
      "Check user and password, token, credentials file or NKey of this source.",
    );
  }
  if (is(TimeoutError)) return timedOut(address, error);
  if (is(ProtocolError)) {
    return fail(
      "ANSWERED_ERROR",
      `${address} answered: ${chain[0]?.message ?? ""}.`,
      "See the server's log.",
    );
  }
  for (const cause of chain) {
    const code = (cause as { code?: unknown }).code;
    if (typeof code !== "string") continue;
    const network = NETWORK[code];
    if (network) return fail("UNREACHABLE", `${address}: ${network[0]} (${code}).`, network[1]);
    if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
      return fail(
        "AUTH",
        `The certificate of ${address} is one for other names (${code}).`,
        "Set servername in the source's tls section to a name in the certificate, or connect by that name.",
      );
    }
    if (code === "EPROTO" || code.startsWith("ERR_SSL_")) {
      return fail(
        "PROTOCOL",
        `The TLS handshake with ${address} failed (${code}).`,
        "Does the server want TLS here, or a client certificate?",
      );
    }
    if (code.startsWith("ERR_TLS_") || /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)/.test(code)) {
      return fail(
        "AUTH",
        `The certificate of ${address} is not trusted (${code}).`,
        "Give the certificate authority in the source's tls section.",
      );
    }
  }
  return fail(
    "UNREACHABLE",
    `${address} closed the connection.`,
    "The server is going down, or it wants TLS or a client certificate that the source does not give.",
  );
}

export function timedOut(address: string, cause?: unknown): CollectorError {
  return new CollectorError(
    "TIMEOUT",
    `${address} did not answer in time.`,
    "Is the server overloaded or paused, or a firewall swallowing packets?",
    { cause },
  );
}

/** Why a request on `subject` has no answer. */
export function explainRequestError(address: string, subject: string, error: unknown): CollectorError {
  const chain = causesOf(error);
  const denied = chain.find((cause) => cause instanceof PermissionViolationError);
  if (denied) {
    const [verb, list, wanted] =
      denied.operation === "publish"
        ? ["publish to", "publish", denied.subject || subject]
        : ["subscribe to", "subscribe", denied.subject || "_INBOX.>"];
    const prefix = /^_INBOX[^.]*/.exec(wanted)?.[0];
    const inbox = prefix === undefined ? null : `${prefix}.>`;
    return new CollectorError(
      "DENIED",
      `${address} does not permit this user to ${verb} "${wanted}".`,
      `Add ${inbox ?? wanted} to the user's allowed ${list} subjects${
        inbox === null ? "" : ", or tell the prefix it has in inboxPrefix of this source"
      }.`,
      { cause: error },
    );
  }
  if (chain.some((cause) => cause instanceof NoRespondersError)) {
    return new CollectorError(
      "ANSWERED_ERROR",
      `Nobody answers on "${subject}".`,
      "Is JetStream starting up, or is the domain of this source mistyped?",
      { cause: error },
    );
  }
  return explainConnectionError(address, error);
}
