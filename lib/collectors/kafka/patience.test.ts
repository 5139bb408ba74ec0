import { afterEach, describe, expect, it } from "vitest";
import type { Collector, Observation } from "../contract.ts";
import { listGroupsAnswer, listOffsetsAnswer, metadataAnswer, offsetFetchAnswer } from "./answers.fixture.ts";
import { createKafkaCollector } from "./collector.ts";
import { type FakeAnswer, type FakeBroker, startFakeBroker } from "./fake-broker.fixture.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

let clock = 1_000_000;

/** Topic `orders` with a partition a broker, and a group a broker that has read 1 of each. */
async function startBrokers(count: number): Promise<FakeBroker[]> {
  const brokers: FakeBroker[] = [];
  const partitions = Array.from({ length: count }, (_, index) => index);
  for (const index of partitions) {
    const group = `group-${index}`;
    brokers.push(
      await startFakeBroker({
        metadata: () =>
          metadataAnswer({
            brokers: brokers.map(({ port }, other) => ({ node: other + 1, host: "127.0.0.1", port })),
            topics: [["orders", partitions.map((partition) => partition + 1)]],
          }),
        listGroups: () => listGroupsAnswer([{ id: group, state: "Empty", type: "classic" }]),
        offsetFetch: () => offsetFetchAnswer([{ group, topics: [["orders", [[index, 1]]]] }]),
        listOffsets: () => listOffsetsAnswer([["orders", [[index, 10]]]]),
      }),
    );
  }
  cleanups.push(...brokers.map(({ stop }) => stop));
  return brokers;
}

/** Sampled often enough for it to know how quick its brokers are. */
async function startedCollector(brokers: readonly FakeBroker[]): Promise<Collector> {
  const collector = createKafkaCollector({
    id: "test",
    brokers: [`127.0.0.1:${brokers[0]!.port}`],
    clientId: "streamside-test",
    connectTimeoutMs: 5000,
    requestTimeoutMs: 5000,
    now: () => clock,
  });
  cleanups.push(() => collector.close());
  for (let i = 0; i < 6; i++) await sampled(collector);
  return collector;
}

async function sampled(collector: Collector): Promise<Observation & { readonly tookMs: number }> {
  clock += 1000;
  const startedAt = performance.now();
  const observation = await collector.sample(AbortSignal.timeout(10_000));
  return { ...observation, tookMs: performance.now() - startedAt };
}

const heads = ({ lanes }: Observation) => [...lanes.head];
const positions = ({ positions: { position } }: Observation) => [...position];
const none = Number.NaN;

const after = (ms: number, answer: () => FakeAnswer | Promise<FakeAnswer>) => async () => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return answer();
};

describe("a broker that says nothing while others answer", () => {
  it("holds them up for less than a second, once, and is heard again without a new connection", async () => {
    const brokers = await startBrokers(3);
    const collector = await startedCollector(brokers);
    const { answers } = brokers[1]!;
    const { listGroups } = answers;
    let wakeUp = () => {};
    answers.listGroups = () =>
      new Promise<FakeAnswer>((resolve) => {
        wakeUp = () => resolve(listGroups() as Buffer);
      });
    const first = await sampled(collector);
    expect([positions(first), heads(first)]).toEqual([
      [1, none, 1],
      [10, none, 10],
    ]);
    expect(first.failures).toMatchObject([{ subject: "broker 2", code: "TIMEOUT" }]);
    expect(first.tookMs).toBeLessThan(1000);
    for (let i = 0; i < 6; i++) {
      const next = await sampled(collector);
      expect(positions(next)).toEqual([1, none, 1]);
      expect(next.tookMs).toBeLessThan(250);
    }
    answers.listGroups = listGroups;
    wakeUp();
    await expect.poll(async () => positions(await sampled(collector))).toEqual([1, 1, 1]);
    expect(brokers.map((broker) => broker.connections())).toEqual([1, 1, 1]);
  });

  it("is not the only one asked for the topology", async () => {
    const brokers = await startBrokers(3);
    const collector = await startedCollector(brokers);
    for (const { answers } of brokers) {
      const { metadata } = answers;
      answers.metadata = () => (brokers[0]!.answers === answers ? null : metadata());
    }
    clock += 30_000;
    const during = await sampled(collector);
    expect(positions(during)).toEqual([none, 1, 1]);
    expect(during.failures).toMatchObject([{ subject: "broker 1", code: "TIMEOUT" }]);
    expect(during.tookMs).toBeLessThan(1500);
  });
});

describe("a broker that is slow", () => {
  it("is given the time it needs once that is known", async () => {
    const brokers = await startBrokers(2);
    const collector = await startedCollector(brokers);
    const { answers } = brokers[1]!;
    answers.listGroups = after(800, answers.listGroups);
    expect(positions(await sampled(collector))).toEqual([1, none]);
    await expect.poll(async () => positions(await sampled(collector))).toEqual([1, 1]);
    for (let i = 0; i < 3; i++) expect(positions(await sampled(collector))).toEqual([1, 1]);
  });

  it("is waited for where all of them are", async () => {
    const brokers = await startBrokers(2);
    const collector = await startedCollector(brokers);
    for (const [index, { answers }] of brokers.entries()) {
      answers.listGroups = after(700 + 300 * index, answers.listGroups);
    }
    expect(positions(await sampled(collector))).toEqual([1, 1]);
  });
});
