import { AuthenticationError, TimeoutError } from "@platformatic/kafka";
import { CollectorError } from "../../../sample/collector-error.ts";
import { causesOf } from "../../causes.ts";
import { WireError } from "../wire/cursor.ts";

/** Turns what went wrong on a connection to `address` into a failure for people: by class and code, never by message. */
export function explainLinkError(address: string, error: unknown): CollectorError {
  const chain = causesOf(error);
  const fail = (code: CollectorError["code"], message: string, hint: string) =>
    new CollectorError(code, message, hint, { cause: error });

  for (const cause of chain) if (cause instanceof CollectorError) return cause;
  if (chain.some((cause) => cause instanceof TimeoutError)) {
    return fail(
      "TIMEOUT",
      `${address} did not answer in time.`,
      "Is the broker overloaded or paused, or a firewall swallowing packets?",
    );
  }
  if (chain.some((cause) => cause instanceof WireError || codeOf(cause) === "OUT_OF_BOUNDS")) {
    return fail(
      "PROTOCOL",
      `The answer of ${address} could not be read: ${messageOf(chain.at(-1))}.`,
      "Is something other than Kafka between Streamside and the broker?",
    );
  }
  for (const code of chain.map(codeOf)) {
    if (code === undefined) continue;
    if (code === "PLT_KFK_UNEXPECTED_CORRELATION_ID") {
      return fail("PROTOCOL", `${address} answered something that was not asked.`, "Is it a Kafka broker?");
    }
    if (code === "EPROTO" || code.startsWith("ERR_SSL_") || code === "PLT_KFK_USER") {
      return fail("PROTOCOL", `${address} does not speak TLS.`, "Is TLS wanted on this listener?");
    }
    if (/CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)/.test(code)) {
      return fail(
        "AUTH",
        `The certificate of ${address} is not trusted (${code}).`,
        "Give the certificate authority in the source's tls section.",
      );
    }
    const unreachable = UNREACHABLE[code];
    if (unreachable) return fail("UNREACHABLE", `${address}: ${unreachable[0]} (${code}).`, unreachable[1]);
  }
  // After the network's own reasons: the library says "authentication" for a connection that broke during it, too.
  if (
    chain.some((cause) => cause instanceof AuthenticationError) &&
    chain.some((cause) => codeOf(cause) === "PLT_KFK_PROTOCOL" || codeOf(cause) === "PLT_KFK_RESPONSE")
  ) {
    return fail(
      "AUTH",
      `${address} refused the SASL credentials.`,
      "Check mechanism, user name and password, and that this listener uses SASL.",
    );
  }
  return fail(
    "UNREACHABLE",
    `${address} closed the connection.`,
    "The broker is going down, or its listener wants TLS or SASL that the source does not set.",
  );
}

const UNREACHABLE: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  ECONNREFUSED: ["nothing listens there", "Is the broker running, and is this its port?"],
  ENOTFOUND: [
    "no such host name",
    "Check the name; where the broker itself gave this address, check its advertised.listeners.",
  ],
  EAI_AGAIN: ["the host name could not be looked up", "Is DNS reachable from here?"],
  EHOSTUNREACH: ["no route to the host", "Is the network between here and the broker up?"],
  ENETUNREACH: ["no route to the network", "Is the network between here and the broker up?"],
  ETIMEDOUT: ["no connection in time", "Is a firewall between here and the broker?"],
  ECONNRESET: ["the connection was reset", "Is the broker running, and does its listener want TLS or SASL?"],
  EPIPE: ["the connection was closed", "Is the broker running, and does its listener want TLS or SASL?"],
};

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" ? code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
