import { type Admin, type Consumer, Kafka, logLevel, type Producer } from "kafkajs";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startLocalKafka } from "../../../brokers/index.ts";
import { type Clock, systemClock } from "../../async/clock.ts";
import { clockTelling } from "../../async/clock-telling.fixture.ts";
import { STATUSES } from "../../model/status.ts";
import type { Collector } from "../../sample/collector.ts";
import { ConsumerFlag } from "../../sample/consumer-flag.ts";
import { observationBreaches } from "../../sample/contract-check.ts";
import type { Sample } from "../../sample/sample.ts";
import { FedTable } from "../../store/test-store.ts";
import { shown } from "../facts.fixture.ts";
import { createKafkaCollector } from "./index.ts";
import { BrokerLink } from "./link/link.ts";
import { commitOffsets } from "./streams-member.fixture.ts";
import { kafkaWords } from "./words.ts";

/** What a verdict is built on, in situations in which the obvious reading is a wrong one. */

const WAIT = { timeout: 20_000, interval: 200 };
const { left, inTransaction } = ConsumerFlag;

let broker: Awaited<ReturnType<typeof startLocalKafka>>;
let kafka: Kafka;
let admin: Admin;
let producer: Producer;
let link: BrokerLink;
let collector: Collector;
const members: Consumer[] = [];

beforeAll(async () => {
  broker = await startLocalKafka();
  kafka = new Kafka({ clientId: "seed", brokers: [broker.address], logLevel: logLevel.NOTHING });
  admin = kafka.admin();
  await admin.connect();
  producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 }); // retried, it writes nothing twice
  await producer.connect();
  const [host = "", port] = broker.address.split(":");
  link = new BrokerLink(
    { host, port: Number(port) },
    {
      clientId: "commits",
      tls: undefined,
      sasl: undefined,
      connectTimeoutMs: 2000,
      requestTimeoutMs: 5000,
      clock: systemClock,
      onRequest: () => {},
      peers: () => [],
    },
  );
  await link.open();
  await createTopic("first", 1);
  await vi.waitFor(() => admin.fetchOffsets({ groupId: "first" }), { timeout: 20_000 });
  await vi.waitFor(() => commit("first", "first", 0), { timeout: 20_000 });
});

afterEach(async () => {
  await Promise.all(members.splice(0).map((member) => member.disconnect()));
  await collector?.close();
});

afterAll(async () => {
  link?.drop();
  await Promise.all([admin?.disconnect(), producer?.disconnect()]);
  await broker?.stop();
});

async function createTopic(topic: string, counts: number | readonly number[], config = {}): Promise<void> {
  const partitions = typeof counts === "number" ? [0] : [...counts.keys()];
  const configEntries = Object.entries<string>(config).map(([name, value]) => ({ name, value }));
  const numPartitions = partitions.length;
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions, configEntries }] });
  for (const partition of partitions) {
    await send(topic, typeof counts === "number" ? counts : counts[partition]!, partition);
  }
}

async function send(topic: string, count: number, partition = 0): Promise<void> {
  const messages = Array.from({ length: count }, (_, n) => ({ partition, key: "k", value: `${n}` }));
  if (count > 0) await producer.send({ topic, messages });
}

/** As a reader without membership, or an administrator. */
const commit = (group: string, topic: string, offset: number, partition = 0) =>
  commitOffsets(link, group, topic, new Map([[partition, offset]]));

/** A member of the group that reads and commits nothing by itself. */
async function join(groupId: string, ...topics: string[]): Promise<Consumer> {
  const consumer = kafka.consumer({ groupId, heartbeatInterval: 200, maxWaitTimeInMs: 100 });
  members.push(consumer);
  await consumer.connect();
  await consumer.subscribe({ topics });
  await consumer.run({ autoCommit: false, eachMessage: async () => {} });
  return consumer;
}

/** Watches one group from now on. */
function watch(group: string, clock: Clock = systemClock): () => Promise<Sample> {
  collector = createKafkaCollector({
    id: "test",
    brokers: [broker.address],
    clientId: "streamside-test",
    connectTimeoutMs: 1500,
    requestTimeoutMs: 1500,
    topologyIntervalMs: 1000,
    groups: { include: new RegExp(`^${group}$`) },
    clock,
  });
  return async () => {
    const observation = await collector.sample(AbortSignal.timeout(10_000));
    expect(observationBreaches(observation)).toEqual([]);
    return observation;
  };
}

/** What is told of each position, by `topic/partition`. */
function lanesOf({ layout, lanes, positions }: Sample) {
  return Object.fromEntries(
    Array.from({ length: layout.positions.count }, (_, row) => {
      const lane = layout.positions.lane[row]!;
      const told = {
        position: positions.position[row]!,
        head: lanes.head[lane]!,
        floor: lanes.floor[lane]!,
        backlog: positions.backlog?.[row] ?? Number.NaN,
        readable: positions.readable?.[row] ?? Number.NaN,
        flags: positions.flags?.[row] ?? 0,
      };
      return [`${layout.streams[layout.lanes.stream[lane]!]!.name}/${layout.lanes.number[lane]}`, told];
    }),
  );
}

