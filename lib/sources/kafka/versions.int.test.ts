import { type Admin, type Consumer, Kafka, logLevel } from "kafkajs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { pickPort } from "../../../brokers/free-port.ts";
import {
  type LocalBroker,
  runKafkaTool,
  startLocalKafka,
  startLocalZookeeperKafka,
} from "../../../brokers/index.ts";
import type { Collector } from "../../sample/collector.ts";
import { checkCollectorContract, observationBreaches } from "../../sample/contract-check.ts";
import type { Sample } from "../../sample/sample.ts";
import { shown } from "../facts.fixture.ts";
import { createKafkaCollector, type KafkaCollectorOptions } from "./index.ts";
import { recovered, rowsOf, rowsOfTool } from "./tool-rows.fixture.ts";
import { kafkaWords } from "./words.ts";

const NEW_TOOL = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";

/** A second way into the old broker, for those who have a password. */
async function startWithPassword(port: number): Promise<{ broker: LocalBroker; guarded: string }> {
  const guarded = `127.0.0.1:${await pickPort()}`;
  const broker = await startLocalZookeeperKafka({
    port,
    properties: {
      listeners: `PLAINTEXT://127.0.0.1:${port},CLIENTS://${guarded}`,
      "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CLIENTS:SASL_PLAINTEXT",
      "inter.broker.listener.name": "PLAINTEXT",
      "sasl.enabled.mechanisms": "PLAIN",
      "listener.name.clients.plain.sasl.jaas.config":
        'org.apache.kafka.common.security.plain.PlainLoginModule required user_demo="secret";',
    },
  });
  return { broker, guarded };
}

/** One broker at a time, all of them in the same place: to `survivor` they are one broker that is upgraded. */
let port = 0;
let survivor: Collector;

beforeAll(async () => {
  port = await pickPort();
  survivor = newCollector({ brokers: [`127.0.0.1:${port}`] });
});

afterAll(() => survivor.close());

function newCollector(
  more: Partial<KafkaCollectorOptions> & Pick<KafkaCollectorOptions, "brokers">,
): Collector {
  return createKafkaCollector({
    id: "test",
    clientId: "streamside-test",
    connectTimeoutMs: 1500,
    requestTimeoutMs: 1500,
    topologyIntervalMs: 1000,
    ...more,
  });
}

