import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  type JetStreamManager,
  type JsMsg,
  jetstream,
  jetstreamManager,
  ReplayPolicy,
  type StreamConfig,
} from "@nats-io/jetstream";
import { connect, createInbox, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startLocalNats } from "../../../brokers/index.ts";
import { clockTelling } from "../../async/clock-telling.fixture.ts";
import type { Status } from "../../model/status.ts";
import type { Collector } from "../../sample/collector.ts";
import { ConsumerFlag } from "../../sample/consumer-flag.ts";
import { createNatsCollector } from "./collector.ts";
import { natsWords } from "./words.ts";

const never = new AbortController().signal;
const SECOND = 1e9; // in the nanoseconds of the API
const MINUTE_MS = 60_000;

let nats: Awaited<ReturnType<typeof startLocalNats>>;
let nc: NatsConnection;
let jsm: JetStreamManager;
let collector: Collector;
/** How far the collector's clock is ahead: what takes minutes need not be waited for. */
let aheadMs = 0;
const opened: NatsConnection[] = [];

const connected = async () => {
  const connection = await connect({ servers: nats.address.replace("nats://", "") });
  opened.push(connection);
  return connection;
};

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
  aheadMs = 0;
  collector = createNatsCollector({
    id: "test",
    servers: [nats.address],
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 2_000,
    clock: clockTelling(() => Date.now() + aheadMs),
  });
});
afterEach(async () => {
  for (const connection of opened.splice(0)) await connection.close();
  await collector.close();
  await jsm.streams.delete("S").catch(() => {});
});

const addStream = (config: Partial<StreamConfig> = {}) =>
  jsm.streams.add({ name: "S", subjects: ["s.>"], storage: "memory", ...config });
const addConsumer = (config: Partial<ConsumerConfig> = {}) =>
  jsm.consumers.add("S", { durable_name: "c", ack_policy: AckPolicy.Explicit, ...config });

async function publish(count: number, subject = "s.a"): Promise<void> {
  const js = jetstream(nc);
  await Promise.all(Array.from({ length: count }, () => js.publish(subject, "x")));
}

/** Takes so many messages, and does with each what is to be done. */
async function take(count: number, then: (message: JsMsg) => unknown, name = "c"): Promise<number> {
  const consumer = await jetstream(nc).consumers.get("S", name);
  let taken = 0;
  for await (const message of await consumer.fetch({ max_messages: count, expires: 1_000 })) {
    await then(message);
    taken++;
  }
  return taken;
}

/** What a sample says of the only consumer, or of the one with this name. */
async function sampled(name?: string) {
  const sample = await collector.sample(never, {
    focus: name === undefined ? [] : [`S.${name}`],
    unaged: [],
  });
  const { layout, positions, consumers, finishedAt } = sample;
  const row = name === undefined ? 0 : layout.consumers.findIndex((one) => one.name === name);
  return {
    finishedAt,
    name: layout.consumers[row]?.name,
    readers: consumers.readers[row],
    flags: consumers.flags?.[row],
    leavesAt: consumers.leavesAt?.[row] ?? Number.NaN,
    due: consumers.dueTotal?.[row] ?? Number.NaN,
    out: consumers.outTotal?.[row] ?? Number.NaN,
    position: positions.position[row]!,
    backlog: positions.backlog?.[row],
    inFlight: positions.inFlight?.[row],
    lost: positions.lost?.[row],
    overwrites: layout.streams[0]?.overwrites,
    explain: (status: Status) => natsWords.explain(sample, row, status),
  };
}

