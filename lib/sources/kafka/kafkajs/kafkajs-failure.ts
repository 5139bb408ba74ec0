import { TimeoutError } from "@platformatic/kafka";
import { CollectorError } from "../../../sample/collector-error.ts";
import { causesOf } from "../../causes.ts";
import { explainLinkError } from "../link/link-failure.ts";
import { failureCodeOf } from "../wire/error-codes.ts";

/** What its errors carry. It names them; its classes cannot be imported by name from a module. */
interface KafkajsError extends Error {
  /** Kafka's name and number of an error that a broker answered. */
  readonly type?: string;
  readonly code?: number | string;
  readonly broker?: string;
}

/** Turns what kafkajs rejects with into a failure for people, in the words of `link-failure`. */
export function explainKafkajsError(brokers: string, error: unknown): CollectorError {
  const chain: readonly KafkajsError[] = causesOf(error);
  const fail = (code: CollectorError["code"], message: string, hint: string) =>
    new CollectorError(code, message, hint, { cause: error });
  for (const cause of chain) {
    if (cause instanceof CollectorError) return cause;
    switch (cause.name) {
      case "KafkaJSRequestTimeoutError":
      case "KafkaJSLockTimeout":
        return explainLinkError(brokers, new TimeoutError(cause.message));
      case "KafkaJSConnectionError":
      case "KafkaJSConnectionClosedError":
        return explainLinkError(cause.broker ?? brokers, cause);
      case "KafkaJSSASLAuthenticationError":
        return fail(
          "AUTH",
          `${brokers} refused the SASL credentials.`,
          "Check mechanism, user name and password, and that this listener uses SASL.",
        );
      case "KafkaJSProtocolError": {
        const code = failureCodeOf(Number(cause.code));
        const hint = code === "DENIED" ? "Streamside needs Describe on groups and topics." : AGAIN;
        return fail(code, `${brokers} answered ${cause.type}.`, hint);
      }
    }
  }
  const what = error instanceof Error ? error.message : String(error);
  if (chain.some(({ name }) => name.startsWith("KafkaJS"))) {
    return fail("ANSWERED_ERROR", `kafkajs: ${what.replace(/\.$/, "")}.`, AGAIN);
  }
  // Its decoders run past the end of bytes they did not expect.
  return fail(
    "PROTOCOL",
    `kafkajs could make nothing of what ${brokers} answered: ${what.replace(/\.$/, "")}.`,
    "Is something other than Kafka between Streamside and the broker?",
  );
}

const AGAIN = "It is being tried again.";
