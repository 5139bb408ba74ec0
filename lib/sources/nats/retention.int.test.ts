import {
  AckPolicy,
  DeliverPolicy,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  type StreamConfig,
} from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startLocalNats } from "../../../brokers/index.ts";
import type { Collector } from "../../sample/collector.ts";
import type { Sample } from "../../sample/sample.ts";
import { shown } from "../facts.fixture.ts";
import { createNatsCollector } from "./collector.ts";
import { natsWords } from "./words.ts";

const never = new AbortController().signal;
const explicit = { ack_policy: AckPolicy.Explicit };

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
  await jsm.streams.delete("S").catch(() => {});
});

const addStream = (config: Partial<StreamConfig> = {}) =>
  jsm.streams.add({ name: "S", subjects: ["s.>"], storage: "memory", ...config });
const addConsumer = (durable_name: string, config = {}) =>
  jsm.consumers.add("S", { ...explicit, durable_name, ...config });

async function publish(count: number, subject = "s.a"): Promise<void> {
  for (let i = 0; i < count; i++) await jetstream(nc).publish(subject, "x");
}

/** Takes so many messages, and acknowledges those whose place `ack` says. */
async function take(durable: string, count: number, ack: (place: number) => boolean): Promise<void> {
  const consumer = await jetstream(nc).consumers.get("S", durable);
  let place = 0;
  for await (const message of await consumer.fetch({ max_messages: count, expires: 1_000 })) {
    if (ack(place++)) await message.ackAck();
  }
}

function standing({ layout, lanes, positions }: Sample, durable: string) {
  const row = layout.consumers.findIndex(({ name }) => name === durable);
  return {
    floor: lanes.floor[0],
    head: lanes.head[0],
    position: positions.position[row],
    backlog: positions.backlog?.[row],
    lost: positions.lost?.[row],
  };
}

/** What the collector says of a consumer, once it agrees with the server's own account of its sequences. */
async function sampled(durable: string): Promise<ReturnType<typeof standing>> {
  let now: ReturnType<typeof standing> | undefined;
  await expect
    .poll(async () => {
      const { stream, consumer } = await oracle(durable);
      now = standing(await collector.sample(never, { focus: [`S.${durable}`], unaged: [] }), durable);
      return [now.floor, now.head, now.position, now.backlog].join() === [stream, consumer].flat().join();
    })
    .toBe(true);
  return now!;
}

async function oracle(durable: string) {
  const response = await fetch(`${nats.monitoring}/jsz?consumers=true&streams=true&config=true`);
  type Consumer = {
    name: string;
    config: { ack_policy: string };
    delivered: { stream_seq: number };
    ack_floor: { stream_seq: number };
    num_pending: number;
    num_ack_pending: number;
  };
  const { account_details } = (await response.json()) as {
    account_details: {
      stream_detail: { state: { first_seq: number; last_seq: number }; consumer_detail: Consumer[] }[];
    }[];
  };
  const { state, consumer_detail } = account_details[0]!.stream_detail[0]!;
  const found = consumer_detail.find(({ name }) => name === durable)!;
  const finished = found.config.ack_policy === "none" ? found.delivered : found.ack_floor;
  return {
    stream: [Math.max(1, state.first_seq), state.last_seq + 1],
    consumer: [finished.stream_seq + 1, found.num_pending + found.num_ack_pending],
  };
}