const flagsOf = (observation: Sample) =>
  Object.fromEntries(Object.entries(lanesOf(observation)).map(([lane, { flags }]) => [lane, flags]));
const factOf = (observation: Sample, label: string) => shown(kafkaWords.consumerFacts(observation, 0))[label];

describe("who reads what", () => {
  it("a topic that all members left has no reader, whoever reads the others", async () => {
    await createTopic("left-a", 20);
    await createTopic("left-b", 20);
    await commit("left-reader", "left-a", 20);
    await commit("left-reader", "left-b", 20);
    const sample = watch("left-reader");
    expect(flagsOf(await sample()), "nobody is there").toEqual({ "left-a/0": 0, "left-b/0": 0 });
    const both = await join("left-reader", "left-a", "left-b");
    const readers = async () => (await sample()).consumers.readers[0];
    await expect.poll(readers, WAIT).toBe(1);
    await expect.poll(async () => flagsOf(await sample()), WAIT).toEqual({ "left-a/0": 0, "left-b/0": 0 });
    await both.disconnect();
    members.splice(0);
    await join("left-reader", "left-a");
    await expect.poll(async () => flagsOf(await sample()), WAIT).toEqual({ "left-a/0": 0, "left-b/0": left });
    expect(await readers()).toBe(1);
  });

  it("members without a partition are no readers", async () => {
    await createTopic("narrow", 20);
    await commit("narrow-reader", "narrow", 5);
    const sample = watch("narrow-reader");
    await join("narrow-reader", "narrow");
    await join("narrow-reader", "narrow");
    await expect
      .poll(async () => factOf(await sample(), "Members"), WAIT)
      .toBe("2, 1 of them with a partition");
    const observation = await sample();
    expect(observation.consumers.readers[0]).toBe(1);
    expect(observation.members).toHaveLength(2);
    expect(flagsOf(observation)).toEqual({ "narrow/0": 0 });
  });

  it("a reader without membership moves under the name of a group that has none", async () => {
    await createTopic("assigned", 40);
    const sample = watch("assigned-reader");
    const subscribed = await join("assigned-reader", "assigned");
    await expect.poll(async () => (await sample()).consumers.readers[0], WAIT).toBe(1);
    await subscribed.disconnect();
    members.splice(0);
    for (const offset of [10, 20, 30]) {
      await vi.waitFor(() => commit("assigned-reader", "assigned", offset), WAIT);
      const at = Date.now();
      const position = async () => {
        const { layout, consumers, positions } = await sample();
        return [
          layout.consumers[0]?.kind,
          consumers.readers[0],
          positions.position[0],
          positions.asOf[0]! >= at,
        ];
      };
      await expect.poll(position, { ...WAIT, timeout: 6_000 }).toEqual(["classic group", 0, offset, true]);
    }
  });
});

describe("a reader that commits every 90 s", () => {
  const STEP_MS = 5_000;
  const COMMIT_MS = 90_000;

  it("is never called stalled once that was seen twice, and is when it stops", async () => {
    await createTopic("rare", 10);
    let aheadMs = 0;
    const sample = watch(
      "rare-reader",
      clockTelling(() => Date.now() + aheadMs),
    );
    const reader = await join("rare-reader", "rare");
    const table = new FedTable({
      identity: { id: "test", kind: "kafka", name: "Test" },
      address: broker.address,
      intervalMs: STEP_MS,
    });
    let end = 10;
    /** What it is called in the next so many seconds, in which it does not commit. */
    const waits = async (ms: number) => {
      const statuses = new Set<string>();
      for (const until = aheadMs + ms; aheadMs < until; ) {
        aheadMs += STEP_MS;
        await send("rare", 10);
        end += 10;
        table.accept(await sample(), { wallMs: 1, cpuMs: 1 });
        statuses.add(STATUSES[table.sampled!.derived.consumers.status[0]!]!);
      }
      return statuses;
    };
    const commits = () =>
      vi.waitFor(() => reader.commitOffsets([{ topic: "rare", partition: 0, offset: String(end) }]), WAIT);
    await expect.poll(async () => (await sample()).consumers.readers[0], WAIT).toBe(1);
    await waits(2 * STEP_MS);
    await commits();
    await waits(COMMIT_MS);
    for (let round = 0; round < 6; round++) {
      await commits();
      expect(await waits(COMMIT_MS), `round ${round}`).not.toContain("stalled");
    }
    expect(await waits(3 * COMMIT_MS)).toContain("stalled");
  }, 60_000);
});

