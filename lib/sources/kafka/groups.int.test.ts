import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Admin, type Consumer, Kafka, logLevel, type Producer } from "kafkajs";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { runKafkaTool, startLocalKafka } from "../../../brokers/index.ts";
import { systemClock } from "../../async/clock.ts";
import type { Collector } from "../../sample/collector.ts";
import { ConsumerFlag } from "../../sample/consumer-flag.ts";
import { observationBreaches } from "../../sample/contract-check.ts";
import type { Sample } from "../../sample/sample.ts";
import { Store } from "../../store/store.ts";
import { FedTable } from "../../store/test-store.ts";
import { viewConsumerPage } from "../../views/consumers/consumer.ts";
import { shown } from "../facts.fixture.ts";
import { createKafkaCollector, type KafkaCollectorOptions } from "./index.ts";
import { BrokerLink } from "./link/link.ts";
import { commitOffsets, joinStreamsGroup, type StreamsMember } from "./streams-member.fixture.ts";
import { kafkaWords } from "./words.ts";

const CONSUMER_GROUPS = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";
const SHARE_GROUPS = "org.apache.kafka.tools.consumer.group.ShareGroupCommand";
const STREAMS_GROUPS = "org.apache.kafka.tools.streams.StreamsGroupCommand";
const CONSOLE_CONSUMER = "org.apache.kafka.tools.consumer.ConsoleConsumer";
const CONSOLE_SHARE_CONSUMER = "org.apache.kafka.tools.consumer.ConsoleShareConsumer";
const CONFIGS = "kafka.admin.ConfigCommand";

let broker: Awaited<ReturnType<typeof startLocalKafka>>;
/** Two disks, as it were. */
let directories: string[] = [];
let kafka: Kafka;
let admin: Admin;
let producer: Producer;
let classic: Consumer;
let streams: StreamsMember;
let link: BrokerLink;
const collectors: Collector[] = [];
const background = new AbortController();
const running: Promise<unknown>[] = [];

function collectorFor(more: Partial<KafkaCollectorOptions> = {}): Collector {
  const collector = createKafkaCollector({
    id: "test",
    brokers: [broker.address],
    clientId: "streamside-test",
    connectTimeoutMs: 1500,
    requestTimeoutMs: 1500,
    topologyIntervalMs: 1000,
    ...more,
  });
  collectors.push(collector);
  return collector;
}

const sampled = (collector: Collector) => collector.sample(AbortSignal.timeout(10_000));
const tool = (name: string, ...args: string[]) =>
  runKafkaTool(name, ["--bootstrap-server", broker.address, ...args]);

async function createTopic(topic: string, numPartitions: number, messages: readonly number[] = []) {
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions }] });
  await produce(topic, messages);
}

async function produce(topic: string, counts: readonly number[]) {
  const messages = counts.flatMap((count, partition) =>
    Array.from({ length: count }, (_, n) => ({ partition, key: `key ${n % 5}`, value: `message ${n}` })),
  );
  if (messages.length > 0) await producer.send({ topic, messages });
}

const commit = (groupId: string, topic: string, offset: number) =>
  commitOffsets(link, groupId, topic, new Map([[0, offset]]));

