import { tracingChannel } from "node:diagnostics_channel";
import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type LocalKafkaCluster, startLocalKafkaCluster } from "../../../brokers/index.ts";
import { systemClock } from "../../async/clock.ts";
import { parseConfig } from "../../config/index.ts";
import { createSampling } from "../../runtime/sampling.ts";
import { seriesOf } from "../../sample/gauges.fixture.ts";
import type { Sample } from "../../sample/sample.ts";
import { SourceSnapshot } from "../../store/source-snapshot.ts";
import type { SourceTable } from "../../store/source-table.ts";
import { Store } from "../../store/store.ts";
import { shown } from "../facts.fixture.ts";
import { SOURCE_KINDS } from "../index.ts";
import { metadataOf, offsetsPartitionOf, startTraffic, type Truth } from "./test-truth.ts";

/** The times are those of an idle machine; where others take the cores they may be twice as long. */
const BUSY = 2;

const TOPIC = "orders";
const PARTITIONS = 6;
const OFFSETS_PARTITIONS = 8;
/** Read and commit all the time; … */
const LIVE = ["live-a", "live-b", "live-c"];
/** … and never: `still-3` stands at 3 in every partition. */
const STILL = ["still-1", "still-2", "still-3", "still-4", "still-5", "still-6"];
const standing = (group: string) => Number(group.slice(-1));

let cluster: LocalKafkaCluster;
let truth: Truth;
let table: SourceTable;
let sampling: ReturnType<typeof createSampling>;
let watching: NodeJS.Timeout;
const seen: Sample[] = [];
const wrong: string[] = [];
const logged: string[] = [];
const attempts = new Map<number, number[]>();
/**
 * A new coordinator tells the commits that it knows all replicas to have; of that it is told later than of the commits.
 * Hence for a while it may answer an older one than its consumers were told of by the coordinator before.
 */
let commitsLostSince = Number.POSITIVE_INFINITY;
const crashes: unknown[] = [];
const onCrash = (error: unknown) => crashes.push(error);

beforeAll(async () => {
  cluster = await startLocalKafkaCluster({
    properties: {
      "broker.session.timeout.ms": "2000",
      "broker.heartbeat.interval.ms": "250",
      "controller.quorum.fetch.timeout.ms": "1000",
      "controller.quorum.election.timeout.ms": "500",
      "offsets.topic.num.partitions": String(OFFSETS_PARTITIONS),
    },
  });
  const kafka = new Kafka({
    brokers: cluster.address.split(","),
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, maxRetryTime: 200, retries: 50 },
  });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    waitForLeaders: false, // it fails where it asks a broker that has not heard of the topic yet
    topics: [{ topic: TOPIC, numPartitions: PARTITIONS, replicationFactor: 3 }],
  });
  for (const node of [1, 2, 3]) {
    await vi.waitUntil(async () => (await leadersOf(TOPIC, [node])).length === PARTITIONS, {
      timeout: 10_000,
    });
  }
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  await Promise.all(
    STILL.map((groupId) => {
      const offset = String(standing(groupId));
      return admin.setOffsets({
        groupId,
        topic: TOPIC,
        partitions: partitions.map((partition) => ({ partition, offset })),
      });
    }),
  );
  await admin.disconnect();
  truth = await startTraffic(cluster.address, TOPIC, PARTITIONS, LIVE);

  process.on("unhandledRejection", onCrash).on("uncaughtException", onCrash);
  tracingChannel("plt:kafka:connections:connects").start.subscribe((message) => {
    const { port } = message as { port: number };
    attempts.set(port, [...(attempts.get(port) ?? []), performance.now()]);
  });
  const store = new Store();
  const config = parseConfig(`sources: [{ id: test, kind: kafka, brokers: [${cluster.address}] }]`, {
    kinds: SOURCE_KINDS,
    env: {},
    path: "streamside.yaml",
  });
  const log = (message: string) => void logged.push(message);
  sampling = createSampling({
    config,
    unavailable: [],
    store,
    clock: systemClock,
    log: { info: log, warn: log, error: log },
    watchedConsumers: () => [],
    onConsumers: () => {},
  });
  sampling.start();
  table = store.sources.get("test")!;
  watching = setInterval(() => {
    const observation = table.sampled?.sample;
    if (!observation || observation === seen.at(-1)) return;
    seen.push(observation);
    wrong.push(...mistakesIn(observation));
  }, 10);
  await allKnownAfter(Date.now(), 30_000);
}, 120_000);