describe("who reads", () => {
  it("is not known of a job between two of its runs", async () => {
    await addStream();
    await addConsumer();
    await publish(5);
    await take(5, (message) => message.ackAck());
    await publish(3);
    await expect.poll(async () => (await sampled("c")).backlog).toBe(3);
    for (let i = 0; i < 3; i++) {
      aheadMs += MINUTE_MS;
      expect(await sampled("c")).toMatchObject({ readers: Number.NaN, backlog: 3, position: 6, flags: 0 });
    }
    expect((await sampled("c")).explain("stalled")).toContain("No pull request waits at the server");
    await take(3, (message) => message.ackAck());
    await expect.poll(async () => (await sampled("c")).position).toBe(9);
  });

  it("is not known of an ordered consumer whose handler is busy with what it was given", async () => {
    await addStream();
    await publish(200);
    const consumer = await jetstream(await connected()).consumers.get("S");
    const messages = await consumer.consume({ max_messages: 100 });
    let done = () => {};
    const busy = new Promise<void>((resolve) => {
      done = resolve;
    });
    const handling = (async () => {
      for await (const _ of messages) {
        await busy;
        return;
      }
    })();
    await expect.poll(async () => (await sampled()).backlog).toBe(100);
    const held = await sampled();
    expect(held).toMatchObject({ readers: Number.NaN, position: 101, inFlight: 0 });
    // It would go by itself, were nobody there any more.
    expect(held.leavesAt).toBeGreaterThan(held.finishedAt + 4 * MINUTE_MS);
    aheadMs = MINUTE_MS;
    expect(await sampled()).toMatchObject({ readers: Number.NaN, position: 101 });
    done();
    await handling;
  });

  it("is nobody's business once an ordered consumer's client has gone: the server removes it", async () => {
    await addStream();
    await publish(5);
    const client = await connected();
    const consumer = await jetstream(client).consumers.get("S");
    await consumer.consume({ callback: () => {} });
    await expect.poll(async () => (await sampled()).position).toBe(6);
    await expect.poll(async () => (await sampled()).readers).toBe(1);
    expect((await sampled()).leavesAt).toBeNaN();
    await client.close();
    await expect.poll(async () => (await sampled()).readers).toBeNaN();
    await publish(4);
    await expect.poll(async () => (await sampled()).backlog).toBe(4);
    const left = await sampled();
    expect(left.leavesAt - left.finishedAt).toBeGreaterThan(4 * MINUTE_MS);
    expect(left.leavesAt - left.finishedAt).toBeLessThanOrEqual(5 * MINUTE_MS);
    expect(left.explain("leaving")).toMatch(
      /^It is ephemeral: the server removes it in (4 m \d\d s|5 m 00 s) unless its reader comes back \(inactive_threshold 5 m\)\.$/,
    );
    expect((await sampled()).leavesAt).toBe(left.leavesAt);
  });

  it("says no later end than the server brings about, also of a durable one", async () => {
    await addStream();
    await addConsumer({ inactive_threshold: 2 * SECOND });
    await publish(1);
    await take(1, (message) => message.ackAck());
    const last = await sampled("c");
    expect(last.leavesAt).toBeGreaterThan(last.finishedAt);
    let told = last.leavesAt;
    await expect
      .poll(
        async () => {
          const now = await sampled("c");
          if (now.name !== undefined) told = now.leavesAt;
          return now.name;
        },
        { timeout: 20_000 },
      )
      .toBeUndefined();
    expect(told).toBeLessThanOrEqual((await sampled()).finishedAt);
  });
});

describe("what the server holds back", () => {
  it("is held where a stream is replayed at its original pace", async () => {
    await addStream();
    await publish(1);
    const wroteAt = Date.now();
    await expect.poll(() => Date.now() - wroteAt, { timeout: 6_000 }).toBeGreaterThan(4_000); // the gap itself
    await publish(2);
    await addConsumer({ replay_policy: ReplayPolicy.Original });
    const consumer = await jetstream(nc).consumers.get("S", "c");
    const messages = await consumer.consume({ callback: (message) => message.ack() });
    await expect.poll(async () => (await sampled("c")).flags, { timeout: 4_000 }).toBe(ConsumerFlag.held);
    const held = await sampled("c");
    // The server does not count the message that it has in hand until its time comes.
    expect(held).toMatchObject({ readers: 1, backlog: 1, position: 2 });
    expect(held.explain("held")).toContain("replay_policy original");
    await expect.poll(async () => (await sampled("c")).backlog, { timeout: 8_000 }).toBe(0);
    expect((await sampled("c")).flags).toBe(0);
    await messages.close();
  });

  it("is held where a priority group waits for more, until there is more", async () => {
    await addStream();
    await addConsumer({ priority_groups: ["g"], priority_policy: "overflow" } as Partial<ConsumerConfig>);
    await publish(4);
    const inbox = createInbox();
    const got = nc.subscribe(inbox, { max: 1 });
    const pull = { batch: 1, expires: 30 * SECOND, group: "g", min_pending: 6 };
    nc.publish("$JS.API.CONSUMER.MSG.NEXT.S.c", JSON.stringify(pull), { reply: inbox });
    await expect.poll(async () => (await sampled("c")).flags).toBe(ConsumerFlag.held);
    expect((await sampled("c")).explain("held")).toContain("from a minimum of waiting");
    await publish(4);
    for await (const message of got) expect(message.subject).toBe("s.a");
    await expect.poll(async () => (await sampled("c")).inFlight).toBe(1);
    expect((await sampled("c")).flags).toBe(0);
  });
});