beforeAll(async () => {
  directories = await Promise.all(
    ["a", "b"].map((name) => mkdtemp(join(tmpdir(), `streamside-log-${name}-`))),
  );
  broker = await startLocalKafka({
    properties: {
      "log.cleaner.backoff.ms": "200",
      "log.dirs": directories.join(","),
      "replica.high.watermark.checkpoint.interval.ms": "500", // how soon a lost directory is noticed
    },
  });
  kafka = new Kafka({ clientId: "seed", brokers: [broker.address], logLevel: logLevel.NOTHING });
  admin = kafka.admin();
  await admin.connect();
  producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 }); // retried, it writes nothing twice
  await producer.connect();
  const [host = "", port] = broker.address.split(":");
  link = new BrokerLink(
    { host, port: Number(port) },
    {
      clientId: "streams-app",
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
  await createTopic("orders", 2, [30, 20]);
  await createTopic("jobs", 3, [20, 20, 0]);
  await createTopic("clicks", 2, [12, 10]);
  await createTopic("views", 2, [7, 0]);

  // Asking for its coordinator makes the topic a group is kept in, whose partitions are there one after the other.
  await vi.waitFor(() => admin.fetchOffsets({ groupId: "classic" }), { timeout: 20_000 });
  await vi.waitFor(() => commit("classic", "orders", 21), { timeout: 20_000 });
  await vi.waitFor(() => commit("modern", "orders", 11), { timeout: 20_000 });
  // A member stays in each group and moves nothing; of the share groups, nobody is left in the one with a backlog.
  stay(CONSOLE_CONSUMER, "--topic", "orders", "--group", "modern", ...QUIET, "group.protocol=consumer");
  stay(CONSOLE_SHARE_CONSUMER, "--topic", "jobs", "--group", "watchers");
  await Promise.all([startClassic(), startStreams(), shareOut()]);
});

const QUIET = ["--consumer-property", "enable.auto.commit=false", "--consumer-property"];

function stay(name: string, ...args: string[]): void {
  const options = { signal: background.signal };
  running.push(runKafkaTool(name, ["--bootstrap-server", broker.address, ...args], options).catch(() => {}));
}

async function startClassic(): Promise<void> {
  const client = new Kafka({ clientId: "app", brokers: [broker.address], logLevel: logLevel.NOTHING });
  classic = client.consumer({ groupId: "classic" });
  await classic.connect();
  await classic.subscribe({ topics: ["orders"], fromBeginning: true });
  await classic.run({ autoCommit: false, eachMessage: async () => {} });
}

async function startStreams(): Promise<void> {
  streams = await joinStreamsGroup(link, "clickstream", ["clicks", "views"]);
  await streams.commit(
    "clicks",
    new Map([
      [0, 4],
      [1, 10],
    ]),
  );
  await streams.commit("views", new Map([[0, 2]]));
}

/** A share group that finishes 25 messages and leaves. */
async function shareOut(): Promise<void> {
  const earliest = ["--alter", "--add-config", "share.auto.offset.reset=earliest"];
  await tool(CONFIGS, "--entity-type", "groups", "--entity-name", "workers", ...earliest);
  await tool(CONSOLE_SHARE_CONSUMER, "--topic", "jobs", "--group", "workers", "--max-messages", "25");
}

afterEach(async () => {
  await Promise.all(collectors.splice(0).map((collector) => collector.close()));
});

afterAll(async () => {
  background.abort();
  await Promise.all(running);
  await classic?.disconnect();
  await streams?.leave().catch(() => {}); // its coordinator may be gone by now
  link?.drop();
  await producer?.disconnect();
  await admin?.disconnect();
  await broker?.stop();
  await Promise.all(directories.map((path) => rm(path, { recursive: true, force: true })));
});

const SOON = { timeout: 10_000, interval: 100 };
const none = Number.NaN;
const GROUPS = ["classic", "clickstream", "modern", "watchers", "workers"];

/** A sample in which every group's members are there and hold something. */
async function settled(collector: Collector): Promise<Sample> {
  let observation!: Sample;
  await expect
    .poll(
      async () => {
        observation = await sampled(collector);
        const { members, layout, positions } = observation;
        const reading = new Set([...positions.member].map((row) => members[row]?.consumer ?? -1));
        return layout.consumers.filter((_, row) => reading.has(row)).map(({ key }) => key);
      },
      { timeout: 30_000, interval: 200 },
    )
    .toEqual(GROUPS.slice(0, 4));
  return observation;
}

