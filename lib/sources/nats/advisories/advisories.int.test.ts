import { AckPolicy, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLocalNats } from "../../../../brokers/index.ts";
import type { SourceEvent } from "../../../model/source.ts";
import type { Collector } from "../../../sample/collector.ts";
import { seriesOf } from "../../../sample/gauges.fixture.ts";
import type { Sample } from "../../../sample/sample.ts";
import { shown } from "../../facts.fixture.ts";
import { createNatsCollector } from "../collector.ts";
import { natsWords } from "../words.ts";

const never = new AbortController().signal;
const opened: { close(): Promise<unknown> }[] = [];
let nats: Awaited<ReturnType<typeof startLocalNats>>;
let nc: NatsConnection;
let jsm: JetStreamManager;

beforeAll(async () => {
  nats = await startLocalNats({
    config: `
      no_auth_user: app
      accounts {
        APP: {jetstream: enabled, users: [
          {user: app, password: pw}
          {user: deaf, password: pw, permissions: {subscribe: {deny: ["$JS.EVENT.>"]}}}
        ]}
        OTHER: {jetstream: enabled, users: [{user: other, password: pw}]}
      }`,
  });
  nc = await connect({ servers: address(), name: "app", reconnectTimeWait: 50, maxReconnectAttempts: -1 });
  jsm = await jetstreamManager(nc);
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
  const names: string[] = [];
  for await (const name of jsm.streams.names()) names.push(name);
  for (const name of names) await jsm.streams.delete(name);
});
afterAll(async () => {
  await nc?.close();
  await nats?.stop();
});

const address = () => nats.address.replace("nats://", "");

/** A collector that has sampled once, so that it listens, and everything it tells from then on. */
async function watch(change: Partial<Parameters<typeof createNatsCollector>[0]> = {}) {
  const collector: Collector = createNatsCollector({
    id: "test",
    servers: [address()],
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 2_000,
    ...change,
  });
  opened.push(collector);
  const events: SourceEvent[] = [];
  const sample = async () => {
    const observation = await collector.sample(never);
    events.push(...observation.events);
    return observation;
  };
  await sample();
  const titles = async () => {
    await sample();
    return events.map(({ title }) => title);
  };
  return { sample, events, titles };
}

const fact = ({ facts }: Sample, label: string) => shown(facts)[label];
const explain = (sample: Sample, key: string) =>
  natsWords.explain(
    sample,
    sample.layout.consumers.findIndex((consumer) => consumer.key === key),
    "redelivering",
  );

