import { createServer } from "node:net";
import { Kafka, logLevel } from "kafkajs";
import { afterEach, describe, expect, it } from "vitest";
import { CollectorError } from "../../../sample/collector-error.ts";
import { explainKafkajsError } from "./kafkajs-failure.ts";

const cleanups: (() => unknown)[] = [];
afterEach(() => Promise.all(cleanups.splice(0).map((clean) => clean())));

function named(name: string, message: string, fields: object = {}): Error {
  return Object.assign(new Error(message), { name }, fields);
}

/** What kafkajs itself makes of it. */
async function failureOf(port: number): Promise<unknown> {
  const kafka = new Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 300,
    requestTimeout: 300,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  const error = await admin.connect().catch((error: unknown) => error);
  await admin.disconnect();
  return error;
}

describe("explainKafkajsError", () => {
  it("UNREACHABLE where nothing listens, with the address and the system's own word", async () => {
    expect(explainKafkajsError("a:1", await failureOf(1))).toMatchObject({
      code: "UNREACHABLE",
      message: "127.0.0.1:1: nothing listens there (ECONNREFUSED).",
      hint: expect.stringContaining("running"),
    });
  });

  it("TIMEOUT where it accepts and never replies", async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanups.push(() => server.close());
    const { port } = server.address() as { port: number };
    expect(explainKafkajsError("a:1", await failureOf(port))).toMatchObject({ code: "TIMEOUT" });
  });

  it.each([
    ["DENIED", named("KafkaJSProtocolError", "x", { type: "GROUP_AUTHORIZATION_FAILED", code: 30 })],
    ["ANSWERED_ERROR", named("KafkaJSProtocolError", "x", { type: "NOT_CONTROLLER", code: 41 })],
    ["AUTH", named("KafkaJSSASLAuthenticationError", "SASL PLAIN mechanism is not supported")],
    ["TIMEOUT", named("KafkaJSLockTimeout", "x")],
    ["ANSWERED_ERROR", named("KafkaJSGroupCoordinatorNotFound", "Failed to find group coordinator")],
    ["PROTOCOL", new RangeError('The value of "offset" is out of range.')],
  ])("%s for %s, however deep it is", (code, error) => {
    for (const outer of [error, named("KafkaJSNonRetriableError", "outer", { cause: error })]) {
      if (error instanceof RangeError && outer !== error) continue; // then it is kafkajs' own word
      const explained = explainKafkajsError("127.0.0.1:9092", outer);
      expect(explained).toMatchObject({ code, name: "CollectorError" });
      expect(explained.message).not.toBe("");
      expect(explained.hint).not.toBe("");
    }
  });

  it("leaves alone what has been explained before", () => {
    const known = new CollectorError("AUTH", "m", "h");
    expect(explainKafkajsError("a:1", known)).toBe(known);
    expect(explainKafkajsError("a:1", named("KafkaJSError", "outer", { cause: known }))).toBe(known);
  });
});