describe("groups of each type", () => {
  it("say kind, state, coordinator, protocol and members", async () => {
    const observation = await settled(collectorFor({ groups: { include: /^(c|mod|w)/ } }));
    expect(observationBreaches(observation)).toEqual([]);
    const told = observation.layout.consumers.map(({ key, kind }, row) => {
      const facts = shown(kafkaWords.consumerFacts(observation, row));
      const members = observation.members
        .map(({ consumer, clientId, host }, index) => ({ consumer, clientId, host, index }))
        .filter(({ consumer }) => consumer === row)
        .map(({ clientId, host, index }) => [clientId, host, heldBy(observation, index)]);
      return [key, kind, facts.State, facts.Protocol, facts.Coordinator, members];
    });
    const coordinator = `broker 1 at ${broker.address}`;
    const host = "127.0.0.1";
    expect(told).toEqual([
      [
        "classic",
        "classic group",
        "Stable",
        "consumer, assignor RoundRobinAssigner",
        coordinator,
        [["app", host, ["orders/0", "orders/1"]]],
      ],
      [
        "clickstream",
        "streams group",
        "Stable",
        "streams",
        coordinator,
        [["streams-app", host, ["clicks/0", "clicks/1", "views/0", "views/1"]]],
      ],
      [
        "modern",
        "consumer group",
        "Stable",
        "consumer, assignor uniform",
        coordinator,
        [["console-consumer", host, ["orders/0", "orders/1"]]],
      ],
      [
        "watchers",
        "share group",
        "Stable",
        "share, assignor simple",
        coordinator,
        [["console-share-consumer", host, ["jobs/0", "jobs/1", "jobs/2"]]],
      ],
      ["workers", "share group", "Empty", "share", coordinator, []],
    ]);
  });

  it("have the positions and lags that Kafka's own tools print", async () => {
    const observation = await settled(collectorFor({ groups: { include: /^(c|mod|w)/ } }));
    const [consumers, shares, topologies] = await Promise.all([
      tool(CONSUMER_GROUPS, "--describe", "--group", "classic", "--group", "modern"),
      tool(SHARE_GROUPS, "--describe", "--all-groups"),
      tool(STREAMS_GROUPS, "--describe", "--group", "clickstream", "--verbose"),
    ]);
    const lags = lagsOf(observation);
    expect(lags).toEqual(
      new Map([
        ...lagsOfTool(consumers.stdout, ["CURRENT-OFFSET", "LAG"]),
        ...lagsOfTool(shares.stdout, ["START-OFFSET", "LAG"]),
        ...lagsOfTool(topologies.stdout, ["CURRENT-OFFSET", "OFFSET-LAG"]),
      ]),
    );
    expect(lags.get("classic orders/0")).toEqual([21, 9]);
    expect(lags.get("modern orders/0")).toEqual([11, 19]);
    expect(lags.get("clickstream clicks/0")).toEqual([4, 8]);
    // What is finished above a share-partition's start counts as read: 25 of the 40 are.
    const left = ["workers jobs/0", "workers jobs/1"].map((row) => lags.get(row)?.[1] ?? Number.NaN);
    expect(left[0]! + left[1]!).toBe(15);
  });

  it("of shares tell an age at most, and have a row for what is not initialised", async () => {
    const observation = await settled(collectorFor({ groups: { include: /^(c|mod|w)/ } }));
    const { layout, positions } = observation;
    const told = Array.from({ length: layout.positions.count }, (_, row) => ({
      group: layout.consumers[layout.positions.consumer[row]!]!.name,
      lane: laneName(layout, row),
      ageAtMost: ((positions.flags?.[row] ?? 0) & ConsumerFlag.ageAtMost) !== 0,
      position: positions.position[row]!,
    }));
    const atMost = told.filter(({ ageAtMost }) => ageAtMost).map(({ group, lane }) => `${group} ${lane}`);
    const shares = ["watchers", "workers"].flatMap((group) => [0, 1, 2].map((n) => `${group} jobs/${n}`));
    expect(atMost).toEqual(shares);
    const [empty] = told.filter(({ group, lane }) => group === "workers" && lane === "jobs/2");
    expect(empty!.position || none, "where nothing was handed out yet").toBeNaN();
  });

  it("costs one more request a coordinator for all share groups", async () => {
    const collector = collectorFor({ topologyIntervalMs: 60_000 });
    await expect.poll(async () => (await sampled(collector)).cost.requests, SOON).toBe(4);
  });
});

