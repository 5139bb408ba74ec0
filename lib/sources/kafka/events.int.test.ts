import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  type Admin,
  type Consumer,
  Kafka,
  logLevel,
  type Producer,
  ResourcePatternTypes,
} from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runKafkaTool, startLocalKafka } from "../../../brokers/index.ts";
import type { SourceEvent } from "../../model/source.ts";
import type { Collector } from "../../sample/collector.ts";
import { seriesOf } from "../../sample/gauges.fixture.ts";
import { FedTable } from "../../store/test-store.ts";
import { retentionOf } from "../../views/consumers/retention.ts";
import { shown } from "../facts.fixture.ts";
import { createKafkaCollector } from "./index.ts";

const HOUR = 3_600_000;
const WAIT = { timeout: 20_000, interval: 150 };

let broker: Awaited<ReturnType<typeof startLocalKafka>>;
let admin: Admin;
let producer: Producer;
let collector: Collector;
let table: FedTable;
const consumers: Consumer[] = [];
const tools = new AbortController();
const running: Promise<unknown>[] = [];
/** When the first record that `late` has not read was written. */
const writtenAt = Date.now() - 20 * 60_000;

const clientOf = (clientId: string) =>
  new Kafka({ clientId, brokers: [broker.address], logLevel: logLevel.NOTHING });

/** A member of `readers` that commits every message it reads. */
async function join(clientId: string): Promise<Consumer> {
  const consumer = clientOf(clientId).consumer({
    groupId: "readers",
    heartbeatInterval: 200,
    maxWaitTimeInMs: 100,
  });
  consumers.push(consumer);
  await consumer.connect();
  await consumer.subscribe({ topics: ["orders"], fromBeginning: true });
  await consumer.run({ autoCommitInterval: 100, eachMessage: async () => {} });
  return consumer;
}

/** A member of `modern`, a group of KIP-848, which kafkajs cannot form. */
function joinModern(clientId: string): void {
  const properties = ["group.protocol=consumer", `client.id=${clientId}`];
  const args = ["--bootstrap-server", broker.address, "--topic", "orders", "--group", "modern"];
  for (const property of properties) args.push("--consumer-property", property);
  const tool = runKafkaTool("org.apache.kafka.tools.consumer.ConsoleConsumer", args, {
    signal: tools.signal,
  });
  running.push(tool.catch(() => {}));
}

async function sampled(): Promise<FedTable> {
  const observation = await collector.sample(AbortSignal.timeout(10_000), {
    focus: [],
    unaged: table.unaged(),
  });
  table.accept(observation, { wallMs: 0, cpuMs: 0 });
  return table;
}

/** Samples until something is true of what is known. */
const seen = async <T>(look: (table: FedTable) => T) => expect.poll(async () => look(await sampled()), WAIT);

const told = (kind: string): readonly SourceEvent[] => table.events.filter((event) => event.kind === kind);
const columnsOf = (name: string) => {
  const { layout, sample } = table.sampled!;
  const row = layout.streams.findIndex((stream) => stream.name === name);
  const lane = layout.lanes.stream.indexOf(row);
  return {
    retentionMs: sample.streams.retentionMs![row],
    retentionBytes: sample.streams.retentionBytes![row],
    messageBytes: sample.lanes.messageBytes![lane],
  };
};

