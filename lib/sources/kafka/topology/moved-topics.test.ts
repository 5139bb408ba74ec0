import { afterEach, describe, expect, it } from "vitest";
import { listOffsetsAnswer, metadataAnswer, offsetFetchAnswer } from "../answers.fixture.ts";
import type { FakeBroker } from "../fake-broker.fixture.ts";
import {
  type FakeWatch,
  HEAD,
  heads,
  positions,
  startFakeCluster,
  watchFakeCluster,
} from "../fake-cluster.fixture.ts";

const METADATA = 3;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** `orders` with a partition led by each of three brokers, and `payments` with one led by the first. */
async function start(): Promise<{ brokers: FakeBroker[]; watch: FakeWatch }> {
  const brokers = await startFakeCluster(3);
  lead(brokers, [1, 2, 3]);
  const watch = watchFakeCluster(brokers);
  cleanups.push(...brokers.map(({ stop }) => stop), () => watch.collector.close());
  await watch.sample();
  return { brokers, watch };
}

/** Who leads the partitions of `orders` from now on. Who is asked for one that it led before says that it does not. */
function lead(brokers: readonly FakeBroker[], leaders: readonly number[]): void {
  for (const [index, broker] of brokers.entries()) {
    broker.answers.metadata = () => {
      for (const [other, { answers }] of brokers.entries()) {
        answers.listOffsets = () => offsetsOf(other, leaders, leaders);
      }
      return metadataAnswer({
        brokers: brokers.map(({ port }, other) => ({ node: other + 1, host: "127.0.0.1", port })),
        topics: asksForAll(broker)
          ? [
              ["orders", leaders],
              ["payments", [1]],
            ]
          : [["orders", leaders]],
      });
    };
    broker.answers.listOffsets = () => offsetsOf(index, [1, 2, 3], leaders);
  }
}

/** What a broker answers to who takes it for the leader of what it led before. */
function offsetsOf(index: number, before: readonly number[], leaders: readonly number[]): Buffer {
  const lanes = before.flatMap((node, lane) => (node === index + 1 ? lane : []));
  const answers = lanes.map((lane) =>
    leaders[lane] === index + 1 ? ([lane, HEAD(lane)] as const) : ([lane, -1, 6] as const),
  );
  return listOffsetsAnswer([
    ["orders", answers],
    ...(index === 0 ? ([["payments", [[0, 7]]]] as const) : []),
  ]);
}

const metadataRequests = (brokers: readonly FakeBroker[]) =>
  brokers.flatMap(({ requests }) => requests.filter((request) => request.readInt16BE() === METADATA));

/** Metadata 12 ends in the list of topics, two flags and no tags; every topic is a list of null. */
function asksForAll({ requests }: FakeBroker): boolean {
  const last = requests.findLast((request) => request.readInt16BE() === METADATA)!;
  return last.subarray(-5).equals(Buffer.from("0000000000", "hex"));
}

describe("a partition that has moved", () => {
  it("is found again by asking for its topic alone, once", async () => {
    const { brokers, watch } = await start();
    const asked = metadataRequests(brokers).length;
    lead(brokers, [1, 1, 3]);
    const during = await watch.sample();
    expect(heads(during)).toEqual([HEAD(0), Number.NaN, HEAD(2), 7]);
    expect(during.failures).toMatchObject([{ scope: "lane", subject: "orders/1" }]);
    const after = await watch.sample();
    expect(heads(after)).toEqual([HEAD(0), HEAD(1), HEAD(2), 7]);
    expect([after.failures, after.layout]).toEqual([[], during.layout]);
    await watch.sample();
    const requests = metadataRequests(brokers).slice(asked);
    expect(requests).toHaveLength(1);
    expect(requests[0]!.includes("orders")).toBe(true);
    expect(requests[0]!.includes("payments")).toBe(false);
  });

  it("is found with the first metadata that shows it, where its leader is gone", async () => {
    const { brokers, watch } = await start();
    await brokers[1]!.stop();
    expect(heads(await watch.sample())).toEqual([HEAD(0), Number.NaN, HEAD(2), 7]);
    lead(brokers, [1, 3, 3]);
    expect(heads(await watch.sample())).toEqual([HEAD(0), HEAD(1), HEAD(2), 7]);
  });

  it("costs no request where a group's coordinator has changed: the lists of groups tell it", async () => {
    const { brokers, watch } = await start();
    const before = await watch.sample();
    const asked = metadataRequests(brokers).length;
    const [first, second] = [brokers[0]!.answers, brokers[1]!.answers];
    const both = first.listGroups;
    first.listGroups = second.listGroups;
    second.listGroups = both;
    const commits = first.offsetFetch;
    first.offsetFetch = second.offsetFetch;
    second.offsetFetch = commits;
    const after = await watch.sample();
    expect(positions(after)).toEqual(positions(before));
    expect([after.failures, after.layout]).toEqual([[], before.layout]);
    expect(metadataRequests(brokers).length - asked).toBe(0);
  });

  it("leaves everybody else's groups alone where one coordinator says NOT_COORDINATOR", async () => {
    const { brokers, watch } = await start();
    brokers[1]!.answers.offsetFetch = () => offsetFetchAnswer([{ group: "group-1", topics: [], error: 16 }]);
    const during = await watch.sample();
    expect(positions(during)[1]).toBeNaN();
    expect(during.failures).toMatchObject([{ scope: "consumer", subject: "group-1" }]);
    expect(during.failures).toHaveLength(1);
  });
});