describe("what is lost", () => {
  it("is told when everything expired unread, also of those that read only some, until they are past it", async () => {
    await addStream({ max_age: 2 * SECOND });
    await addConsumer({ durable_name: "whole" });
    await addConsumer({ durable_name: "same", filter_subject: "s.>" });
    await addConsumer({ durable_name: "some", filter_subject: "s.a" });
    const isEmpty = async () => (await jsm.streams.info("S")).state.messages === 0;
    await sampled();
    await publish(20);
    await expect.poll(async () => (await sampled("some")).backlog).toBe(20);
    await expect.poll(isEmpty, { timeout: 8_000 }).toBe(true);
    const lost = async () => [
      (await sampled("whole")).lost,
      (await sampled("same")).lost,
      (await sampled("some")).lost,
    ];
    await expect.poll(lost).toEqual([20, 20, 20]);
    expect(await sampled("whole")).toMatchObject({ backlog: 0, position: 1 });
    await publish(2);
    await expect.poll(async () => (await sampled("some")).backlog).toBe(2);
    await expect.poll(isEmpty, { timeout: 8_000 }).toBe(true);
    await expect.poll(lost).toEqual([22, 22, 22]);
    expect(await lost()).toEqual([22, 22, 22]);
    await publish(1);
    for (const name of ["whole", "same", "some"]) expect(await take(1, (m) => m.ackAck(), name)).toBe(1);
    await expect.poll(lost).toEqual([0, 0, 0]);
  });

  it("is nothing where a stream is made to overwrite", async () => {
    await addStream({ max_msgs_per_subject: 1 });
    await addConsumer();
    await publish(1, "s.key");
    expect(await sampled("c")).toMatchObject({ overwrites: true, lost: 0 });
    await publish(9, "s.key");
    await expect.poll(async () => (await jsm.streams.info("S")).state.first_seq).toBe(10);
    await expect.poll(async () => (await sampled("c")).backlog).toBe(1);
    expect(await sampled("c")).toMatchObject({ lost: 0, position: 1 });
  });
});