afterAll(async () => {
  clearInterval(watching);
  await sampling?.stop();
  await truth?.stop();
  await cluster?.stop();
  process.off("unhandledRejection", onCrash).off("uncaughtException", onCrash);
});

/** Numbers that the truth rules out. */
function mistakesIn({ layout, lanes, positions, startedAt, finishedAt }: Sample): string[] {
  const mistakes: string[] = [];
  const check = (what: string, value: number, asOf: number, least: number, most: number) => {
    if (!(value >= least && value <= most)) mistakes.push(`${what} is ${value}, not ${least} to ${most}`);
    if (!(asOf <= finishedAt)) mistakes.push(`${what} is of ${asOf - finishedAt} ms later`);
  };
  for (let lane = 0; lane < layout.lanes.count; lane++) {
    const [head, floor] = [lanes.head[lane]!, lanes.floor[lane]!];
    const [partition, asOf] = [layout.lanes.number[lane]!, lanes.asOf[lane]!];
    if (!Number.isNaN(head))
      check(`end ${partition}`, head, asOf, ...truth.endWithin(partition, startedAt, asOf));
    if (!Number.isNaN(floor)) check(`start ${partition}`, floor, finishedAt, 0, 0);
  }
  for (let row = 0; row < layout.positions.count; row++) {
    const [position, asOf] = [positions.position[row]!, positions.asOf[row]!];
    if (Number.isNaN(position)) continue;
    const group = layout.consumers[layout.positions.consumer[row]!]!.name;
    const partition = layout.lanes.number[layout.positions.lane[row]!]!;
    const still = STILL.includes(group);
    // A commit is told to its consumer before the coordinator's answers show it to everybody, hence the second.
    const least = still
      ? standing(group)
      : truth.committedBy(group, partition, Math.min(asOf - 1000, commitsLostSince));
    const most = still ? standing(group) : truth.endWithin(partition, asOf, asOf)[1];
    check(`${group} in ${partition}`, position, asOf, least, most);
  }
  return mistakes;
}

/** Node that leads each partition of a topic, as the first of `nodes` that answers tells it. */
async function leadersOf(topic: string, nodes = [1, 2, 3]): Promise<number[]> {
  for (const node of nodes) {
    const metadata = await metadataOf(cluster.nodes[node - 1]!.address).catch(() => null);
    const found = metadata?.topics.find(({ name }) => name === topic);
    if (found) return [...found.leaders];
  }
  return [];
}

interface Share {
  readonly lanes: readonly number[];
  readonly groups: readonly string[];
}

/** What hangs on a node. */
async function shareOf(node: number, askable = [1, 2, 3]): Promise<Share> {
  const leaders = await leadersOf(TOPIC, askable);
  const coordinators = await leadersOf("__consumer_offsets", askable);
  return {
    lanes: leaders.flatMap((leader, partition) => (leader === node ? [partition] : [])),
    groups: [...LIVE, ...STILL].filter(
      (group) => coordinators[offsetsPartitionOf(group, OFFSETS_PARTITIONS)] === node,
    ),
  };
}

/** When Kafka's own metadata first shows a leader other than `gone` for everything. */
async function newLeaders(gone: number): Promise<number> {
  const others = [1, 2, 3].filter((node) => node !== gone);
  for (const until = Date.now() + 30_000; Date.now() < until; ) {
    const leaders = [...(await leadersOf(TOPIC, others)), ...(await leadersOf("__consumer_offsets", others))];
    if (leaders.length > 0 && leaders.every((leader) => leader > 0 && leader !== gone)) return Date.now();
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`node ${gone} still leads`);
}

const laneAsOf = ({ layout, lanes }: Sample, partition: number) =>
  lanes.asOf[layout.lanes.number.indexOf(partition)]!;

function groupAsOf({ layout, positions }: Sample, group: string): number {
  const row = layout.consumers.findIndex(({ name }) => name === group);
  const { start } = layout.positions;
  return Math.min(...positions.asOf.subarray(start[row]!, start[row + 1]!));
}

