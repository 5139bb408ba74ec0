import { randomBytes } from "node:crypto";
import { type AddressInfo, createServer } from "node:net";
import { Connection, offsetCommitV9 } from "@platformatic/kafka";
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  type Admin,
  Kafka,
  logLevel,
  type Producer,
  ResourcePatternTypes,
} from "kafkajs";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startLocalKafka } from "../../../brokers/index.ts";
import { systemClock } from "../../async/clock.ts";
import { PROVENANCES } from "../../model/reading.ts";
import { type Schedule, schedule } from "../../pipeline/scheduler.ts";
import { FedTable } from "../../store/test-store.ts";
import { createKafkaCollector, type KafkaCollectorOptions } from "./index.ts";

const INTERVAL_MS = 500;
const MINUTE = 60_000;

/** Where one signs in as `onlooker`. */
let restrictedAddress: string;
let broker: Awaited<ReturnType<typeof startLocalKafka>>;
let admin: Admin;
let producer: Producer;
let commits: Connection;
let running: Schedule | undefined;
const loads: NodeJS.Timeout[] = [];

interface Seen {
  readonly provenance: string;
  readonly latencyMs: number;
  readonly position: number;
  readonly asOf: number;
}

beforeAll(async () => {
  const [port, controller, sasl] = await freePorts(3);
  restrictedAddress = `127.0.0.1:${sasl}`;
  broker = await startLocalKafka({
    port: port!,
    properties: {
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller},CLIENTS://${restrictedAddress}`,
      "advertised.listeners": `PLAINTEXT://127.0.0.1:${port},CLIENTS://${restrictedAddress}`,
      "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENTS:SASL_PLAINTEXT",
      "controller.quorum.voters": `1@127.0.0.1:${controller}`,
      "inter.broker.listener.name": "PLAINTEXT",
      "sasl.enabled.mechanisms": "PLAIN",
      "listener.name.clients.plain.sasl.jaas.config":
        'org.apache.kafka.common.security.plain.PlainLoginModule required user_onlooker="secret";',
      "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
      "super.users": "User:ANONYMOUS",
    },
  });
  const kafka = new Kafka({ clientId: "truth", brokers: [broker.address], logLevel: logLevel.NOTHING });
  admin = kafka.admin();
  producer = kafka.producer();
  commits = new Connection("truth");
  const host = "127.0.0.1";
  await Promise.all([admin.connect(), producer.connect(), commits.connect(host, port!)]);
  // The first question for a coordinator makes the broker one.
  await admin.createTopics({ topics: [{ topic: "first" }], waitForLeaders: true });
  await admin.describeGroups(["first"]);
  await vi.waitFor(() => commit("first", "first", 0), { timeout: 20_000 });
});

afterEach(async () => {
  for (const load of loads.splice(0)) clearInterval(load);
  await running?.close();
});

afterAll(async () => {
  await Promise.all([admin?.disconnect(), producer?.disconnect(), commits?.close()]);
  await broker?.stop();
});

/** Samples one topic from now on. The answer gives what is known of each of the group's positions after each sample. */
function watch(
  topic: string,
  group: string,
  more: Partial<KafkaCollectorOptions> = {},
): { readonly seen: Seen[][]; readonly table: FedTable } {
  const seen: Seen[][] = [];
  const table = new FedTable({
    identity: { id: "k", kind: "kafka", name: "K" },
    address: broker.address,
    intervalMs: INTERVAL_MS,
  });
  const exactly = (name: string) => ({ include: new RegExp(`^${name}$`) });
  running = schedule({
    collector: createKafkaCollector({
      id: "k",
      brokers: [broker.address],
      clientId: "streamside-test",
      connectTimeoutMs: 1500,
      requestTimeoutMs: 1500,
      topics: exactly(topic),
      groups: exactly(group),
      ...more,
    }),
    intervalMs: INTERVAL_MS,
    timeoutMs: 5000,
    clock: systemClock,
    cpuMs: () => 0,
    random: () => 0,
    scope: () => ({ focus: [], unaged: table.unaged() }),
    onSample(observation, cost) {
      table.accept(observation, cost);
      const { latencyMs, latencyProvenance } = table.sampled!.derived.positions;
      seen.push(
        Array.from(latencyMs, (latency, row) => ({
          provenance: PROVENANCES[latencyProvenance[row]!]!,
          latencyMs: latency,
          position: observation.positions.position[row]!,
          asOf: observation.finishedAt,
        })),
      );
    },
    onFailure: (failure) => expect.fail(failure.message),
    onSkip: () => {},
  });
  return { seen, table };
}