function heldBy({ layout, positions }: Sample, member: number): string[] {
  return [...positions.member].flatMap((of, row) => (of === member ? [laneName(layout, row)] : [])).sort();
}

function laneName({ streams: topics, lanes, positions }: Sample["layout"], row: number): string {
  const lane = positions.lane[row]!;
  return `${topics[lanes.stream[lane]!]!.name}/${lanes.number[lane]}`;
}

type Lags = Map<string, readonly [position: number, lag: number]>;

/** As the store derives them; of positions that are known. */
function lagsOf(observation: Sample): Lags {
  const { layout, positions } = observation;
  const { positions: found } = derived(observation).sampled!.derived;
  const lags: Lags = new Map();
  for (let row = 0; row < layout.positions.count; row++) {
    if (Number.isNaN(positions.position[row]!)) continue;
    const group = layout.consumers[layout.positions.consumer[row]!]!.name;
    lags.set(`${group} ${laneName(layout, row)}`, [positions.position[row]!, found.backlog[row]!]);
  }
  return lags;
}

function derived(...observations: Sample[]): FedTable {
  const identity = { id: "test", kind: "kafka", name: "Test" } as const;
  const table = new FedTable({ identity, address: broker.address, intervalMs: 1000 });
  for (const observation of observations) table.accept(observation, { wallMs: 1, cpuMs: 1 });
  return table;
}

/** The tools' tables have a heading each; `-` is nothing known. */
function lagsOfTool(stdout: string, [position, lag]: readonly [string, string]): Lags {
  const lags: Lags = new Map();
  let columns: string[] = [];
  for (const line of stdout.split("\n")) {
    const cells = line.trim().split(/\s+/);
    if (cells[0] === "GROUP") {
      columns = cells;
      continue;
    }
    const cell = (name: string) => cells[columns.indexOf(name)] ?? "-";
    if (!/^\d+$/.test(cell(position))) continue;
    const key = `${cell("GROUP")} ${cell("TOPIC")}/${cell("PARTITION")}`;
    lags.set(key, [Number(cell(position)), Number(cell(lag))]);
  }
  return lags;
}

/** The consumer's page after these samples: what a person would see. */
function pageOf(group: string, ...observations: Sample[]) {
  const store = new Store();
  store.add(derived(...observations));
  const query = { view: "consumer", id: `test:${group}`, behindOnly: false, offset: 0, limit: 100 } as const;
  return viewConsumerPage(store.at(observations.at(-1)!.finishedAt), query);
}