/** The first observation with everything in it read after `time`; resolves with how long after `time` it was there. */
async function allKnownAfter(time: number, timeout: number, share?: Share): Promise<number> {
  const lanes = share?.lanes ?? Array.from({ length: PARTITIONS }, (_, partition) => partition);
  const groups = share?.groups ?? [...LIVE, ...STILL];
  const known = (observation: Sample) =>
    lanes.every((lane) => laneAsOf(observation, lane) > time) &&
    groups.every((group) => groupAsOf(observation, group) > time) &&
    observation.layout.positions.count === PARTITIONS * (LIVE.length + STILL.length);
  await vi.waitUntil(() => seen.some(known), { timeout, interval: 20 });
  return seen.find(known)!.finishedAt - time;
}

/** Within two seconds nothing that hung on the node passes for newer than its end, and that stays so until `until`. */
function expectStale(share: Share, failedAt: number, until: number): void {
  const marked = seen.find(
    ({ finishedAt, failures }) => finishedAt > failedAt && failures.some(({ scope }) => scope === "source"),
  );
  expect(marked!.finishedAt - failedAt).toBeLessThan(BUSY * 2000);
  for (const observation of seen.filter(
    ({ startedAt, finishedAt }) => startedAt > failedAt && finishedAt < until,
  )) {
    for (const lane of share.lanes) expect(laneAsOf(observation, lane)).not.toBeGreaterThan(failedAt);
    for (const group of share.groups) expect(groupAsOf(observation, group)).not.toBeGreaterThan(failedAt);
  }
}

/** What hangs on other nodes went on being read every second. */
function expectCadence(share: Share, from: number): void {
  const times = seen.filter(({ finishedAt }) => finishedAt > from - 1500);
  let longest = 0;
  for (let lane = 0; lane < PARTITIONS; lane++) {
    if (share.lanes.includes(lane)) continue;
    const known = times.map((observation) => laneAsOf(observation, lane)).filter((at) => !Number.isNaN(at));
    for (let i = 1; i < known.length; i++) longest = Math.max(longest, known[i]! - known[i - 1]!);
  }
  for (const group of LIVE) {
    if (share.groups.includes(group)) continue;
    const known = times.map((observation) => groupAsOf(observation, group)).filter((at) => !Number.isNaN(at));
    for (let i = 1; i < known.length; i++) longest = Math.max(longest, known[i]! - known[i - 1]!);
  }
  expect(longest).toBeLessThan(BUSY * 2500);
}

function expectNothingWrong(): void {
  expect(wrong).toEqual([]);
  expect(crashes).toEqual([]);
  for (const times of attempts.values()) {
    for (let i = 1; i < times.length; i++) expect(times[i]! - times[i - 1]!).toBeGreaterThan(990);
  }
}

async function controller(): Promise<number> {
  const { Controller } = shown(table.sampled!.sample.facts);
  return Number(/\d+/.exec(Controller!)![0]);
}

/** Everything that was on a node that cannot be had: stale at once, back soon after it has a new leader. */
async function expectFailover(node: number, fail: () => unknown): Promise<void> {
  const share = await shareOf(node);
  expect(share.lanes.length + share.groups.length).toBeGreaterThan(0);
  const failedAt = Date.now();
  commitsLostSince = failedAt - 1000;
  await fail();
  const movedAt = await newLeaders(node);
  const took = await allKnownAfter(movedAt, 20_000, share);
  expectStale(share, failedAt, movedAt - 100);
  expectCadence(share, failedAt);
  expect(took).toBeLessThan(BUSY * 3000);
  expect(new SourceSnapshot(table, Date.now()).status).toBe("live");
}

/** Who is missing is told of the cluster and of the topic that has its copies. */
function expectToldMissing(node: number, since: number): void {
  const later = seen.filter(({ startedAt }) => startedAt > since);
  const missing = [`broker ${node}`];
  const inSource = later.flatMap(({ signals }) => signals ?? []);
  expect(inSource).toContainEqual({ kind: "members", what: "broker", expected: 3, serving: 2, missing });
  const inTopic = later.flatMap(({ streams }) => [...(streams.signals?.values() ?? [])].flat());
  const lanes = PARTITIONS;
  expect(inTopic).toContainEqual({ kind: "copies", lanes, behind: lanes, leaderless: 0, missing });
}

