import {
  AckPolicy,
  type ConsumerConfig,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  type StreamConfig,
} from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startLocalNats } from "../../../../../brokers/index.ts";
import type { Collector } from "../../../../sample/collector.ts";
import { shown } from "../../../facts.fixture.ts";
import { createNatsCollector } from "../../collector.ts";
import { natsWords } from "../../words.ts";

const never = new AbortController().signal;

let nats: Awaited<ReturnType<typeof startLocalNats>>;
let nc: NatsConnection;
let jsm: JetStreamManager;
let collector: Collector;

beforeAll(async () => {
  nats = await startLocalNats();
  nc = await connect({ servers: nats.address.replace("nats://", "") });
  jsm = await jetstreamManager(nc);
});
afterAll(async () => {
  await nc?.close();
  await nats?.stop();
});
beforeEach(() => {
  collector = createNatsCollector({
    id: "test",
    servers: [nats.address],
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 2_000,
  });
});
afterEach(async () => {
  await collector.close();
  for await (const { config } of jsm.streams.list()) await jsm.streams.delete(config.name);
});

const addStream = (name: string, config: Partial<StreamConfig> = {}) =>
  jsm.streams.add({ name, storage: "memory", ...config });
const addConsumer = (config: Partial<ConsumerConfig> = {}) =>
  jsm.consumers.add("S", { durable_name: "c", ack_policy: AckPolicy.Explicit, ...config });

async function publish(count: number, subject: string): Promise<void> {
  const js = jetstream(nc);
  await Promise.all(Array.from({ length: count }, () => js.publish(subject, "x")));
}

async function acknowledge(count: number): Promise<void> {
  const consumer = await jetstream(nc).consumers.get("S", "c");
  for await (const message of await consumer.fetch({ max_messages: count, expires: 1_000 }))
    await message.ackAck();
}

/** What a sample shows of a stream, and the facts that it tells of it. */
async function sampled(name = "S") {
  const sample = await collector.sample(never);
  const { layout, streams } = sample;
  const row = layout.streams.findIndex((stream) => stream.name === name);
  return { signals: streams.signals?.get(row) ?? [], facts: shown(natsWords.streamFacts(sample, row)) };
}
const signals = async (name?: string) => (await sampled(name)).signals;

describe("a stream that refuses", () => {
  it("is told while it is nearly full, and once each further message is refused", async () => {
    await addStream("S", { subjects: ["s"], max_msgs: 10, discard: "new" });
    await addConsumer();
    await publish(9, "s");
    const limit = { kind: "limit", what: "messages", limit: 10 };
    expect(await signals()).toEqual([{ ...limit, held: 9, refusing: false }]);
    await publish(1, "s");
    await acknowledge(10);
    await expect(jetstream(nc).publish("s", "x")).rejects.toThrow("maximum messages exceeded");
    expect(await signals()).toEqual([{ ...limit, held: 10, refusing: true }]);
    await jsm.streams.purge("S", { keep: 5 });
    expect(await signals()).toEqual([]);
  });

  it("counts bytes, and messages of one subject", async () => {
    await addStream("S", {
      ...{ subjects: ["s.>"], discard: "new", discard_new_per_subject: true },
      max_msgs_per_subject: 3,
    });
    await publish(3, "s.a");
    await publish(3, "s.b");
    await expect(jetstream(nc).publish("s.a", "x")).rejects.toThrow("maximum messages per subject exceeded");
    expect(await signals()).toEqual([{ kind: "limit", what: "messages", held: 3, limit: 3, refusing: true }]);
    await addStream("B", { subjects: ["b"], discard: "new", max_bytes: 200 });
    await jetstream(nc).publish("b", "x".repeat(150));
    await expect(jetstream(nc).publish("b", "x".repeat(150))).rejects.toThrow("maximum bytes exceeded");
    expect(await signals("B")).toMatchObject([{ kind: "limit", what: "bytes", limit: 200, refusing: true }]);
  });
});

describe("a work queue", () => {
  beforeEach(() => addStream("S", { subjects: ["s.*"], retention: "workqueue" }));

  it("that holds what no consumer takes says how much", async () => {
    await publish(4, "s.b");
    expect(await signals()).toEqual([{ kind: "unread", messages: 4, atLeast: false, consumers: 0 }]);
    await addConsumer({ filter_subject: "s.a" });
    await publish(5, "s.a");
    await publish(6, "s.b");
    const unread = { kind: "unread", messages: 10, atLeast: false, consumers: 1 };
    await expect.poll(async () => await signals()).toEqual([unread]);
    await acknowledge(5);
    await expect.poll(async () => await signals()).toEqual([unread]);
    await jsm.consumers.add("S", {
      ...{ durable_name: "b", ack_policy: AckPolicy.Explicit, filter_subject: "s.b" },
    });
    await expect.poll(async () => await signals()).toEqual([]);
  });

  it("that holds what a consumer gave up says who did, until somebody clears it", async () => {
    await addConsumer({ max_deliver: 1, ack_wait: 200e6 });
    await collector.sample(never);
    await publish(3, "s.a");
    const consumer = await jetstream(nc).consumers.get("S", "c");
    for await (const _ of await consumer.fetch({ max_messages: 3, expires: 1_000 }));
    await expect
      .poll(
        async () => {
          await consumer.next({ expires: 1_000 }); // only who asks again makes the server count
          return await signals();
        },
        { timeout: 15_000 },
      )
      .toMatchObject([{ kind: "given-up", messages: 3, by: "c" }]);
    await jsm.streams.deleteMessage("S", 2);
    await expect.poll(async () => await signals()).toMatchObject([{ kind: "given-up", messages: 2 }]);
    await jsm.streams.purge("S");
    await expect.poll(async () => await signals()).toEqual([]);
  });
});

describe("a mirror", () => {
  const copyFact = async () => (await sampled("COPY")).facts["Mirror of"];

  it("is silent once its origin is gone, and its lag is not known any more", async () => {
    await addStream("ORIGIN", { subjects: ["o"] });
    await publish(7, "o");
    await addStream("COPY", { mirror: { name: "ORIGIN" } });
    await expect.poll(copyFact, { timeout: 8_000 }).toContain("ORIGIN: nothing behind");
    expect(await signals("COPY")).toEqual([]);
    await jsm.streams.delete("ORIGIN");
    const asked = Date.now();
    await expect
      .poll(async () => await signals("COPY"), { timeout: 30_000, interval: 500 })
      .toMatchObject([{ kind: "origin", origin: "ORIGIN", trouble: "silent" }]);
    const [signal] = await signals("COPY");
    expect(signal).toMatchObject({ heardAt: expect.any(Number) });
    expect((signal as { heardAt: number }).heardAt).toBeLessThan(asked + 10_000);
    expect(await copyFact()).toContain("ORIGIN: lag not known, heard of");
  });

  it("says that its origin was made anew, although the server says that nothing is behind", async () => {
    await addStream("ORIGIN", { subjects: ["o"] });
    await publish(7, "o");
    await addStream("COPY", { mirror: { name: "ORIGIN" } });
    await expect
      .poll(async () => (await jsm.streams.info("COPY")).state.last_seq, { timeout: 8_000 })
      .toBe(7);
    await jsm.streams.delete("ORIGIN");
    await addStream("ORIGIN", { subjects: ["o"] });
    await publish(3, "o");
    await expect
      .poll(async () => await signals("COPY"), { timeout: 30_000, interval: 500 })
      .toMatchObject([{ kind: "origin", origin: "ORIGIN", trouble: "remade" }]);
    expect(await copyFact()).toMatch(/^ORIGIN: lag not known, .*deleted and made anew/);
  });
});
