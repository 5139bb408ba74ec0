import { type AddressInfo, createServer } from "node:net";
import { type Admin, type Consumer, Kafka, logLevel } from "kafkajs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { runKafkaTool, startLocalKafka } from "../../../brokers/index.ts";
import type { Collector } from "../../sample/collector.ts";
import { checkCollectorContract } from "../../sample/contract-check.ts";
import type { Sample } from "../../sample/sample.ts";
import { shown } from "../facts.fixture.ts";
import { createKafkaCollector, type KafkaCollectorOptions } from "./index.ts";
import { recovered, rowsOf, rowsOfTool } from "./tool-rows.fixture.ts";
import { kafkaWords } from "./words.ts";

const GROUPS_TOOL = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";
const CONSOLE_CONSUMER = "org.apache.kafka.tools.consumer.ConsoleConsumer";

let broker: Awaited<ReturnType<typeof startLocalKafka>>;
let saslAddress: string;
let unusedPort: number;
let kafka: Kafka;
let admin: Admin;
const collectors: Collector[] = [];
const consumers: Consumer[] = [];
const tools = new AbortController();
let modern: Promise<unknown>;

/** Closed after the test, unless it is to live longer. */
function collectorFor(
  brokers = [broker.address],
  more: Partial<KafkaCollectorOptions> = {},
  closeAfterTest = true,
): Collector {
  const collector = createKafkaCollector({
    id: "test",
    brokers,
    clientId: "streamside-test",
    connectTimeoutMs: 1500,
    requestTimeoutMs: 1500,
    topologyIntervalMs: 1000,
    ...more,
  });
  if (closeAfterTest) collectors.push(collector);
  return collector;
}

const sampled = (collector: Collector) => collector.sample(AbortSignal.timeout(10_000));

beforeAll(async () => {
  const [port, controller, sasl, unused] = await freePorts(4);
  unusedPort = unused!;
  saslAddress = `127.0.0.1:${sasl}`;
  broker = await startLocalKafka({
    port: port!,
    properties: {
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller},CLIENTS://${saslAddress}`,
      "advertised.listeners": `PLAINTEXT://127.0.0.1:${port},CLIENTS://${saslAddress}`,
      "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENTS:SASL_PLAINTEXT",
      "controller.quorum.voters": `1@127.0.0.1:${controller}`,
      "inter.broker.listener.name": "PLAINTEXT",
      "sasl.enabled.mechanisms": "PLAIN",
      "listener.name.clients.plain.sasl.jaas.config":
        'org.apache.kafka.common.security.plain.PlainLoginModule required user_demo="secret";',
    },
  });
  kafka = new Kafka({ clientId: "seed", brokers: [broker.address], logLevel: logLevel.NOTHING });
  admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    waitForLeaders: true,
    topics: [
      { topic: "orders", numPartitions: 4 },
      { topic: "payments", numPartitions: 3 },
      { topic: "untouched", numPartitions: 1 },
    ],
  });
  const producer = kafka.producer();
  await producer.connect();
  const messages = (partition: number, count: number) =>
    Array.from({ length: count }, (_, n) => ({ partition, value: `message ${n}` }));
  await producer.sendBatch({
    topicMessages: [
      { topic: "orders", messages: [0, 1, 2].flatMap((partition) => messages(partition, 50 + partition)) },
      { topic: "payments", messages: [0, 1, 2].flatMap((partition) => messages(partition, 30)) },
    ],
  });
  await producer.disconnect();

  // A classic group of two: one commit a partition, short of the end; nothing was ever written to orders/3.
  for (const clientId of ["classic-1", "classic-2"]) {
    const consumer = new Kafka({
      clientId,
      brokers: [broker.address],
      logLevel: logLevel.NOTHING,
    }).consumer({ groupId: "classic" });
    consumers.push(consumer);
    await consumer.connect();
    await consumer.subscribe({ topics: ["orders"], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => {
        if (message.offset !== "20") return;
        await consumer.commitOffsets([{ topic, partition, offset: String(21 + partition) }]);
      },
    });
  }
  await admin.setOffsets({
    groupId: "__proto__",
    topic: "payments",
    partitions: [{ partition: 1, offset: "7" }],
  });
  // A KIP-848 group, which kafkajs cannot form. It commits when it stops, so it runs twice: to commit, then to stay.
  const consume = (...more: string[]) =>
    runKafkaTool(
      CONSOLE_CONSUMER,
      [
        ...[
          "--bootstrap-server",
          broker.address,
          "--topic",
          "payments",
          "--group",
          "modern",
          "--from-beginning",
        ],
        ...["--consumer-property", "group.protocol=consumer", ...more],
      ],
      { signal: tools.signal },
    );
  await consume("--max-messages", "40");
  modern = consume("--consumer-property", "enable.auto.commit=false").catch(() => {});
});

afterEach(async () => {
  await Promise.all(collectors.splice(0).map((collector) => collector.close()));
});

afterAll(async () => {
  tools.abort();
  await modern;
  await Promise.all(consumers.map((consumer) => consumer.disconnect()));
  await admin?.disconnect();
  await broker?.stop();
});