/** The node is one of three again, and so it is here. */
async function expectReturn(node: number): Promise<void> {
  const brokers = async () => (await metadataOf(cluster.nodes[node % 3]!.address)).brokers.length;
  await vi.waitUntil(async () => (await brokers()) === 3, { timeout: 20_000, interval: 25 });
  const backAt = Date.now();
  const whole = ({ startedAt, failures, gauges }: Sample) =>
    startedAt > backAt && failures.length === 0 && seriesOf(gauges).kafka_brokers === 3;
  await vi.waitUntil(() => seen.some(whole), { timeout: 20_000, interval: 25 });
  expect(seen.find(whole)!.finishedAt - backAt).toBeLessThan(BUSY * 3000);
}

describe("three brokers", () => {
  it("kill -9 of one that leads partitions and coordinates groups", async () => {
    const node = 1 + ((await controller()) % 3);
    const failedAt = Date.now();
    await expectFailover(node, () => cluster.nodes[node - 1]!.kill());
    expectToldMissing(node, failedAt);
    await cluster.nodes[node - 1]!.restart();
    await expectReturn(node);
    expectNothingWrong();
    const whole = () => seen.at(-1)!.signals!.length + seen.at(-1)!.streams.signals!.size;
    await expect.poll(whole, { timeout: 20_000 }).toBe(0);
  });

  it("kill -9 of the controller", async () => {
    const node = await controller();
    await expectFailover(node, () => cluster.nodes[node - 1]!.kill());
    await cluster.nodes[node - 1]!.restart();
    await expectReturn(node);
    expectNothingWrong();
  });

  it("one that is paused: it connects and never answers", async () => {
    const leaders = await leadersOf(TOPIC);
    const node = leaders.find((leader) => leader > 0)!;
    await expectFailover(node, () => cluster.nodes[node - 1]!.pause());
    await cluster.nodes[node - 1]!.resume();
    await expectReturn(node);
    expectNothingWrong();
  });

  it("all of them gone, and back", async () => {
    const told = logged.length;
    const failedAt = Date.now();
    commitsLostSince = failedAt - 6000; // what all replicas have is noted on disk every 5 s
    await Promise.all(cluster.nodes.map((node) => node.kill()));
    await vi.waitUntil(() => new SourceSnapshot(table, Date.now()).status !== "live", {
      timeout: 10_000,
      interval: 10,
    });
    const staleAfter = Date.now() - failedAt;
    await Promise.all(cluster.nodes.map((node) => node.restart()));
    await newLeaders(0);
    const returnedAt = Date.now();
    const took = await allKnownAfter(returnedAt, 20_000);
    expect(staleAfter).toBeLessThan(BUSY * 2000);
    expect(took).toBeLessThan(BUSY * 3000);
    expect(logged.slice(told).filter((line) => line === "Source is back.")).toHaveLength(1);
    expect(logged.slice(told).length).toBeLessThan(5);
    expectNothingWrong();
  });

  it("are told as events: of the topic, of its groups, of the cluster; and nobody is said to have set offsets", () => {
    const told = (kind: string) => table.events.filter((event) => event.kind === kind);
    for (const kind of ["broker-gone", "broker-joined", "controller-changed"]) {
      expect(told(kind).length, kind).toBeGreaterThan(0);
    }
    for (const kind of ["leader-changed", "isr-shrunk", "isr-expanded"]) {
      expect(told(kind).length, kind).toBeGreaterThan(0);
      expect(new Set(told(kind).map(({ streamKey }) => streamKey))).toEqual(new Set([TOPIC]));
    }
    const moved = told("coordinator-changed").map(({ consumerKey }) => consumerKey);
    expect([...LIVE, ...STILL]).toEqual(expect.arrayContaining(moved));
    expect(moved.length).toBeGreaterThan(0);
    expect(told("isr-shrunk")[0]).toMatchObject({
      title: expect.stringMatching(/^Broker \d is no longer in sync on \d partitions of orders$/),
      before: "18 of 18 replicas in sync",
    });
    expect(told("offsets-reset")).toEqual([]);
  });
});