describe("messages that limits remove", () => {
  it("are lost to a consumer that was not given them, until it has got past them", async () => {
    await addStream({ max_msgs: 10 });
    await addConsumer("slow");
    await publish(5);
    await take("slow", 3, () => true);
    expect(await sampled("slow")).toMatchObject({ position: 4, lost: 0 });
    await publish(20); // holds 16 … 25
    expect(await sampled("slow")).toMatchObject({ floor: 16, position: 4, lost: 12, backlog: 10 });
    await take("slow", 2, () => false); // 16 and 17: what was lost is still before them
    expect(await sampled("slow")).toMatchObject({ position: 4, lost: 12 });
    await publish(12); // 16 and 17 go while they are out: the server gives them up, and moves the floor
    await expect.poll(async () => (await sampled("slow")).position).toBeGreaterThan(17);
    expect(await sampled("slow")).toMatchObject({ floor: 28, position: 18, lost: 10 });
    await take("slow", 10, () => true);
    expect(await sampled("slow")).toMatchObject({ position: 38, lost: 0, backlog: 0 });
  });

  it("are lost to a consumer that acknowledges nothing", async () => {
    await addStream({ max_msgs: 10 });
    await addConsumer("plain", { ack_policy: AckPolicy.None });
    await publish(10);
    await take("plain", 4, () => false);
    expect(await sampled("plain")).toMatchObject({ position: 5, lost: 0 });
    await publish(10);
    expect(await sampled("plain")).toMatchObject({ floor: 11, position: 5, lost: 6 });
  });

  it("are not lost where they were out: the server takes them for finished", async () => {
    await addStream({ max_msgs: 10 });
    await addConsumer("busy");
    await publish(10);
    await take("busy", 10, (place) => place > 4); // 1 … 5 stay out
    expect(await sampled("busy")).toMatchObject({ position: 1, lost: 0, backlog: 5 });
    await publish(3);
    await expect.poll(async () => (await sampled("busy")).position).toBe(4);
    expect(await sampled("busy")).toMatchObject({ floor: 4, lost: 0 });
  });

  it("are not lost where they were given up: the ack floor waits for the next acknowledgement", async () => {
    await addStream({ max_msgs: 10 });
    await addConsumer("picky", { max_deliver: 2, ack_wait: 300e6 });
    await publish(6);
    const consumer = await jetstream(nc).consumers.get("S", "picky");
    const handle = (message: { seq: number; ack(): void; nak(): void }) => {
      if (message.seq === 3) message.nak();
      else message.ack();
    };
    for await (const message of await consumer.fetch({ max_messages: 7, expires: 1_000 })) handle(message);
    for await (const message of await consumer.fetch({ max_messages: 1, expires: 1_000 })) handle(message);
    await publish(9);
    expect(await sampled("picky")).toMatchObject({ floor: 6, position: 3, backlog: 9, lost: 0 });
  });

  it("are counted from the same place by a consumer that is made later", async () => {
    await addStream({ max_msgs: 10 });
    await publish(25);
    await addConsumer("late");
    expect(await sampled("late")).toMatchObject({ floor: 16, position: 16, lost: 0 });
  });

  it("by subject are lost to nobody: newer ones take their place", async () => {
    await addStream({ max_msgs_per_subject: 1 });
    await addConsumer("all");
    await addConsumer("newest", { deliver_policy: DeliverPolicy.LastPerSubject, filter_subject: ">" });
    for (const subject of ["s.a", "s.b", "s.a", "s.b", "s.a", "s.b"]) await publish(1, subject);
    expect(await sampled("all")).toMatchObject({ floor: 5, position: 1, lost: 0 });
    expect(await sampled("newest")).toMatchObject({ floor: 5, lost: 0 });
  });
});

