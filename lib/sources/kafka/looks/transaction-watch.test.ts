import { afterEach, describe, expect, it } from "vitest";
import type { Collector } from "../../../sample/collector.ts";
import {
  listGroupsAnswer,
  listOffsetsAnswer,
  metadataAnswer,
  offsetFetchAnswer,
} from "../answers.fixture.ts";
import { createKafkaCollector } from "../collector.ts";
import { type FakeBroker, startFakeBroker } from "../fake-broker.fixture.ts";
import { ledger } from "../wire/fixtures/ledger.ts";

const FETCH = 1;
const LIST_OFFSETS = 2;
const TOPIC_DENIED = 29;
const none = Number.NaN;

let broker: FakeBroker;
let collector: Collector;
let fetched: Buffer;
let head: number;
afterEach(async () => {
  await collector.close();
  await broker.stop();
});

/** `done` stands before the last marker of the recorded topic, `before` at its first one; nothing is open. */
async function start(): Promise<void> {
  head = 9;
  fetched = ledger;
  let ends = 0;
  broker = await startFakeBroker({
    metadata: () =>
      metadataAnswer({
        brokers: [{ node: 1, host: "127.0.0.1", port: broker.port }],
        topics: [["ledger", [1]]],
      }),
    listGroups: () =>
      listGroupsAnswer(["before", "done"].map((id) => ({ id, state: "Empty", type: "classic" }))),
    offsetFetch: () =>
      offsetFetchAnswer([
        { group: "before", topics: [["ledger", [[0, 2]]]] },
        { group: "done", topics: [["ledger", [[0, 8]]]] },
      ]),
    listOffsets: () => listOffsetsAnswer([["ledger", [[0, ++ends === 2 ? 0 : head]]]]), // the second is the log start
    fetch: () => fetched,
  });
  collector = createKafkaCollector({
    id: "test",
    brokers: [`127.0.0.1:${broker.port}`],
    clientId: "streamside-test",
    connectTimeoutMs: 300,
    requestTimeoutMs: 300,
  });
}

const sampled = () => collector.sample(AbortSignal.timeout(5000));
const backlogs = async () => {
  const { backlog } = (await sampled()).positions;
  return backlog && [...backlog];
};

describe("a topic with transactions", () => {
  it("tells what readers of committed messages can have of a backlog, with markers and aborted ones left out", async () => {
    await start();
    const readable = async () => {
      const { positions } = await sampled();
      return positions.readable && [...positions.readable];
    };
    await expect.poll(backlogs).toEqual([none, 0]);
    expect(await readable(), "of seven offsets one, and no word of who has nothing left").toEqual([1, none]);
  });

  it("has nothing left for who stands before markers only, and is looked at once a position", async () => {
    await start();
    expect(await backlogs()).toBeNull();
    await expect.poll(backlogs).toEqual([none, 0]);
    await expect.poll(() => broker.asked.get(FETCH)).toBe(2);
    const { lanes } = await sampled();
    expect([...lanes.stable!]).toEqual([9]);
    const asked = broker.asked.get(LIST_OFFSETS)!;
    for (let n = 0; n < 3; n++) expect(await backlogs()).toEqual([none, 0]);
    expect(broker.asked.get(FETCH), "no more looks").toBe(2);
    expect(broker.asked.get(LIST_OFFSETS), "ends and last stable offsets").toBe(asked + 6);
  });

  it("is looked at again where its last stable offset moved on", async () => {
    await start();
    await expect.poll(backlogs).toEqual([none, 0]);
    head = 12;
    expect(await backlogs(), "derived, until it is known better").toEqual(null);
    await expect.poll(() => broker.asked.get(FETCH)).toBeGreaterThan(2);
  });

  it("that may not be read keeps the backlog the tools print, and is left alone", async () => {
    await start();
    fetched = Buffer.from(ledger);
    fetched.writeInt16BE(TOPIC_DENIED, fetched.indexOf("ledger") + "ledger".length + 1 + 4);
    await sampled();
    await sampled();
    await expect.poll(() => broker.asked.get(FETCH)).toBe(1);
    for (let n = 0; n < 3; n++) expect(await backlogs()).toBeNull();
    expect(broker.asked.get(FETCH)).toBe(1);
  });
});
