import { type AddressInfo, createServer } from "node:net";
import { afterEach, expect, it } from "vitest";
import { createKafkaCollector } from "./collector.ts";

const cleanups: (() => unknown)[] = [];
afterEach(() => Promise.all(cleanups.splice(0).map((clean) => clean())));

const UNSUPPORTED_VERSION = 35;

it("says so where a broker is older than what Streamside can ask at all", async () => {
  // As brokers before 2.4 answer a newer ApiVersions: an error in the form of version 0, and nothing else.
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (request) => {
      const answer = Buffer.alloc(14);
      answer.writeInt32BE(10, 0);
      answer.writeInt32BE(request.readInt32BE(8), 4);
      answer.writeInt16BE(UNSUPPORTED_VERSION, 8);
      socket.write(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const collector = createKafkaCollector({
    id: "old",
    brokers: [address],
    clientId: "test",
    connectTimeoutMs: 1000,
    requestTimeoutMs: 1000,
  });
  cleanups.unshift(() => collector.close());
  await expect(collector.sample(AbortSignal.timeout(5000))).rejects.toMatchObject({
    code: "ANSWERED_ERROR",
    message: expect.stringContaining(address),
    hint: "Streamside needs Kafka 2.4 or newer.",
  });
});