describe("against Kafka's own tool", () => {
  it("has the same positions, ends, lags and members for a classic and a KIP-848 group", async () => {
    const collector = collectorFor();
    let observation!: Sample;
    await expect
      .poll(
        async () => {
          observation = await sampled(collector);
          const readers = observation.layout.consumers.map(({ key }, row) => [
            key,
            observation.consumers.readers[row],
          ]);
          const committed = [...observation.positions.position].filter(
            (offset) => !Number.isNaN(offset),
          ).length;
          // A member is there before it is assigned anything.
          const assigned = [...observation.positions.member].filter((member) => member >= 0).length;
          return [readers, committed, assigned];
        },
        { timeout: 30_000, interval: 200 },
      )
      .toEqual([
        [
          ["__proto__", 0],
          ["classic", 2],
          ["modern", 1],
        ],
        1 + 3 + 3,
        4 + 3,
      ]);
    const told = await runKafkaTool(GROUPS_TOOL, [
      ...["--bootstrap-server", broker.address, "--describe", "--all-groups"],
    ]);
    expect(rowsOf(observation)).toEqual(rowsOfTool(told.stdout));
    expect(rowsOf(observation)).toHaveLength(1 + 4 + 3);
    expect(observation.layout.consumers.map(({ kind }) => kind)).toEqual([
      "classic group",
      "classic group",
      "consumer group",
    ]);
    expect(observation.failures).toEqual([]);
  });

  it("keeps the layout, and three requests a sample, while the cluster is quiet", async () => {
    const collector = collectorFor(undefined, { topologyIntervalMs: 60_000 });
    const first = await sampled(collector);
    // At first it also looks into the topics, for transactions.
    await expect
      .poll(
        async () => {
          const { layout, cost } = await sampled(collector);
          expect(layout).toBe(first.layout);
          return cost.requests;
        },
        { timeout: 5000 },
      )
      .toBe(3);
    expect(first.layout.streams.map(({ name }) => name)).toEqual(["orders", "payments", "untouched"]);
    expect(shown(first.facts)).toMatchObject({ Kafka: "4.3", Controller: "node 1", Partitions: "8" });
  });

  it("takes only the groups and topics it is told to", async () => {
    const only = collectorFor(undefined, { groups: { exclude: /^c/ }, topics: { include: /^pay/ } });
    const { layout } = await sampled(only);
    expect(layout.consumers.map(({ key }) => key)).toEqual(["__proto__", "modern"]);
    expect(layout.streams.map(({ key }) => key)).toEqual(["payments"]);
  });

  it("sees a new topic within five seconds", async () => {
    const collector = collectorFor();
    await sampled(collector);
    await admin.createTopics({ topics: [{ topic: "fresh", numPartitions: 2 }], waitForLeaders: true });
    await expect
      .poll(async () => (await sampled(collector)).layout.streams.map(({ key }) => key), { timeout: 6000 })
      .toContain("fresh");
  });
});

let changes = 0;
checkCollectorContract("kafka", {
  start: async () => ({
    collector: collectorFor(undefined, { clientId: "contract" }, false),
    words: kafkaWords,
    change: async () => {
      await admin.createTopics({ topics: [{ topic: `change-${changes++}` }], waitForLeaders: true });
    },
    stop: async () => {},
  }),
  unreachable: () => collectorFor([`127.0.0.1:${unusedPort}`], {}, false),
});

describe("SASL", () => {
  const sasl = { mechanism: "PLAIN", username: "demo", password: "secret" } as const;

  it("lets the right password in", async () => {
    const { layout } = await sampled(collectorFor([saslAddress], { sasl }));
    expect(layout.consumers.map(({ key }) => key)).toContain("classic");
  });

  it.each([
    ["a wrong password", { ...sasl, password: "guess" }],
    ["a mechanism the broker does not have", { ...sasl, mechanism: "SCRAM-SHA-256" }],
  ] as const)("AUTH for %s", async (_what, wrong) => {
    await expect(sampled(collectorFor([saslAddress], { sasl: wrong }))).rejects.toMatchObject({
      code: "AUTH",
      message: expect.stringContaining(saslAddress),
    });
  });

  it("says what may be missing where the listener wants SASL or TLS and gets the other", async () => {
    await expect(sampled(collectorFor([saslAddress]))).rejects.toMatchObject({
      code: "UNREACHABLE",
      hint: expect.stringContaining("SASL"),
    });
    await expect(sampled(collectorFor(undefined, { tls: {} }))).rejects.toMatchObject({
      hint: expect.stringContaining("TLS"),
    });
  });
});

describe("when the broker", () => {
  it("pauses: TIMEOUT, and goes on with the same collector after it", async () => {
    const collector = collectorFor();
    const before = await sampled(collector);
    await broker.pause();
    try {
      await expect(sampled(collector)).rejects.toMatchObject({ code: "TIMEOUT" });
    } finally {
      await broker.resume();
    }
    const back = await recovered(collector);
    expect(rowsOf(back).map(([name]) => name)).toEqual(rowsOf(before).map(([name]) => name));
  });

  it("is killed: UNREACHABLE, and goes on with the same collector after its return", async () => {
    const collector = collectorFor();
    const before = await sampled(collector);
    await broker.kill();
    await expect(sampled(collector)).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: expect.stringContaining(broker.address),
    });
    await broker.restart();
    await recovered(collector);
    // Readers have to be back, too: until then the broker may not know all that they hold.
    const standing = (observation: Sample) => rowsOf(observation).map((row) => row.slice(0, 4));
    await expect
      .poll(async () => standing(await sampled(collector)), { timeout: 30_000, interval: 250 })
      .toEqual(standing(before));
  });
});

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once("listening", resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