describe("nothing is lost", () => {
  it("by a purge, of all or of some: consumers are moved on", async () => {
    await addStream({ max_msgs: 100 });
    await addConsumer("idle");
    await addConsumer("busy");
    await publish(10);
    await take("busy", 4, () => false);
    expect(await sampled("busy")).toMatchObject({ position: 1, backlog: 10 });
    await jsm.streams.purge("S", { keep: 2 });
    for (const name of ["idle", "busy"]) {
      expect(await sampled(name)).toMatchObject({ floor: 9, position: 9, lost: 0, backlog: 2 });
    }
    await jsm.streams.purge("S");
    for (const name of ["idle", "busy"]) {
      expect(await sampled(name)).toMatchObject({ floor: 11, head: 11, position: 11, lost: 0, backlog: 0 });
    }
    await publish(2);
    await publish(2, "s.b");
    await jsm.streams.purge("S", { filter: "s.a" });
    expect(await sampled("idle")).toMatchObject({ floor: 13, position: 13, lost: 0, backlog: 2 });
    await jsm.streams.purge("S", { seq: 14 });
    expect(await sampled("idle")).toMatchObject({ floor: 14, position: 14, lost: 0, backlog: 1 });
  });

  it("where somebody deletes messages of a stream without limits", async () => {
    await addStream();
    await addConsumer("idle");
    await publish(10);
    for (let sequence = 1; sequence < 5; sequence++) await jsm.streams.deleteMessage("S", sequence);
    expect(await sampled("idle")).toMatchObject({ floor: 5, position: 1, lost: 0, backlog: 6 });
  });

  it("from a work queue, in whatever order it is worked off", async () => {
    await addStream({ retention: RetentionPolicy.Workqueue, max_msgs: 100 });
    await addConsumer("worker");
    await publish(10);
    await take("worker", 6, (place) => place % 2 === 1);
    expect(await sampled("worker")).toMatchObject({ floor: 1, position: 1, lost: 0, backlog: 7 });
    await jsm.consumers.delete("S", "worker");
    await addConsumer("worker");
    await take("worker", 7, () => true);
    expect(await sampled("worker")).toMatchObject({ floor: 11, position: 11, lost: 0, backlog: 0 });
  });

  it("from a stream that keeps what somebody is interested in", async () => {
    await addStream({ retention: RetentionPolicy.Interest, max_msgs: 100 });
    await addConsumer("a");
    await addConsumer("b");
    await publish(10);
    await take("a", 6, () => true);
    await take("b", 3, (place) => place > 0);
    expect(await sampled("a")).toMatchObject({ floor: 1, position: 7, lost: 0, backlog: 4 });
    expect(await sampled("b")).toMatchObject({ floor: 1, position: 1, lost: 0 });
    await jsm.consumers.delete("S", "b");
    await expect.poll(async () => (await sampled("a")).floor).toBe(7);
    expect(await sampled("a")).toMatchObject({ position: 7, lost: 0, backlog: 4 });
  });
});

describe("under the same name", () => {
  it("another stream starts over: nothing is lost, nothing negative", async () => {
    await addStream({ max_msgs: 10 });
    await addConsumer("c");
    await publish(25);
    await take("c", 5, () => true);
    const before = await collector.sample(never);
    expect(standing(before, "c")).toMatchObject({ head: 26, position: 21 });
    await jsm.streams.delete("S");
    await addStream({ max_msgs: 10 });
    await addConsumer("c");
    await publish(2);
    const after = await collector.sample(never);
    expect(standing(after, "c")).toEqual({ floor: 1, head: 3, position: 1, backlog: 2, lost: 0 });
    expect(after.layout).not.toBe(before.layout);
    expect(after.layout.streams[0]!.generation).not.toBe(before.layout.streams[0]!.generation);
    expect(after.layout.consumers[0]!.generation).not.toBe(before.layout.consumers[0]!.generation);
  });

  it("another consumer starts over", async () => {
    await addStream({ max_msgs: 10 });
    await addConsumer("c");
    await publish(5);
    await take("c", 5, () => true);
    const before = await collector.sample(never);
    await publish(20);
    await jsm.consumers.delete("S", "c");
    await addConsumer("c");
    const after = await collector.sample(never);
    expect(standing(after, "c")).toMatchObject({ floor: 16, position: 16, lost: 0, backlog: 10 });
    expect(after.layout.consumers[0]!.generation).not.toBe(before.layout.consumers[0]!.generation);
  });

  it("an edited stream tells its new limits at once", async () => {
    await addStream({ max_msgs: 100, max_age: 3_600e9 });
    const limits = ({ streams: { retentionMs, retentionBytes, retentionMessages } }: Sample) => [
      retentionMs?.[0],
      retentionBytes?.[0],
      retentionMessages?.[0],
    ];
    const before = await collector.sample(never);
    expect(limits(before)).toEqual([3_600_000, Number.POSITIVE_INFINITY, 100]);
    await jsm.streams.update("S", { max_msgs: -1, max_bytes: 1_000_000, max_age: 0 });
    const after = await collector.sample(never);
    expect(limits(after)).toEqual([Number.POSITIVE_INFINITY, 1_000_000, Number.POSITIVE_INFINITY]);
    expect(after.layout).toBe(before.layout);
    const facts = shown(natsWords.streamFacts(after, 0));
    expect(facts).toMatchObject({ "Max bytes": "977 KiB", "Max age": "none" });
  });
});
