import { afterEach, describe, expect, it } from "vitest";
import type { Clock } from "../../../async/clock.ts";
import type { FakeAnswer, FakeBroker } from "../fake-broker.fixture.ts";
import {
  type FakeWatch,
  HEAD,
  heads,
  POSITION,
  positions,
  startFakeCluster,
  watchFakeCluster,
} from "../fake-cluster.fixture.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Sampled often enough for it to know how quick its brokers are. */
async function start(count: number): Promise<{ brokers: FakeBroker[]; watch: FakeWatch }> {
  const brokers = await startFakeCluster(count);
  const watch = watchFakeCluster(brokers);
  cleanups.push(...brokers.map(({ stop }) => stop), () => watch.collector.close());
  for (let i = 0; i < 6; i++) await watch.sample();
  return { brokers, watch };
}

const none = Number.NaN;
/** A sample that waited for a broker takes this long at least. */
const SHORTEST_WAIT_MS = 500;

const after = (clock: Clock, ms: number, answer: () => FakeAnswer | Promise<FakeAnswer>) => () =>
  new Promise<FakeAnswer>((resolve) => clock.after(ms, () => resolve(answer())));

describe("a broker that says nothing while others answer", () => {
  it("holds them up no longer than others take to answer, once, and is heard again without a new connection", async () => {
    const { brokers, watch } = await start(3);
    const { answers } = brokers[1]!;
    const { listGroups } = answers;
    let wakeUp = () => {};
    answers.listGroups = () =>
      new Promise<FakeAnswer>((resolve) => {
        wakeUp = () => resolve(listGroups() as Buffer);
      });
    const first = await watch.sample();
    expect([positions(first), heads(first)]).toEqual([
      [POSITION(0), none, POSITION(2)],
      [HEAD(0), none, HEAD(2)],
    ]);
    expect(first.failures).toMatchObject([{ subject: "broker 2", code: "TIMEOUT" }]);
    for (let i = 0; i < 6; i++) {
      const next = await watch.sample();
      expect(positions(next)).toEqual([POSITION(0), none, POSITION(2)]);
      expect(next.tookMs).toBeLessThan(SHORTEST_WAIT_MS);
    }
    answers.listGroups = listGroups;
    wakeUp();
    await expect.poll(async () => positions(await watch.sample())).toEqual([0, 1, 2].map(POSITION));
    expect(brokers.map((broker) => broker.connections())).toEqual([1, 1, 1]);
  });

  it("is not the only one asked for the topology", async () => {
    const { brokers, watch } = await start(3);
    for (const { answers } of brokers) {
      const { metadata } = answers;
      answers.metadata = () => (brokers[0]!.answers === answers ? null : metadata());
    }
    await watch.clock.advance(30_000);
    const during = await watch.sample();
    expect(positions(during)).toEqual([none, POSITION(1), POSITION(2)]);
    expect(during.failures).toMatchObject([{ subject: "broker 1", code: "TIMEOUT" }]);
  });
});

describe("a broker that connects and never answers", () => {
  it("is waited for once, at the start, and no longer than a first reading may take", async () => {
    const brokers = await startFakeCluster(2);
    brokers[1]!.answers.raw = () => true;
    const watch = watchFakeCluster(brokers);
    cleanups.push(...brokers.map(({ stop }) => stop), () => watch.collector.close());
    const first = await watch.sample();
    expect(heads(first)).toEqual([HEAD(0), none]);
    for (let i = 0; i < 5; i++) {
      const next = await watch.sample();
      expect(heads(next)).toEqual([HEAD(0), none]);
      expect(next.failures).toMatchObject([{ subject: "broker 2" }]);
      expect(next.tookMs).toBeLessThan(SHORTEST_WAIT_MS);
    }
    expect(brokers[1]!.connections()).toBe(1);
  });
});

describe("a broker that is slow", () => {
  it("is given the time it needs once that is known", async () => {
    const { brokers, watch } = await start(2);
    const { answers } = brokers[1]!;
    answers.listGroups = after(watch.clock, 800, answers.listGroups);
    expect(positions(await watch.sample())).toEqual([POSITION(0), none]);
    await expect.poll(async () => positions(await watch.sample())).toEqual([0, 1].map(POSITION));
    for (let i = 0; i < 3; i++) expect(positions(await watch.sample())).toEqual([0, 1].map(POSITION));
  });

  it("is waited for where all of them are", async () => {
    const { brokers, watch } = await start(2);
    for (const [index, { answers }] of brokers.entries()) {
      answers.listGroups = after(watch.clock, 700 + 300 * index, answers.listGroups);
    }
    expect(positions(await watch.sample())).toEqual([0, 1].map(POSITION));
  });
});