describe("at the edges", () => {
  it("no commit yet: no position and no backlog, never 0", async () => {
    const { rows } = pageOf(
      "clickstream",
      await settled(collectorFor({ groups: { include: /^(c|mod|w)/ } })),
    );
    const lane = rows.find(({ stream, lane }) => stream === "views" && lane === 1);
    expect(lane).toMatchObject({ status: "unknown", head: 0, position: null, backlog: { value: null } });
  });

  it("committed below the log start: losing, with how many are gone", async () => {
    await createTopic("trimmed", 1, [10]);
    await commit("loser", "trimmed", 3);
    const gone = { topic: "trimmed", partitions: [{ partition: 0, offset: "8" }] };
    await vi.waitFor(() => admin.deleteTopicRecords(gone), { timeout: 10_000 });
    const { meta, rows } = pageOf("loser", await sampled(collectorFor()));
    expect(rows).toMatchObject([
      { status: "losing", position: 3, floor: 8, head: 10, backlog: { value: 2 } },
    ]);
    expect(meta.consumer).toMatchObject({ status: "losing", because: expect.stringMatching(/^5 messages/) });
  });

  it("committed past the end: unknown and said so, never negative, and right again once the end is past it", async () => {
    await createTopic("cut", 1, [10]);
    await commit("beyond", "cut", 15);
    const collector = collectorFor();
    const { meta, rows } = pageOf("beyond", await sampled(collector));
    expect(rows).toMatchObject([{ status: "unknown", position: 15, head: 10, backlog: { value: null } }]);
    expect(meta.consumer?.because).toMatch(/past the end of the lane, which was recreated or cut/);
    await produce("cut", [7]);
    const [lane] = pageOf("beyond", await sampled(collector)).rows;
    expect(lane).toMatchObject({ head: 17, backlog: { value: 2 } });
  });

  it("a compacted topic: what compaction took counts like Kafka's tool counts it, and a reader drains to 0", async () => {
    const cleaned = { "cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01", "segment.ms": "100" };
    const configEntries = Object.entries(cleaned).map(([name, value]) => ({ name, value }));
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic: "latest", configEntries }] });
    await expect
      .poll(
        async () => {
          await produce("latest", [20]); // five keys; the newest segment is left alone
          const [first] = await admin.fetchTopicOffsetsByTimestamp("latest", 0);
          return Number(first!.offset);
        },
        { timeout: 30_000, interval: 500 },
      )
      .toBeGreaterThan(5);
    const [end] = await admin.fetchTopicOffsets("latest");
    const head = Number(end!.high);
    await commit("halfway", "latest", 5);
    await commit("drained", "latest", head);
    const observation = await sampled(collectorFor());
    expect(pageOf("drained", observation).rows).toMatchObject([{ head, floor: 0, backlog: { value: 0 } }]);
    expect(pageOf("halfway", observation).rows).toMatchObject([
      { status: "unknown", backlog: { value: head - 5 } },
    ]);
  });

  it("transactions: what the tools print, and 0 where markers are left, which nobody is shown", async () => {
    await createTopic("ledger", 1);
    const transactional = kafka.producer({
      transactionalId: "ledger",
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await transactional.connect();
    const begin = async (count: number) => {
      const transaction = await transactional.transaction();
      const messages = Array.from({ length: count }, (_, n) => ({ value: `entry ${n}` }));
      await transaction.send({ topic: "ledger", messages });
      return transaction;
    };
    const collector = collectorFor({ groups: { include: /^tx-/ } });
    let page!: ReturnType<typeof pageOf>[];
    let readable: Record<string, number> = {};
    const all = ["tx-last-plus-one", "tx-behind", "tx-at-stable", "tx-uncommitted"];
    const backlogs = async (...groups: string[]) => {
      const observation = await sampled(collector);
      page = groups.map((group) => pageOf(group, observation));
      readable = Object.fromEntries(
        observation.layout.consumers.map(({ key }, row) => [
          key,
          observation.positions.readable?.[row] ?? none,
        ]),
      );
      return page.map(({ rows }) => rows[0]?.backlog.value);
    };
    try {
      await (await begin(10)).commit(); // its marker is offset 10
      await commit("tx-last-plus-one", "ledger", 10);
      await commit("tx-behind", "ledger", 9);
      await expect.poll(() => backlogs("tx-last-plus-one", "tx-behind"), SOON).toEqual([0, 2]);
      expect(page[0]?.rows).toMatchObject([{ head: 11, stable: 11, position: 10 }]);

      await (await begin(5)).abort(); // 11 to 15, and the marker
      await expect.poll(() => backlogs("tx-last-plus-one", "tx-behind"), SOON).toEqual([7, 8]);
      const told = async () => {
        await backlogs(...all);
        return readable;
      };
      // Behind what was looked at, everything up to the last stable offset may be one that can be read.
      await expect.poll(told, SOON).toEqual({ "tx-behind": 7, "tx-last-plus-one": 0 });

      const open = await begin(3); // 17 to 19
      await commit("tx-at-stable", "ledger", 17);
      await commit("tx-uncommitted", "ledger", 19);
      await expect.poll(() => backlogs(...all), SOON).toEqual([10, 11, 3, 1]);
      await expect
        .poll(told, SOON)
        .toEqual({ "tx-at-stable": 0, "tx-behind": 7, "tx-last-plus-one": 0, "tx-uncommitted": none });
      expect(page[2]?.rows).toMatchObject([{ head: 20, stable: 17, position: 17 }]);

      await open.commit();
      await expect.poll(() => backlogs(...all), SOON).toEqual([11, 12, 4, 2]);
    } finally {
      await transactional.disconnect();
    }
  });

  it("a deleted topic takes its rows with it within five seconds, and comes back as a new one", async () => {
    await createTopic("brief", 2, [5, 5]);
    await commit("reader", "brief", 5);
    await commit("reader", "orders", 1);
    const collector = collectorFor();
    expect(topicsOf(await sampled(collector), "reader")).toEqual(["brief", "orders"]);
    await admin.deleteTopics({ topics: ["brief"] });
    const topics = async () => topicsOf(await sampled(collector), "reader");
    await expect.poll(topics, { timeout: 7000, interval: 250 }).toEqual(["orders"]);
    await createTopic("brief", 1, [3]);
    await commit("reader", "brief", 2);
    await expect.poll(topics, { timeout: 7000, interval: 250 }).toEqual(["brief", "orders"]);
    const { rows } = pageOf("reader", await sampled(collector));
    expect(rows).toContainEqual(expect.objectContaining({ stream: "brief", position: 2, head: 3 }));
  });

  it("a deleted group is said to be missing, then gone", async () => {
    await commit("leaving", "orders", 1);
    const collector = collectorFor();
    const groups = async () => (await sampled(collector)).layout.consumers.map(({ key }) => key);
    expect(await groups()).toContain("leaving");
    await admin.deleteGroups(["leaving"]);
    expect((await sampled(collector)).failures).toContainEqual(
      expect.objectContaining({ subject: "leaving", message: expect.stringContaining("it was deleted") }),
    );
    await expect.poll(groups, { timeout: 10_000, interval: 250 }).not.toContain("leaving");
  });
});

