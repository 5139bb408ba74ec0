import { AckPolicy, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { startLocalNats } from "../../../brokers/index.ts";
import type { Status } from "../../model/status.ts";
import type { Collector } from "../../sample/collector.ts";
import { ConsumerFlag } from "../../sample/consumer-flag.ts";
import { createNatsCollector } from "./collector.ts";
import { natsWords } from "./words.ts";

const never = new AbortController().signal;

let nats: Awaited<ReturnType<typeof startLocalNats>>;
let nc: NatsConnection;
let jsm: JetStreamManager;
let collector: Collector;

const connected = () => connect({ servers: nats.address.replace("nats://", "") });

beforeAll(async () => {
  nats = await startLocalNats();
  nc = await connected();
  jsm = await jetstreamManager(nc);
});
afterAll(async () => {
  await nc?.close();
  await nats?.stop();
});
beforeEach(async () => {
  collector = createNatsCollector({
    id: "test",
    servers: [nats.address],
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 2_000,
  });
  await jsm.streams.add({ name: "S", subjects: ["s.>"], storage: "memory" });
});
afterEach(async () => {
  await collector.close();
  await jsm.streams.delete("S");
});

async function addConsumer(config: object): Promise<void> {
  await jsm.consumers.add("S", { durable_name: "c", ack_policy: AckPolicy.Explicit, ...config });
}

async function publish(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await jetstream(nc).publish("s.a", "x");
}

/** What a sample says of the one consumer. */
async function sampled() {
  const sample = await collector.sample(never, { focus: ["S.c"], unaged: [] });
  const { positions, consumers } = sample;
  return {
    readers: consumers.readers[0],
    flags: consumers.flags?.[0],
    backlog: positions.backlog?.[0],
    inFlight: positions.inFlight?.[0],
    explain: (status: Status) => natsWords.explain(sample, 0, status),
  };
}

it("is blocked by messages put back with a delay, although none is pending", async () => {
  await addConsumer({ max_ack_pending: 3 });
  await publish(3);
  const consumer = await jetstream(nc).consumers.get("S", "c");
  const messages = await consumer.consume({ max_messages: 10 });
  let seen = 0;
  const reading = (async () => {
    for await (const message of messages) {
      message.nak(60_000);
      if (++seen === 3) return;
    }
  })();
  await reading;
  await expect.poll(async () => (await sampled()).flags).toBe(ConsumerFlag.blocked);
  const { backlog, inFlight, explain } = await sampled();
  expect({ backlog, inFlight }).toEqual({ backlog: 3, inFlight: 3 });
  expect(explain("blocked")).toContain("3 of 3 max_ack_pending are out: num_pending reads 0");
  await publish(5);
  await expect.poll(async () => (await sampled()).backlog).toBe(8);
  expect((await sampled()).explain("blocked")).toContain("5 more wait behind them");
  await messages.close();
});

it("does not know whether a pull client that asks no more has crashed or is busy, also after the ack wait", async () => {
  await addConsumer({ ack_wait: 300e6 });
  await publish(5);
  const crashing = await connected();
  const consumer = await jetstream(crashing).consumers.get("S", "c");
  const got: number[] = [];
  for await (const message of await consumer.fetch({ max_messages: 2, expires: 1_000 }))
    got.push(message.seq);
  expect(got).toEqual([1, 2]);
  const givenAt = Date.now();
  await crashing.close();
  const first = await sampled();
  expect(first).toMatchObject({ readers: Number.NaN, backlog: 5, inFlight: 2 });
  expect(first.explain("stalled")).toContain("2 messages are out with clients that ask for no more");
  const cameBack = async () => {
    const { num_pending, ts } = await jsm.consumers.info("S", "c");
    return num_pending === 3 && Date.parse(ts as unknown as string) - givenAt > 1_000;
  };
  await expect.poll(cameBack, { timeout: 8_000 }).toBe(true);
  expect(await sampled()).toMatchObject({ readers: Number.NaN, backlog: 5, inFlight: 2 });
});

it("sees several pull clients as readers, and the last of them leave", async () => {
  await addConsumer({});
  const clients = await Promise.all([connected(), connected()]);
  for (const client of clients) {
    const consumer = await jetstream(client).consumers.get("S", "c");
    await consumer.consume({ max_messages: 10, callback: (message) => message.ack() });
  }
  await expect.poll(async () => (await sampled()).readers).toBe(1);
  await clients[0]!.close();
  expect(await sampled()).toMatchObject({ readers: 1, flags: 0 });
  await clients[1]!.close();
  await expect.poll(async () => (await sampled()).readers, { timeout: 8_000 }).toBeNaN();
  await publish(2);
  expect(await sampled()).toMatchObject({ readers: Number.NaN, backlog: 2 });
});

it("sees who subscribes to a deliver subject", async () => {
  await addConsumer({ deliver_subject: "out.s", deliver_group: "workers" });
  await publish(1);
  const alone = await sampled();
  expect(alone).toMatchObject({ readers: 0, backlog: 1 });
  expect(alone.explain("stopped")).toBe(
    'Nobody subscribes to its deliver subject "out.s" in queue group "workers".',
  );
  const subscription = nc.subscribe("out.s", { queue: "workers", callback: () => {} });
  await expect.poll(async () => (await sampled()).readers).toBe(1);
  subscription.unsubscribe();
  await expect.poll(async () => (await sampled()).readers).toBe(0);
});

it("sees a pause, and until when", async () => {
  const until = new Date(Date.now() + 3_600_000);
  await addConsumer({ pause_until: until.toISOString() });
  await publish(1);
  const paused = await sampled();
  expect(paused).toMatchObject({ flags: ConsumerFlag.paused, backlog: 1 });
  expect(paused.explain("paused")).toMatch(/^It goes on in (59 m|1 h).*, until \d{4}-/);
  await jsm.consumers.resume("S", "c");
  await expect.poll(async () => (await sampled()).flags).toBe(0);
});

it("keeps nothing of ephemeral consumers that come and go", async () => {
  await jsm.consumers.add("S", { durable_name: "stays", ack_policy: AckPolicy.None });
  for (let round = 0; round < 5; round++) {
    const names = await Promise.all(
      Array.from(
        { length: 20 },
        async () => (await jsm.consumers.add("S", { ack_policy: AckPolicy.None })).name,
      ),
    );
    const { layout } = await collector.sample(never);
    expect(layout.consumers.map(({ name }) => name).sort()).toEqual([...names, "stays"].sort());
    await Promise.all(names.map((name) => jsm.consumers.delete("S", name)));
  }
  expect((await collector.sample(never)).layout.consumers.map(({ name }) => name)).toEqual(["stays"]);
});