beforeAll(async () => {
  // Where a resource has an ACL, it alone counts.
  broker = await startLocalKafka({
    properties: {
      "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
      "allow.everyone.if.no.acl.found": "true",
    },
  });
  admin = clientOf("seed").admin();
  producer = clientOf("seed").producer();
  await Promise.all([admin.connect(), producer.connect()]);
  const settings = (entries: Record<string, string>) =>
    Object.entries(entries).map(([name, value]) => ({ name, value }));
  await admin.createTopics({
    waitForLeaders: true,
    topics: [
      { topic: "orders", numPartitions: 2 },
      { topic: "grows", numPartitions: 1 },
      { topic: "goes", numPartitions: 1 },
      {
        topic: "dated",
        numPartitions: 1,
        configEntries: settings({ "retention.ms": String(HOUR), "retention.bytes": "-1" }),
      },
      {
        topic: "compacted",
        numPartitions: 1,
        configEntries: settings({ "cleanup.policy": "compact", "retention.ms": String(HOUR) }),
      },
    ],
  });
  await producer.send({
    topic: "orders",
    messages: [0, 1].flatMap((partition) =>
      Array.from({ length: 100 }, () => ({ partition, value: "x".repeat(1_000) })),
    ),
  });
  // Before the first sample, so that their age has to be looked up.
  await producer.send({
    topic: "dated",
    messages: [writtenAt - 600_000, writtenAt, writtenAt + 600_000].map((timestamp) => ({
      value: "x",
      timestamp: String(timestamp),
    })),
  });
  await admin.setOffsets({ groupId: "late", topic: "dated", partitions: [{ partition: 0, offset: "1" }] });
  collector = createKafkaCollector({
    id: "events",
    brokers: [broker.address],
    clientId: "streamside-test",
    connectTimeoutMs: 1_500,
    requestTimeoutMs: 5_000,
    topologyIntervalMs: 1_000,
  });
  table = new FedTable({
    identity: { id: "events", kind: "kafka", name: "events" },
    address: broker.address,
    intervalMs: 1_000,
    hasSettablePositions: true,
  });
  await sampled();
}, 120_000);

afterAll(async () => {
  tools.abort();
  await Promise.all(running);
  await collector?.close();
  await Promise.all(consumers.map((consumer) => consumer.disconnect()));
  await Promise.all([admin?.disconnect(), producer?.disconnect()]);
  await broker?.stop();
});

describe("what is known of topics and logs", () => {
  it("has the retention of each topic", async () => {
    await (await seen(() => columnsOf("dated"))).toMatchObject({
      retentionMs: HOUR,
      retentionBytes: Number.POSITIVE_INFINITY,
    });
    // The brokers' defaults, and no limit where a topic is only compacted.
    expect(columnsOf("orders")).toMatchObject({ retentionMs: HOUR, retentionBytes: 268_435_456 });
    expect(columnsOf("compacted")).toMatchObject({
      retentionMs: Number.POSITIVE_INFINITY,
      retentionBytes: Number.POSITIVE_INFINITY,
    });
  });

  it("has the sizes of logs", async () => {
    await (await seen(() => columnsOf("orders").messageBytes)).toBeGreaterThan(1_000);
    expect(columnsOf("orders").messageBytes).toBeLessThan(1_100);
    expect(columnsOf("compacted").messageBytes).toBeNaN();
    const { gauges, facts } = table.sampled!.sample;
    expect(seriesOf(gauges)).toMatchObject({
      kafka_brokers: 1,
      streamside_kafka_under_replicated_partitions: 0,
      streamside_kafka_offline_partitions: 0,
    });
    expect(seriesOf(gauges).streamside_kafka_log_bytes).toBeGreaterThan(200_000);
    expect(shown(facts).Logs).toMatch(/KiB \(.* free\)$/);
  });
});

describe("how long retention leaves what is unread", () => {
  it("is what is left of the time of the first unread record", async () => {
    const late = () => {
      const { sampled: newest } = table;
      const row = newest!.layout.consumers.findIndex(({ key }) => key === "late");
      return row < 0 ? null : retentionOf(newest!, row);
    };
    await (await seen(() => late()?.provenance)).toBe("measured");
    const { value } = late()!;
    const asOf = table.asOf;
    expect(Math.abs(value! - (HOUR - (asOf! - writtenAt)))).toBeLessThan(1_000);
  });
});