describe("the life of streams and consumers", () => {
  it("is told once, with what it was before", async () => {
    const { titles, events } = await watch();
    await jsm.streams.add({ name: "ORDERS", subjects: ["orders.*"] });
    await expect.poll(titles).toContain("Stream ORDERS was created");
    await jsm.streams.update("ORDERS", { max_msgs: 50 });
    await expect.poll(titles).toContain("Stream ORDERS was edited");
    const edited = events.find(({ kind }) => kind === "stream-edited");
    expect(edited).toMatchObject({
      before: "max messages: none",
      after: "max messages: 50",
      streamKey: "ORDERS",
    });

    await jsm.consumers.add("ORDERS", { durable_name: "audit", ack_policy: AckPolicy.Explicit });
    await expect.poll(titles).toContain("Consumer audit of ORDERS was created");
    await jsm.consumers.pause("ORDERS", "audit", new Date(Date.now() + 3_600_000));
    await expect.poll(titles).toContain("Consumer audit of ORDERS was paused for 60 min");
    await jsm.consumers.resume("ORDERS", "audit");
    await expect.poll(titles).toContain("Consumer audit of ORDERS was resumed");
    await jsm.consumers.delete("ORDERS", "audit");
    await expect.poll(titles).toContain("Consumer audit of ORDERS was deleted");

    for (let i = 0; i < 5; i++) await jetstream(nc).publish("orders.created", "x");
    await titles();
    await jsm.streams.purge("ORDERS");
    await expect.poll(titles).toContain("Messages of ORDERS were purged or deleted");
    await jsm.streams.delete("ORDERS");
    await expect.poll(titles).toContain("Stream ORDERS was deleted");
    await jsm.streams.add({ name: "ORDERS", subjects: ["orders.*"] });
    await expect.poll(async () => (await titles()).at(-1)).toBe("Stream ORDERS was created");
    await jsm.streams.delete("ORDERS");
    await jsm.streams.add({ name: "ORDERS", subjects: ["orders.*"] });
    await expect.poll(titles).toContain("Stream ORDERS was deleted and created anew");

    // Two more samples have nothing to add: no change is told by the samples what an advisory told.
    const told = await titles();
    expect(await titles()).toEqual(told);
    expect(told).toEqual([
      "Stream ORDERS was created",
      "Stream ORDERS was edited",
      "Consumer audit of ORDERS was created",
      "Consumer audit of ORDERS was paused for 60 min",
      "Consumer audit of ORDERS was resumed",
      "Consumer audit of ORDERS was deleted",
      "Messages of ORDERS were purged or deleted",
      "Stream ORDERS was deleted",
      "Stream ORDERS was created",
      "Stream ORDERS was deleted and created anew",
    ]);
    expect(events.find(({ kind }) => kind === "consumer-paused")).toMatchObject({
      streamKey: "ORDERS",
      consumerKey: "ORDERS.audit",
    });
  });

  it("tells of a snapshot and of its restore", async () => {
    await jsm.streams.add({ name: "ORDERS", subjects: ["orders.*"] });
    for (let i = 0; i < 5; i++) await jetstream(nc).publish("orders.created", "x");
    const { titles } = await watch();
    const chunks: Uint8Array[] = [];
    const arriving = nc.subscribe("chunks", {
      callback: (_, message) => {
        if (message.data.length > 0) chunks.push(message.data);
        message.respond();
      },
    });
    const begun = await nc.request("$JS.API.STREAM.SNAPSHOT.ORDERS", '{"deliver_subject":"chunks"}');
    const { config, state } = begun.json<{ config: object; state: object }>();
    await expect.poll(titles).toContain("A snapshot of ORDERS was begun by app");
    await expect
      .poll(async () => (await titles()).at(-1))
      .toMatch(/^A snapshot of ORDERS was completed in \d+ ms$/);
    arriving.unsubscribe();
    await jsm.streams.delete("ORDERS");
    const restore = await nc.request("$JS.API.STREAM.RESTORE.ORDERS", JSON.stringify({ config, state }));
    const { deliver_subject } = restore.json<{ deliver_subject: string }>();
    for (const chunk of chunks) await nc.request(deliver_subject, chunk);
    await nc.request(deliver_subject, "");
    await expect
      .poll(titles)
      .toContainEqual(expect.stringMatching(/^ORDERS was restored from [\d,]+ bytes in/));
    expect((await titles()).slice(2)).toEqual([
      "Stream ORDERS was deleted",
      "A restore of ORDERS was begun by app",
      expect.stringMatching(/^ORDERS was restored/),
    ]);
  });

  it("tells a flood of ephemeral consumers as one sum", async () => {
    await jsm.streams.add({ name: "ORDERS", subjects: ["orders.*"] });
    const { titles, events } = await watch();
    const names = Array.from({ length: 200 }, (_, i) => `e${i}`);
    await Promise.all(
      names.map((name) =>
        jsm.consumers.add("ORDERS", { name, ack_policy: AckPolicy.None, inactive_threshold: 60e9 }),
      ),
    );
    await Promise.all(names.slice(0, 150).map((name) => jsm.consumers.delete("ORDERS", name)));
    const sum = /^[\d,]+ ephemeral consumers of ORDERS were created/;
    await expect.poll(titles).toContainEqual(expect.stringMatching(sum));
    await titles();
    expect(events).toHaveLength(1);
  });
});