describe.each([
  {
    version: "2.8.2",
    start: () => startWithPassword(port),
    tool: "kafka.admin.ConsumerGroupCommand",
    release: "2.8",
    sampledWith:
      /^kafkajs admin client, because this broker \(Kafka 2\.8\) has no batched OffsetFetch; \d+ requests a sample$/,
    // Before ListGroups 4 nothing tells the coordinator.
    coordinator: "not told",
  },
  {
    version: "3.9.2",
    start: async () => ({ broker: await startLocalKafka({ version: "3.9.2", port }), guarded: "" }),
    tool: NEW_TOOL,
    release: "3.9",
    sampledWith: /^OffsetFetch v9, one request a coordinator/,
    coordinator: expect.stringMatching(/^broker 1 at /),
  },
  {
    version: "4.3.1",
    start: async () => ({ broker: await startLocalKafka({ version: "4.3.1", port }), guarded: "" }),
    tool: NEW_TOOL,
    release: "4.3",
    sampledWith: /^OffsetFetch v9, one request a coordinator/,
    coordinator: expect.stringMatching(/^broker 1 at /),
  },
])("on Kafka $version", ({ version, start, tool, release, sampledWith, coordinator }) => {
  let broker: LocalBroker;
  let guarded: string;
  let admin: Admin;
  let consumer: Consumer;
  const collectors: Collector[] = [];

  function collectorFor(more: Partial<KafkaCollectorOptions> = {}, closeAfterTest = true): Collector {
    const collector = newCollector({ brokers: [broker.address], ...more });
    if (closeAfterTest) collectors.push(collector);
    return collector;
  }

  const groupsTool = (...args: string[]) =>
    runKafkaTool(tool, ["--bootstrap-server", broker.address, ...args], { version });

  beforeAll(async () => {
    ({ broker, guarded } = await start());
    const kafka = new Kafka({ clientId: "reader", brokers: [broker.address], logLevel: logLevel.NOTHING });
    admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({
      waitForLeaders: true,
      topics: [
        { topic: "orders", numPartitions: 3 },
        { topic: "payments", numPartitions: 1 },
      ],
    });
    const producer = kafka.producer();
    await producer.connect();
    for (const [topic, partition, count] of [
      ["orders", 0, 50],
      ["orders", 1, 51],
      ["payments", 0, 9],
    ] as const) {
      const messages = Array.from({ length: count }, (_, n) => ({ partition, value: `message ${n}` }));
      await producer.send({ topic, messages });
    }
    await producer.disconnect();
    consumer = kafka.consumer({ groupId: "readers", maxWaitTimeInMs: 100 }); // it waits for this at its end
    await consumer.connect();
    await consumer.subscribe({ topics: ["orders"], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => {
        if (message.offset !== "20") return;
        await consumer.commitOffsets([{ topic, partition, offset: String(21 + partition) }]);
      },
    });
    // Groups of no members, as clients leave them that assign partitions to themselves.
    const setOffset = (group: string, topic: string, offset: string) =>
      groupsTool(
        ...["--group", group, "--topic", `${topic}:0`],
        ...["--reset-offsets", "--to-offset", offset, "--execute"],
      );
    const [first, second] = await Promise.all([
      setOffset("__proto__", "orders", "7"),
      setOffset("<b>ünïcode</b>", "payments", "9"),
    ]);
    expect([first.code, second.code]).toEqual([0, 0]);
  });

  afterEach(async () => {
    await Promise.all(collectors.splice(0).map((collector) => collector.close()));
  });

  afterAll(async () => {
    await consumer?.disconnect();
    await admin?.disconnect();
    await broker?.stop();
  });

  it("has the positions, ends, lags and members that Kafka's own tool prints, and says how", async () => {
    const collector = collectorFor();
    const seen = await settled(collector);
    const told = await groupsTool("--describe", "--all-groups");
    expect(rowsOf(seen)).toEqual(rowsOfTool(told.stdout));
    expect(rowsOf(seen)).toHaveLength(3 + 1 + 1);
    expect(observationBreaches(seen)).toEqual([]);
    expect(seen.failures).toEqual([]);
    const consumers = seen.layout.consumers.map(({ key, kind }, row) => [
      key,
      kind,
      seen.consumers.readers[row],
    ]);
    expect(consumers).toEqual([
      ["<b>ünïcode</b>", "group", Number.NaN],
      ["__proto__", "group", Number.NaN],
      ["readers", "classic group", 1],
    ]);
    const facts = shown(seen.facts);
    expect(facts.Kafka).toBe(release);
    expect(facts["Sampled with"]).toMatch(sampledWith);
    expect(facts.Controller).toBe("node 1");
    expect(shown(kafkaWords.consumerFacts(seen, 2))).toMatchObject({
      State: "Stable",
      Coordinator: coordinator,
    });
  });

  it("is sampled in its own way by a collector that has known an older one in its place", async () => {
    const seen = await recovered(survivor);
    expect(shown(seen.facts)["Sampled with"]).toMatch(sampledWith);
    expect(rowsOf(seen)).toHaveLength(3 + 1 + 1);
  });

  if (version !== "2.8.2") return; // the others are tested beside the collector

  it("takes its credentials along", async () => {
    const sasl = { mechanism: "PLAIN", username: "demo", password: "secret" } as const;
    const seen = await settled(collectorFor({ brokers: [guarded], sasl }));
    expect(seen.failures).toEqual([]);
    const wrong = collectorFor({ brokers: [guarded], sasl: { ...sasl, password: "guess" } });
    await expect(wrong.sample(AbortSignal.timeout(10_000))).rejects.toMatchObject({ code: "AUTH" });
  });

  it("lets go when it is told to while the broker is paused, and goes on after it", async () => {
    const collector = collectorFor({ requestTimeoutMs: 30_000 });
    const before = await settled(collector);
    await broker.pause();
    try {
      const startedAt = performance.now();
      await expect(collector.sample(AbortSignal.timeout(500))).rejects.toMatchObject({ code: "TIMEOUT" });
      expect(performance.now() - startedAt).toBeLessThan(5000);
    } finally {
      await broker.resume();
    }
    expect((await recovered(collector)).layout).toBe(before.layout);
  });

  it("goes on with the same collector after the broker was killed and came back", async () => {
    const collector = collectorFor();
    const before = await settled(collector);
    await broker.kill();
    await expect(collector.sample(AbortSignal.timeout(10_000))).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: expect.stringContaining(broker.address),
    });
    await broker.restart();
    await recovered(collector);
    // The reader has to be back, too: only then does it hold all its partitions, and end cleanly with this broker.
    const back = await settled(collector);
    expect([...back.positions.position]).toEqual([...before.positions.position]);
    expect([...back.lanes.head]).toEqual([...before.lanes.head]);
  });

  checkCollectorContract(`kafka ${version}`, {
    start: async () => ({
      collector: collectorFor({ clientId: "contract" }, false),
      words: kafkaWords,
      change: async () => {
        await admin.createTopics({ topics: [{ topic: "change" }], waitForLeaders: true });
      },
      stop: async () => {},
    }),
    unreachable: () => collectorFor({ brokers: ["127.0.0.1:1"] }, false),
  });
});

/** A sample once everybody has joined and committed. */
async function settled(collector: Collector): Promise<Sample> {
  let last!: Sample;
  await expect
    .poll(
      async () => {
        last = await collector.sample(AbortSignal.timeout(10_000));
        const { position, member } = last.positions;
        return [position.filter((offset) => offset >= 0).length, member.filter((row) => row >= 0).length];
      },
      { timeout: 30_000, interval: 200 },
    )
    .toEqual([2 + 1 + 1, 3]);
  return last;
}
