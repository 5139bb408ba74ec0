import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startLocalKafka } from "../../brokers/index.ts";
import { startKafkaLoad } from "./kafka-load.ts";
import type { Load } from "./load.ts";

let broker: Awaited<ReturnType<typeof startLocalKafka>>;
let load: Load;
let stopped = false;
const lines: string[] = [];

beforeAll(async () => {
  broker = await startLocalKafka();
  load = await startKafkaLoad({ address: broker.address, log: (line) => lines.push(line) });
});

afterAll(async () => {
  if (!stopped) await load?.stop();
  await broker?.stop();
});

const admin = () =>
  new Kafka({ clientId: "test", brokers: [broker.address], logLevel: logLevel.NOTHING }).admin();

/** End offsets minus committed offsets, summed over the topic. */
async function backlogOf(groupId: string, topic: string): Promise<number> {
  const client = admin();
  await client.connect();
  try {
    const [group] = await client.fetchOffsets({ groupId, topics: [topic] });
    const ends = await client.fetchTopicOffsets(topic);
    const sum = (offsets: readonly string[]) => offsets.reduce((total, offset) => total + Number(offset), 0);
    // A partition without a commit has not been read from: the group began at its end.
    const committed = group!.partitions.filter(({ offset }) => offset !== "-1");
    const read = new Set(committed.map(({ partition }) => partition));
    return (
      sum(ends.filter(({ partition }) => read.has(partition)).map(({ high }) => high)) -
      sum(committed.map(({ offset }) => offset))
    );
  } finally {
    await client.disconnect();
  }
}

it("makes the topics once, with their partitions and a bound on their size", async () => {
  const client = admin();
  await client.connect();
  const { topics } = await client.fetchTopicMetadata({ topics: ["orders", "payments", "shipments"] });
  expect(topics.map(({ name, partitions }) => [name, partitions.length]).sort()).toEqual([
    ["orders", 12],
    ["payments", 6],
    ["shipments", 4],
  ]);
  const { resources } = await client.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: 2, name: "orders" }],
  });
  const config = new Map(
    resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]),
  );
  expect([config.get("retention.ms"), config.get("retention.bytes")]).toEqual(["3600000", "33554432"]);
  await client.disconnect();
});

it("produces, and leaves billing-writer behind while the others keep up", async () => {
  const before = load.counts();
  await expect.poll(() => load.counts().sent - before.sent, { timeout: 20_000 }).toBeGreaterThan(2000);
  expect(load.counts().finished).toBeGreaterThan(before.finished);
  const first = await backlogOf("billing-writer", "orders");
  await expect
    .poll(() => backlogOf("billing-writer", "orders"), { timeout: 30_000, interval: 1000 })
    .toBeGreaterThan(first + 100);
  expect(await backlogOf("shipping-labels", "shipments")).toBeLessThan(100);
});

it("drains to nothing once nothing is produced", async () => {
  load.setProducing(false);
  for (const [group, topic] of [
    ["billing-writer", "orders"],
    ["search-indexer", "payments"],
    ["fraud-check", "payments"],
    ["shipping-labels", "shipments"],
  ] as const) {
    await expect.poll(() => backlogOf(group, topic), { timeout: 30_000, interval: 500 }).toBe(0);
  }
  const { sent } = load.counts();
  await expect.poll(() => load.counts().finished, { interval: 100 }).toBeGreaterThan(0);
  expect(load.counts().sent).toBe(sent);
  expect(lines).toEqual([]);
});

it("goes on after the broker's death and return, and says each once", async () => {
  load.setProducing(true);
  const { sent } = load.counts();
  await expect.poll(() => load.counts().sent).toBeGreaterThan(sent);
  await broker.kill();
  await expect.poll(() => lines.length, { timeout: 20_000 }).toBe(1);
  expect(lines[0]).toContain(broker.address);
  await broker.restart();
  const back = load.counts();
  await expect.poll(() => lines.length, { timeout: 40_000 }).toBe(2);
  expect(lines[1]).toContain("is back");
  await expect.poll(() => load.counts().sent, { timeout: 20_000 }).toBeGreaterThan(back.sent + 500);
  await expect.poll(() => load.counts().finished, { timeout: 40_000 }).toBeGreaterThan(back.finished + 500);
  const before = await backlogOf("shipping-labels", "shipments");
  await expect
    .poll(() => backlogOf("shipping-labels", "shipments"), { timeout: 30_000 })
    .toBeLessThan(Math.max(100, before));
}, 120_000);

it("leaves nothing open when it stops", async () => {
  await load.stop();
  stopped = true;
  const client = admin();
  await client.connect();
  const { groups } = await client.describeGroups([
    "billing-writer",
    "search-indexer",
    "fraud-check",
    "shipping-labels",
  ]);
  expect(groups.map(({ state }) => state)).toEqual(["Empty", "Empty", "Empty", "Empty"]);
  await client.disconnect();
  await load.stop();
  const sockets = () =>
    process.getActiveResourcesInfo().filter((resource) => /^TCP(Socket|Connect)Wrap$/.test(resource)).length;
  await expect.poll(sockets).toBe(0);
});
