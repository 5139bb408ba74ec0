import { networkInterfaces } from "node:os";
import { describe, expect, it } from "vitest";
import { isFree } from "../free-port.ts";
import { runKafkaTool, startLocalKafka } from "../index.ts";
import { identify, isAlive } from "../processes.ts";
import { parseEndpoint } from "../tcp-exchange.ts";
import { askKafkaVersions } from "./kafka-probe.ts";

const timeout = 120_000;
const topics = "org.apache.kafka.tools.TopicCommand";

describe("a local Kafka", () => {
  it("keeps its topics and port over kill -9 and restart, and leaves nothing after stop", {
    timeout,
  }, async () => {
    const kafka = await startLocalKafka({ properties: { "num.partitions": "3" } });
    const at = parseEndpoint(kafka.address, 0);
    try {
      const topic = ["--bootstrap-server", kafka.address, "--topic", "orders"];
      expect(await runKafkaTool(topics, [...topic, "--create"])).toMatchObject({ code: 0 });

      const outside = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
      for (const { address, internal, family } of outside) {
        if (internal || family !== "IPv4") continue;
        await expect(askKafkaVersions({ host: address, port: at.port }, 1_000)).rejects.toThrow(
          "nothing listens",
        );
      }

      const first = identify(kafka.pid);
      await kafka.kill();
      expect(isAlive(first)).toBe(false);
      await expect(askKafkaVersions(at, 1_000)).rejects.toMatchObject({ code: "not-answering" });

      await kafka.restart();
      expect(kafka.pid).not.toBe(first.pid);
      const described = await runKafkaTool(topics, [...topic, "--describe"]);
      expect(described.stdout).toContain("PartitionCount: 3");
    } finally {
      const last = identify(kafka.pid);
      await kafka.stop();
      expect(isAlive(last)).toBe(false);
    }
    expect(await isFree(at.port)).toBe(true);
    await expect(kafka.restart()).rejects.toMatchObject({ code: "stopped" });
  });

  it("shows the end of its log when it cannot start, and where the rest is", { timeout }, async () => {
    await expect(
      startLocalKafka({ properties: { "authorizer.class.name": "no.such.Class" } }),
    ).rejects.toMatchObject({
      name: "BrokerError",
      code: "start-failed",
      message: expect.stringMatching(/ClassNotFoundException: no\.such\.Class[\s\S]*The whole log: /),
    });
  });
});