describe("messages that are delivered again and again", () => {
  it("ends with an event that names the message", async () => {
    await jsm.streams.add({ name: "ORDERS", subjects: ["orders.*"] });
    await jsm.consumers.add("ORDERS", {
      durable_name: "audit",
      ack_policy: AckPolicy.Explicit,
      max_deliver: 3,
      sample_freq: "100",
    });
    const { titles, events, sample } = await watch();
    for (let i = 0; i < 3; i++) await jetstream(nc).publish("orders.created", "x");
    const consumer = await jetstream(nc).consumers.get("ORDERS", "audit");
    let last = 0;
    for (let i = 0; i < 12 && last < 3; i++) {
      const message = await consumer.next({ expires: 1_000 });
      if (!message) break;
      last = message.seq;
      if (message.seq === 1) message.nak();
      else if (message.seq === 2) message.term("no such customer");
      else await message.ackAck();
      await nc.flush();
    }
    const gaveUp = "Gave up on sequence 1 after 3 deliveries (audit of ORDERS)";
    await expect
      .poll(async () => {
        await consumer.next({ expires: 1_000 }).catch(() => null); // the server notices when it looks for more
        return titles();
      })
      .toContain(gaveUp);
    expect(events.find(({ title }) => title === gaveUp)).toMatchObject({
      kind: "message-given-up",
      streamKey: "ORDERS",
      consumerKey: "ORDERS.audit",
      message: { streamKey: "ORDERS", sequence: 1 },
    });
    expect(await titles()).toContain("audit of ORDERS terminated sequence 2: no such customer");
    const observation = await sample();
    const row = observation.layout.consumers.findIndex(({ key }) => key === "ORDERS.audit");
    const facts = natsWords.consumerFacts(observation, row);
    expect(shown(facts)["Given up"]).toMatch(/^2 messages/);
    expect(facts.find(({ label }) => label === "Time to acknowledge")?.title).toContain("of the 1 that");
  });

  it("counts what a reader puts back as that reader does", async () => {
    await jsm.streams.add({ name: "ORDERS", subjects: ["orders.*"] });
    await jsm.consumers.add("ORDERS", { durable_name: "audit", ack_policy: AckPolicy.Explicit });
    const { sample, events } = await watch();
    for (let i = 0; i < 3; i++) await jetstream(nc).publish("orders.created", "x");
    const consumer = await jetstream(nc).consumers.get("ORDERS", "audit");
    const given = new Map<number, number>();
    for (let i = 0; i < 20; i++) {
      const message = await consumer.next({ expires: 1_000 });
      if (!message) break;
      given.set(message.seq, (given.get(message.seq) ?? 0) + 1);
      if (message.seq === 2) message.nak();
      else message.ack();
      await nc.flush();
    }
    const times = given.get(2);
    expect(times).toBeGreaterThan(10);
    await expect
      .poll(async () => explain(await sample(), "ORDERS.audit"))
      .toContain(`Sequence 2 was delivered ${times} times and put back each time.`);
    await expect
      .poll(() => events.map(({ title }) => title))
      .toContainEqual(
        expect.stringMatching(/^audit of ORDERS put back 1 message 1?\d times; worst: sequence 2/),
      );
    expect(events.filter(({ kind }) => kind === "messages-put-back").length).toBeLessThanOrEqual(1);
  });

  it("says at least how often where nothing is put back, but time runs out", async () => {
    await jsm.streams.add({ name: "ORDERS", subjects: ["orders.*"] });
    await jsm.consumers.add("ORDERS", {
      durable_name: "slow",
      ack_policy: AckPolicy.Explicit,
      ack_wait: 60_000_000,
    });
    const { sample } = await watch();
    await jetstream(nc).publish("orders.created", "x");
    const consumer = await jetstream(nc).consumers.get("ORDERS", "slow");
    let given = 0;
    const taking = await consumer.consume({ callback: () => void given++ });
    await expect
      .poll(async () => explain(await sample(), "ORDERS.slow"))
      .toMatch(/^Messages after sequence 0 were delivered again at least [5-9] times in the last minute\./);
    taking.stop();
    expect(given).toBeGreaterThan(5);
  });
});