describe("what was never read", () => {
  it("a partition that is assigned and was never committed has a row without a position", async () => {
    await createTopic("partly", [10, 10]);
    await commit("partly-reader", "partly", 10);
    const sample = watch("partly-reader");
    await join("partly-reader", "partly");
    await expect
      .poll(async () => lanesOf(await sample()), WAIT)
      .toMatchObject({
        "partly/0": { position: 10, head: 10, flags: 0 },
        "partly/1": { position: Number.NaN, head: 10, floor: 0, flags: 0 },
      });
  });

  it("records that were deleted unread lie between the position and the log start", async () => {
    await createTopic("deleted", 1000);
    await commit("deleted-reader", "deleted", 100);
    const sample = watch("deleted-reader");
    expect(lanesOf(await sample())["deleted/0"]).toMatchObject({ position: 100, head: 1000, floor: 0 });
    const toTheEnd = { topic: "deleted", partitions: [{ partition: 0, offset: "-1" }] };
    await vi.waitFor(() => admin.deleteTopicRecords(toTheEnd), WAIT);
    await expect
      .poll(async () => lanesOf(await sample())["deleted/0"], WAIT)
      .toMatchObject({ position: 100, head: 1000, floor: 1000 });
  });

  it("a topic that was made anew is another one, and nobody has read in it", async () => {
    await createTopic("remade", 10);
    await commit("remade-reader", "remade", 7);
    const sample = watch("remade-reader");
    const generationOf = async () =>
      (await sample()).layout.streams.find(({ name }) => name === "remade")?.generation;
    const before = await generationOf();
    expect(before).toMatch(/^[\w-]{22}$/);
    await admin.deleteTopics({ topics: ["remade"] });
    await vi.waitFor(() => createTopic("remade", 3), WAIT);
    await expect.poll(generationOf, WAIT).not.toBe(before);
    await vi.waitFor(() => commit("remade-reader", "remade", 2), WAIT);
    await expect
      .poll(async () => lanesOf(await sample())["remade/0"], WAIT)
      .toMatchObject({ position: 2, head: 3 });
    expect(await generationOf()).not.toBe(before);
  });

  it("a compacted topic overwrites, and says that it counts offsets", async () => {
    await createTopic("newest", 30, { "cleanup.policy": "compact" });
    await createTopic("all", 30);
    await commit("newest-reader", "newest", 10);
    const sample = watch("newest-reader");
    const overwriting = async () =>
      (await sample()).layout.streams.filter(({ overwrites }) => overwrites).map(({ name }) => name);
    await expect.poll(overwriting, WAIT).toEqual(["newest"]);
    const told = await sample();
    const row = told.layout.streams.findIndex(({ name }) => name === "newest");
    expect(shown(kafkaWords.streamFacts(told, row))).toEqual({
      Compacted: "counted in offsets: 30 of them from log start to end, with at most as many records",
    });
    expect(factOf(told, "Compacted")).toBe("newest: backlog in offsets, with at most as many records");
  });
});

describe("transactions", () => {
  async function begin(id: string) {
    const transactional = kafka.producer({
      transactionalId: id,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionTimeout: 60_000,
    });
    await transactional.connect();
    const transaction = await transactional.transaction();
    const write = (topic: string, count: number) =>
      transaction.send({ topic, messages: Array.from({ length: count }, (_, n) => ({ value: `${n}` })) });
    return {
      write,
      end: (how: "commit" | "abort") => transaction[how]().then(() => transactional.disconnect()),
    };
  }

  it("what was aborted waits for readers of the default isolation level, and for the others does not", async () => {
    await createTopic("aborted", 20);
    await commit("aborted-reader", "aborted", 20);
    const { write, end } = await begin("aborting");
    await write("aborted", 500);
    await end("abort");
    const sample = watch("aborted-reader");
    await expect
      .poll(async () => lanesOf(await sample())["aborted/0"], WAIT)
      .toMatchObject({ position: 20, head: 521, backlog: Number.NaN, readable: 0, flags: 0 });
  });

  it("a reader that stands where an open transaction begins is held up, by whom and since when", async () => {
    await createTopic("hung", 50);
    await commit("hung-reader", "hung", 50);
    const { write, end } = await begin("hanging");
    await write("hung", 10);
    await send("hung", 30);
    const sample = watch("hung-reader");
    await expect
      .poll(async () => lanesOf(await sample())["hung/0"], WAIT)
      .toMatchObject({ position: 50, head: 90, backlog: Number.NaN, readable: 0, flags: inTransaction });
    const explained = async () => kafkaWords.explain(await sample(), 0, "blocked");
    await expect
      .poll(explained, WAIT)
      .toMatch(
        /^A transaction of hanging \(producer \d+\) is open on hung\/0 from offset 50 on, for [\d.]+ (s|m \d\d s): .* 40 offsets so far\. The broker ends it by itself once it has been open for 1 m 00 s\.$/,
      );
    const told = await sample();
    expect(kafkaWords.explain(told, 0, "stalled")).toBeNull();
    expect(factOf(told, "Open transaction")).toMatch(/^hung\/0 from offset 50 on: transaction of hanging/);
    await commit("hung-reader", "hung", 55);
    await expect
      .poll(async () => lanesOf(await sample())["hung/0"], WAIT)
      .toMatchObject({ position: 55, readable: Number.NaN, flags: 0 });
    await commit("hung-reader", "hung", 50);
    await end("commit");
    await expect
      .poll(async () => lanesOf(await sample())["hung/0"], WAIT)
      .toMatchObject({ position: 50, head: 91, flags: 0, readable: 40 });
  });
});
