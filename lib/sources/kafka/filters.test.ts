import { afterEach, expect, it } from "vitest";
import type { Collector } from "../../sample/collector.ts";
import { listGroupsAnswer, listOffsetsAnswer, metadataAnswer, offsetFetchAnswer } from "./answers.fixture.ts";
import { type FakeBroker, startFakeBroker } from "./fake-broker.fixture.ts";
import { createKafkaCollector, type KafkaCollectorOptions } from "./index.ts";

const LIST_OFFSETS = 2;
const OFFSET_FETCH = 9;

let broker: FakeBroker;
let collector: Collector;
afterEach(async () => {
  await collector.close();
  await broker.stop();
});

async function sampledWith(more: Partial<KafkaCollectorOptions>) {
  broker = await startFakeBroker({
    metadata: () =>
      metadataAnswer({
        brokers: [{ node: 1, host: "127.0.0.1", port: broker.port }],
        topics: [["orders", [1]]],
      }),
    listGroups: () => listGroupsAnswer([{ id: "billing", state: "Empty", type: "classic" }]),
    offsetFetch: () => offsetFetchAnswer([{ group: "billing", topics: [["orders", [[0, 7]]]] }]),
    listOffsets: () => listOffsetsAnswer([["orders", [[0, 9]]]]),
  });
  collector = createKafkaCollector({
    id: "test",
    brokers: [`127.0.0.1:${broker.port}`],
    clientId: "streamside-test",
    connectTimeoutMs: 300,
    requestTimeoutMs: 300,
    ...more,
  });
  return (await collector.sample(AbortSignal.timeout(5000))).layout;
}

it("a group that is filtered out is not asked for", async () => {
  const { consumers, positions } = await sampledWith({ groups: { exclude: /^bill/ } });
  expect([consumers.length, positions.count]).toEqual([0, 0]);
  expect(broker.asked.get(OFFSET_FETCH) ?? 0).toBe(0);
});

it("a topic that is filtered out is not asked for its ends, and nothing of it is shown", async () => {
  const { streams, consumers, positions } = await sampledWith({ topics: { include: /^payments/ } });
  expect([streams.length, consumers.length, positions.count]).toEqual([0, 1, 0]);
  expect(broker.asked.get(LIST_OFFSETS) ?? 0).toBe(0);
});

it("what passes is asked for", async () => {
  const { positions } = await sampledWith({ groups: { include: /ing$/ }, topics: { exclude: /^pay/ } });
  expect(positions.count).toBe(1);
  expect([broker.asked.get(OFFSET_FETCH), broker.asked.get(LIST_OFFSETS)]).toEqual([1, 2]);
});