describe("what happens is told", () => {
  it("when settings of a topic change", async () => {
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: 2, name: "dated", configEntries: [{ name: "retention.ms", value: "7200000" }] }],
    });
    await (await seen(() => told("config-changed"))).toMatchObject([
      {
        title: "2 settings of dated were changed",
        before: "retention.ms 1 h 00 m, retention.bytes unlimited",
        after: "retention.ms 2 h 00 m, retention.bytes 256 MiB",
        streamKey: "dated",
      },
    ]);
    expect(columnsOf("dated").retentionMs).toBe(2 * HOUR);
  });

  it("when topics are created, grow and go", async () => {
    await Promise.all([
      admin.createTopics({ topics: [{ topic: "fresh", numPartitions: 1 }] }),
      admin.createPartitions({ topicPartitions: [{ topic: "grows", count: 3 }] }),
      admin.deleteTopics({ topics: ["goes"] }),
    ]);
    await (
      await seen(() => ["topic-created", "partitions-added", "topic-deleted"].flatMap(told))
    ).toMatchObject([
      { title: "Topic fresh was created with 1 partition", streamKey: "fresh" },
      { before: "1 partition", after: "3 partitions", streamKey: "grows" },
      { streamKey: "goes" },
    ]);
  });

  it("when members join and leave, and when somebody sets the offsets of the empty group", async () => {
    const standsAt = (readers: number, offset: number) =>
      seen(({ sampled: newest }) => {
        const { layout, sample } = newest!;
        const row = layout.consumers.findIndex(({ key }) => key === "readers");
        const { start } = layout.positions;
        const { position } = sample.positions;
        return [
          sample.consumers.readers[row],
          ...(row < 0 ? [] : position.subarray(start[row], start[row + 1])),
        ];
      }).then((poll) => poll.toEqual([readers, offset, offset]));
    await join("reader-1");
    await standsAt(1, 100);
    const second = await join("reader-2");
    await (await seen(() => told("rebalance").at(-1))).toMatchObject({
      title: "Rebalance: reader-2 joined",
      before: "1 member",
      after: "2 members",
      consumerKey: "readers",
    });
    await second.disconnect();
    await (await seen(() => told("rebalance").at(-1)?.title)).toBe("Rebalance: reader-2 left");
    await consumers[0]!.disconnect();
    await (await seen(() => told("rebalance").at(-1)?.title)).toBe("All members left readers: reader-1");
    await standsAt(0, 100);
    expect(told("offsets-reset")).toEqual([]);

    const setTo = (offset: string) =>
      admin.setOffsets({
        groupId: "readers",
        topic: "orders",
        partitions: [0, 1].map((partition) => ({ partition, offset })),
      });
    await setTo("10");
    await (await seen(() => told("offsets-reset").map(({ title }) => title))).toEqual([
      "Offsets were set back by 180 on 2 partitions of orders",
    ]);
    await setTo("60");
    await standsAt(0, 60);
    await join("reader-3"); // so that no reader without membership can have moved them
    await (await seen(() => told("offsets-reset").map(({ title }) => title))).toEqual([
      "Offsets were set back by 180 on 2 partitions of orders",
      "Offsets were set ahead by 100 on 2 partitions of orders",
    ]);
  });

  it("when a group of KIP-848 gets another epoch", async () => {
    const newest = () => told("rebalance").findLast(({ consumerKey }) => consumerKey === "modern");
    joinModern("modern-1");
    await (
      await seen(({ sampled: now }) => {
        const row = now!.layout.consumers.findIndex(({ key }) => key === "modern");
        return now!.sample.consumers.readers[row];
      })
    ).toBe(1);
    joinModern("modern-2");
    await (await seen(newest)).toMatchObject({
      title: "Rebalance: modern-2 joined",
      before: expect.stringMatching(/^1 member, epoch \d+$/),
      after: expect.stringMatching(/^2 members, epoch \d+$/),
    });
  });
});

// Last: it takes everybody's permissions away.
describe("without permissions", () => {
  it("names each that is missing once, and keeps what hangs on it unknown", async () => {
    const allow = (resourceType: AclResourceTypes, resourceName: string, operation: AclOperationTypes) => ({
      resourceType,
      resourceName,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: "User:ANONYMOUS",
      host: "*",
      operation,
      permissionType: AclPermissionTypes.ALLOW,
    });
    await admin.createAcls({
      acl: [
        allow(AclResourceTypes.TOPIC, "dated", AclOperationTypes.DESCRIBE),
        allow(AclResourceTypes.CLUSTER, "kafka-cluster", AclOperationTypes.CLUSTER_ACTION),
      ],
    });
    const denied = () =>
      table.sampled!.sample.failures.filter(({ code }) => code === "DENIED").map(({ message }) => message);
    await (await seen(denied)).toEqual(
      expect.arrayContaining([
        expect.stringContaining("No permission to DESCRIBE_CONFIGS of topic dated:"),
        expect.stringContaining("No permission to DESCRIBE the cluster:"),
      ]),
    );
    expect(denied().filter((message) => message.includes("DESCRIBE"))).toHaveLength(2);
    expect(columnsOf("dated")).toMatchObject({ retentionMs: Number.NaN, retentionBytes: Number.NaN });
    expect(columnsOf("orders").retentionMs).toBe(HOUR);
  });
});