it("ignores and counts what nobody but a server may say", async () => {
  await jsm.streams.add({ name: "ORDERS", subjects: ["orders.*"] });
  await jsm.consumers.add("ORDERS", { durable_name: "audit", ack_policy: AckPolicy.Explicit });
  const { sample, events } = await watch();
  const head = { id: "x", timestamp: new Date().toISOString() };
  const gaveUp = {
    ...head,
    type: "io.nats.jetstream.advisory.v1.max_deliver",
    stream: "ORDERS",
    consumer: "audit",
    stream_seq: 4711,
    deliveries: 5,
  };
  nc.publish("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.ORDERS.audit", JSON.stringify(gaveUp));
  nc.publish("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.ORDERS.audit", "no JSON");
  nc.publish("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.ORDERS.other", JSON.stringify(gaveUp));
  await nc.flush();
  await expect
    .poll(async () => fact(await sample(), "Advisories"))
    .toBe("3 heard, 3 ignored (malformed or not believable)");
  const { gauges } = await sample();
  expect(seriesOf(gauges)).toMatchObject({
    streamside_nats_advisories_total: 3,
    streamside_nats_advisories_ignored_total: 3,
  });
  expect(events).toEqual([]);
});

it("tells who asked for what where it may hear that", async () => {
  await jsm.streams.add({ name: "ORDERS", subjects: ["orders.*"] });
  const { titles } = await watch({ apiAudit: true });
  await jsm.streams.info("ORDERS");
  await jsm.streams.purge("ORDERS");
  await expect.poll(titles).toEqual(["app asked $JS.API.STREAM.PURGE.ORDERS"]);
});

it("hears each account on its own", async () => {
  const { titles, events } = await watch({
    accounts: [{ name: "second", auth: { user: "other", password: "pw" } }],
  });
  const other = await connect({ servers: address(), user: "other", pass: "pw" });
  opened.push(other);
  const theirs = await jetstreamManager(other);
  await theirs.streams.add({ name: "ORDERS", subjects: ["orders.*"] });
  await expect.poll(titles).toContain("Stream ORDERS was created");
  expect(events.at(-1)).toMatchObject({ streamKey: "second/ORDERS" });
  await theirs.streams.delete("ORDERS");
});

it("tells from the samples alone where the user may not listen, and says which subjects", async () => {
  const { sample, titles, events } = await watch({ auth: { user: "deaf", password: "pw" } });
  const refused = { scope: "source", subject: "advisories", code: "DENIED" };
  await expect.poll(async () => (await sample()).failures).toMatchObject([refused]);
  const [failure] = (await sample()).failures;
  for (const subject of ["ADVISORY.STREAM.>", "ADVISORY.CONSUMER.>", "METRIC.CONSUMER.ACK.>"]) {
    expect(failure!.message).toContain(`$JS.EVENT.${subject}`);
  }
  await jsm.streams.add({ name: "ORDERS", subjects: ["orders.*"] });
  await expect.poll(titles).toContain("Stream ORDERS was created");
  await jsm.consumers.add("ORDERS", { durable_name: "audit", ack_policy: AckPolicy.Explicit });
  await expect.poll(titles).toContain("Consumer audit of ORDERS was created");
  await jsm.consumers.pause("ORDERS", "audit", new Date(Date.now() + 3_600_000));
  await expect.poll(titles, { timeout: 10_000 }).toContain("Consumer audit of ORDERS was paused");
  await jsm.streams.delete("ORDERS");
  await expect.poll(titles).toContain("Stream ORDERS was deleted");
  expect(events).toHaveLength(4);
});

it("listens again after the server was gone", async () => {
  await jsm.streams.add({ name: "ORDERS", subjects: ["orders.*"] });
  await jsm.consumers.add("ORDERS", { durable_name: "audit", ack_policy: AckPolicy.Explicit });
  await jetstream(nc).publish("orders.created", "x");
  const { sample, titles } = await watch();
  await nats.kill();
  await expect(sample()).rejects.toThrow();
  await nats.restart();
  await sample();
  const again = await connect({ servers: address() });
  opened.push(again);
  const consumer = await jetstream(again).consumers.get("ORDERS", "audit");
  (await consumer.next({ expires: 1_000 }))?.nak();
  await again.flush();
  await expect.poll(titles).toContain("audit of ORDERS put back sequence 1 after 1 delivery");
});
