import { createRecordsBatch, Writer } from "@platformatic/kafka";
import { afterEach, describe, expect, it } from "vitest";
import type { Collector } from "../../sample/collector.ts";
import { listGroupsAnswer, listOffsetsAnswer, metadataAnswer, offsetFetchAnswer } from "./answers.fixture.ts";
import { createKafkaCollector } from "./collector.ts";
import { type FakeAnswers, type FakeBroker, startFakeBroker } from "./fake-broker.fixture.ts";

const FETCH = 1;
const TOPIC_DENIED = 29;

let broker: FakeBroker;
let collector: Collector;
afterEach(async () => {
  await collector.close();
  await broker.stop();
});

/** One topic with one partition; log start, end and the group `far` at 7: this broker has one answer for both ends. */
async function start(fetch: FakeAnswers["fetch"]): Promise<void> {
  broker = await startFakeBroker({
    metadata: () =>
      metadataAnswer({
        brokers: [{ node: 1, host: "127.0.0.1", port: broker.port }],
        topics: [["orders", [1]]],
      }),
    listGroups: () => listGroupsAnswer([{ id: "far", state: "Empty", type: "classic" }]),
    offsetFetch: () => offsetFetchAnswer([{ group: "far", topics: [["orders", [[0, 7]]]] }]),
    listOffsets: () => listOffsetsAnswer([["orders", [[0, 7]]]]),
    ...(fetch && { fetch }),
  });
  collector = createKafkaCollector({
    id: "test",
    brokers: [`127.0.0.1:${broker.port}`],
    clientId: "streamside-test",
    connectTimeoutMs: 300,
    requestTimeoutMs: 300,
  });
  expect((await sampled()).positions.unreadSince).toBeNull();
}

const sampled = (unaged: readonly number[] = []) =>
  collector.sample(AbortSignal.timeout(5000), { focus: [], unaged });

function fetchAnswer(error: number, writtenAt?: number): Buffer {
  const batch = writtenAt === undefined ? Buffer.alloc(0) : batchAt(writtenAt);
  return Writer.create()
    .appendInt32(0)
    .appendInt16(0)
    .appendInt32(0)
    .appendArray(["orders"], (w, topic) => {
      w.appendString(topic).appendArray([0], (p, partition) => {
        p.appendInt32(partition).appendInt16(error).appendInt64(100n).appendInt64(100n).appendInt64(0n);
        p.appendUnsignedVarInt(0).appendInt32(-1).appendBytes(batch);
      });
    })
    .appendTaggedFields().buffer;
}

function batchAt(writtenAt: number): Buffer {
  const { buffer } = createRecordsBatch([
    { topic: "orders", value: Buffer.from("x"), timestamp: BigInt(writtenAt) },
  ]);
  buffer.writeBigInt64BE(7n, 0);
  return buffer;
}

describe("ages in a sample", () => {
  it("are there where they were asked for and could be looked up", async () => {
    await start(() => fetchAnswer(0, 123_456));
    const { positions, failures } = await sampled([0]);
    expect([...positions.unreadSince!]).toEqual([123_456]);
    expect(failures).toEqual([]);
    await sampled([0]);
    expect(broker.asked.get(FETCH), "known: not asked again").toBe(1);
  });

  it("are not there without READ, which costs one failure that says so and nothing else", async () => {
    await start(() => fetchAnswer(TOPIC_DENIED));
    const { lanes, positions, failures } = await sampled([0]);
    expect([[...lanes.head], [...positions.position], positions.unreadSince]).toEqual([[7], [7], null]);
    expect(failures).toEqual([
      {
        scope: "source",
        subject: "age of unread messages",
        code: "DENIED",
        message: expect.stringMatching(/READ topic orders:/),
      },
    ]);
    await sampled([0]);
    expect(broker.asked.get(FETCH), "not asked for again at once").toBe(1);
  });

  it.each<[string, FakeAnswers["fetch"]]>([
    ["cannot be asked for", undefined],
    ["come as bytes that cannot be read", () => fetchAnswer(0, 123_456).subarray(0, 40)],
    ["come with a record batch of nonsense", () => fetchAnswer(0, 123_456).fill(0xff, 60)],
  ])("cost the sample nothing where they %s", async (_, fetch) => {
    await start(fetch);
    for (let round = 0; round < 2; round++) {
      const { lanes, positions, failures } = await sampled([0]);
      expect([[...lanes.head], [...positions.position]]).toEqual([[7], [7]]);
      expect(positions.unreadSince?.[0] ?? Number.NaN).toBeNaN();
      expect(failures).toEqual([]);
    }
    expect(broker.connections()).toBe(1);
  });
});