/** As a client would that assigns partitions to itself: kafkajs' own way is to join the group, which takes its time. */
async function commit(group: string, topic: string, ...offsets: number[]): Promise<void> {
  const partitions = offsets.map((offset, partitionIndex) => ({
    partitionIndex,
    committedOffset: BigInt(offset),
    committedLeaderEpoch: -1,
    committedMetadata: null,
  }));
  await offsetCommitV9.api.async(commits, group, -1, "", null, [{ name: topic, partitions }]);
}

/** Every message stamped with the time it was sent, ten a second, from now on; `stamps[offset]` is the truth. */
async function writeSteadily(topic: string): Promise<number[]> {
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  const stamps: number[] = [];
  let last: Promise<unknown> = Promise.resolve();
  const write = () => {
    const stamp = Date.now();
    stamps.push(stamp);
    last = last.then(() => producer.send({ topic, messages: [{ value: "x", timestamp: String(stamp) }] }));
  };
  write();
  loads.push(setInterval(write, 100));
  await last;
  return stamps;
}

const errorOf = ({ asOf, latencyMs, position }: Seen, stamps: readonly number[]) =>
  Math.abs(asOf - latencyMs - stamps[position]!);

describe("the age of the first unread record, against the producer's stamps", () => {
  it("is measured for a group that stopped long before the collector started", async () => {
    const now = Date.now();
    // A batch each, some of them packed; the first two hours old, one every ten minutes.
    const stamps = Array.from({ length: 12 }, (_, n) => now - 120 * MINUTE + n * 10 * MINUTE);
    await admin.createTopics({ topics: [{ topic: "old", numPartitions: 1 }], waitForLeaders: true });
    for (const [n, stamp] of stamps.entries()) {
      const messages = [{ value: `message ${n}`, timestamp: String(stamp) }];
      await producer.send({ topic: "old", messages, compression: n % 2 });
    }
    await commit("gone", "old", 5);
    const { seen, table } = watch("old", "gone");
    await expect.poll(() => seen.at(-1)?.[0]?.provenance, { timeout: 10_000 }).toBe("measured");
    expect(errorOf(seen.at(-1)![0]!, stamps)).toBeLessThanOrEqual(INTERVAL_MS);
    expect(seen[0]![0]!.provenance, "before it could be looked up").toBe("atLeast");
    const { latencyMs, latencyProvenance } = table.sampled!.derived.consumers;
    expect(PROVENANCES[latencyProvenance[0]!], "the group's figure is its worst position").toBe("measured");
    expect(latencyMs[0]).toBe(seen.at(-1)![0]!.latencyMs);
  });

  it("follows a group that moves far outside of what was seen", async () => {
    const now = Date.now();
    const stamps = Array.from({ length: 400 }, (_, n) => now - 90 * MINUTE + n * 1000);
    await admin.createTopics({ topics: [{ topic: "slow", numPartitions: 1 }], waitForLeaders: true });
    const messages = stamps.map((stamp, n) => ({ value: `message ${n}`, timestamp: String(stamp) }));
    await producer.send({ topic: "slow", messages: messages.slice(0, 200) });
    await producer.send({ topic: "slow", messages: messages.slice(200) });
    let offset = 10;
    await commit("crawling", "slow", offset);
    const { seen } = watch("slow", "crawling");
    const move = () => void commit("crawling", "slow", ++offset);
    loads.push(setInterval(move, 300));
    const measured = () => seen.filter(([row]) => row?.provenance === "measured");
    await expect.poll(() => measured().length, { timeout: 20_000 }).toBeGreaterThanOrEqual(6);
    const positions = new Set(measured().map(([row]) => row!.position));
    expect(positions.size, "it moved").toBeGreaterThan(3);
    for (const [row] of measured()) expect(errorOf(row!, stamps)).toBeLessThanOrEqual(INTERVAL_MS);
    expect(
      seen.slice(seen.indexOf(measured()[0]!)).every(([row]) => row!.provenance === "measured"),
      "no flicker between measured and a lower bound",
    ).toBe(true);
  });

  it("is interpolated for a group that moves within what was seen", async () => {
    const stamps = await writeSteadily("live");
    await commit("near", "live", 0);
    const { seen } = watch("live", "near");
    const move = () => void commit("near", "live", Math.max(0, stamps.length - 15));
    loads.push(setInterval(move, 200));
    const interpolated = () => seen.filter(([row]) => row?.provenance === "interpolated");
    await expect.poll(() => interpolated().length, { timeout: 20_000 }).toBeGreaterThanOrEqual(6);
    for (const [row] of interpolated()) expect(errorOf(row!, stamps)).toBeLessThanOrEqual(INTERVAL_MS);
    expect(new Set(interpolated().map(([row]) => row!.position)).size).toBeGreaterThan(3);
  });

  it("is found for every partition, also where batches are larger than what is fetched at once", async () => {
    const now = Date.now();
    await admin.createTopics({ topics: [{ topic: "large", numPartitions: 4 }], waitForLeaders: true });
    const stamps = [0, 1, 2, 3].map((partition) => now - (partition + 20) * MINUTE);
    for (const [partition, stamp] of stamps.entries()) {
      const messages = [{ partition, value: randomBytes(300_000), timestamp: String(stamp) }];
      await producer.send({ topic: "large", messages });
    }
    await commit("heavy", "large", 0, 0, 0, 0);
    const { seen } = watch("large", "heavy");
    const all = () => seen.at(-1)?.map(({ provenance }) => provenance);
    await expect.poll(all, { timeout: 15_000 }).toEqual(Array(4).fill("measured"));
    for (const [partition, { asOf, latencyMs }] of seen.at(-1)!.entries()) {
      expect(Math.abs(asOf - latencyMs - stamps[partition]!)).toBeLessThanOrEqual(INTERVAL_MS);
    }
  });

  it("stays a lower bound for who may not READ the topic, and says so; all other numbers are there", async () => {
    await admin.createTopics({ topics: [{ topic: "secret", numPartitions: 1 }], waitForLeaders: true });
    const messages = [{ value: "x", timestamp: String(Date.now() - 60 * MINUTE) }];
    await producer.send({ topic: "secret", messages });
    await commit("curious", "secret", 0);
    const allow = (resourceType: AclResourceTypes, resourceName: string, operation: AclOperationTypes) => ({
      ...{ resourceType, resourceName, operation, host: "*", principal: "User:onlooker" },
      ...{ resourcePatternType: ResourcePatternTypes.LITERAL, permissionType: AclPermissionTypes.ALLOW },
    });
    const describe = AclOperationTypes.DESCRIBE;
    await admin.createAcls({
      acl: [
        allow(AclResourceTypes.TOPIC, "secret", describe),
        allow(AclResourceTypes.GROUP, "curious", describe),
      ],
    });
    const { seen, table } = watch("secret", "curious", {
      brokers: [restrictedAddress],
      sasl: { mechanism: "PLAIN", username: "onlooker", password: "secret" },
    });
    const denied = () =>
      table.sampled?.sample.failures.filter(({ subject }) => subject === "age of unread messages");
    await expect
      .poll(denied, { timeout: 10_000 })
      .toEqual([
        expect.objectContaining({ code: "DENIED", message: expect.stringContaining("READ topic secret") }),
      ]);
    expect(seen.at(-1)![0]).toMatchObject({ provenance: "atLeast", position: 0 });
    expect(table.sampled!.derived.positions.backlog[0]).toBe(1);

    await admin.createAcls({ acl: [allow(AclResourceTypes.TOPIC, "secret", AclOperationTypes.READ)] });
    await running!.close();
    const allowed = watch("secret", "curious", {
      brokers: [restrictedAddress],
      sasl: { mechanism: "PLAIN", username: "onlooker", password: "secret" },
    });
    await expect.poll(() => allowed.seen.at(-1)?.[0]?.provenance, { timeout: 10_000 }).toBe("measured");
  });
});

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once("listening", resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