describe("what is finished and what comes", () => {
  it("is not what a purge takes from a client that has acknowledged nothing", async () => {
    await addStream();
    await addConsumer({ ack_wait: 600 * SECOND });
    await publish(1_000);
    expect(await take(500, () => {})).toBe(500);
    await expect.poll(async () => (await sampled("c")).inFlight).toBe(500);
    const before = await sampled("c");
    await jsm.streams.purge("S", { keep: 10 });
    await expect.poll(async () => (await sampled("c")).backlog).toBe(10);
    const after = await sampled("c");
    expect(after).toMatchObject({ position: 991, inFlight: 0, lost: 0 });
    expect(after.out - before.out).toBe(0);
    expect(await take(4, (message) => message.ackAck())).toBe(4);
    await expect.poll(async () => (await sampled("c")).out - before.out).toBe(4);
  });

  it("is told by an event where somebody purges, whatever the limits", async () => {
    await addStream({ max_age: 3_600 * SECOND });
    await publish(300);
    await collector.sample(never);
    await jsm.streams.purge("S");
    const titles: string[] = [];
    await expect
      .poll(async () => {
        const { events } = await collector.sample(never);
        titles.push(...events.map(({ title }) => title));
        return titles;
      })
      .toContain("Messages of S were purged or deleted");
  });

  it("comes in also where limits remove as much of what waits", async () => {
    await addStream({ max_msgs: 10 });
    await addConsumer();
    await publish(20);
    await expect.poll(async () => (await sampled("c")).lost).toBe(10);
    const before = await sampled("c");
    await publish(18);
    await expect.poll(async () => (await sampled("c")).lost).toBe(28);
    const after = await sampled("c");
    expect(after).toMatchObject({ backlog: 10 });
    expect([after.due - before.due, after.out - before.out]).toEqual([18, 0]);
  });

  it("is nothing of what limits took from a client that holds it", async () => {
    await addStream({ max_msgs: 10 });
    await addConsumer({ ack_wait: 600 * SECOND });
    await publish(10);
    expect(await take(10, () => {})).toBe(10);
    await expect.poll(async () => (await sampled("c")).inFlight).toBe(10);
    const before = await sampled("c");
    await publish(6);
    await expect.poll(async () => (await sampled("c")).inFlight).toBe(4);
    expect((await sampled("c")).out - before.out).toBe(0);
  });

  it("stands while a handler hangs", async () => {
    await addStream();
    await addConsumer({ ack_wait: 120 * SECOND });
    await publish(50);
    const consumer = await jetstream(await connected()).consumers.get("S", "c");
    let handled = 0;
    const messages = await consumer.consume({ max_messages: 20 });
    const hanging = (async () => {
      for await (const message of messages) {
        if (handled === 30) return;
        await message.ackAck();
        handled++;
      }
    })();
    await expect.poll(() => handled, { timeout: 10_000 }).toBe(30);
    await hanging.catch(() => {});
    await expect.poll(async () => (await sampled("c")).position).toBe(31);
    const before = await sampled("c");
    await publish(40);
    await expect.poll(async () => (await sampled("c")).backlog).toBe(60);
    const after = await sampled("c");
    expect([after.position, after.out - before.out]).toEqual([31, 0]);
  });

  it("comes only from where a consumer begins beyond the end", async () => {
    await addStream();
    await publish(3);
    await addConsumer({ deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: 10 });
    const before = await sampled("c");
    expect(before).toMatchObject({ position: 10, backlog: 0, lost: 0 });
    await publish(4);
    await expect.poll(async () => (await jsm.streams.info("S")).state.last_seq).toBe(7);
    expect((await sampled("c")).due - before.due).toBe(0);
    await publish(5); // 8 … 12
    await expect.poll(async () => (await sampled("c")).backlog).toBe(3);
    expect((await sampled("c")).due - before.due).toBe(3);
  });
});

describe("what comes again", () => {
  it("is nothing where messages were put back with a delay after one delivery", async () => {
    await addStream();
    await addConsumer({ max_ack_pending: 5 });
    await publish(5);
    await sampled("c");
    expect(await take(5, (message) => message.nak(600_000))).toBe(5);
    await publish(20);
    await expect.poll(async () => (await sampled("c")).backlog).toBe(25);
    await expect
      .poll(async () => (await sampled("c")).explain("blocked"))
      .toContain("5 messages were put back after one delivery.");
    const blocked = await sampled("c");
    expect(blocked).toMatchObject({ flags: ConsumerFlag.blocked, inFlight: 5 });
    expect(blocked.explain("blocked")).toContain("5 of 5 max_ack_pending are out: 20 more wait behind them.");
    expect(blocked.explain("blocked")).not.toMatch(/again too|each time|Sequence/);
  });

  it("is told while it goes on, and not when it is over", async () => {
    await addStream();
    await addConsumer({ ack_wait: 600 * SECOND });
    await publish(1);
    await sampled("c");
    const consumer = await jetstream(nc).consumers.get("S", "c");
    for (let i = 0; i < 3; i++) {
      const message = await consumer.next({ expires: 2_000 });
      if (i < 2) message!.nak();
      await sampled("c");
    }
    await expect.poll(async () => (await sampled("c")).flags).toBe(ConsumerFlag.redelivering);
    aheadMs = 2 * MINUTE_MS;
    expect((await sampled("c")).flags).toBe(0);
  });
});