/** Last: half of the broker is gone after it. */
describe("a partition without a leader", () => {
  it("loses its own number, and nobody else's", async () => {
    await createTopic("halves", 2, [10, 10]);
    const [kept = "", lost = ""] = directories;
    const isKept = (partition: string) => existsSync(join(kept, partition));
    const offline = isKept("halves-0") ? 1 : 0;
    const names = Array.from({ length: 50 }, (_, n) => `survivor-${n}`);
    const group = names.find((name) => isKept(`__consumer_offsets-${offsetsPartition(name)}`))!;
    await commitOffsets(
      link,
      group,
      "halves",
      new Map([
        [0, 4],
        [1, 4],
      ]),
    );
    const collector = collectorFor({
      groups: { include: new RegExp(`^${group}$`) },
      topics: { include: /^halves$/ },
    });
    const lanes = async () => {
      const observation = await sampled(collector);
      const { rows } = pageOf(group, observation);
      const told = rows.map(({ lane, head, position, backlog }) => [lane, head, position, backlog.value]);
      return [told.sort(), observation.failures.filter(({ scope }) => scope === "lane")];
    };
    const online = 1 - offline;
    expect((await lanes())[0]).toEqual([
      [0, 10, 4, 6],
      [1, 10, 4, 6],
    ]);
    await rm(lost, { recursive: true });
    await expect.poll(lanes, { timeout: 15_000, interval: 250 }).toEqual([
      [
        [online, 10, 4, 6],
        [offline, null, 4, null],
      ].sort(),
      [
        expect.objectContaining({
          subject: `halves/${offline}`,
          message: expect.stringContaining("LEADER_NOT_AVAILABLE"),
        }),
      ],
    ]);
  });
});

/** Which partition of the groups' own topic a group is kept in: by the hash of its name, as Java has it. */
function offsetsPartition(group: string): number {
  let hash = 0;
  for (const char of group) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0;
  return (hash & 0x7fffffff) % 8;
}

function topicsOf({ layout }: Sample, group: string): string[] {
  const info = layout.consumers.find(({ key }) => key === group);
  return (info?.streams ?? []).map((row) => layout.streams[row]!.name);
}
