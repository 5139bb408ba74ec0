import {
  AckPolicy,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
} from "@nats-io/jetstream";
import { connect, headers, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startLocalNats } from "../../../../brokers/index.ts";
import { systemClock } from "../../../async/clock.ts";
import { type FrameOf, liveQuery, type QueryOf } from "../../../model/live.ts";
import { schedule } from "../../../pipeline/scheduler.ts";
import type { Collector } from "../../../sample/collector.ts";
import type { Sample } from "../../../sample/sample.ts";
import { Store } from "../../../store/store.ts";
import { FedTable } from "../../../store/test-store.ts";
import { evaluate } from "../../../views/evaluate.ts";
import { createNatsCollector } from "../collector.ts";
import type { NatsCollectorOptions } from "../config.ts";
import { covers } from "../jetstream/subjects.ts";

const USERS = `accounts {
  MAIN { jetstream: enabled, users: [
    { user: app, password: app }
    { user: mute, password: mute, permissions: {
        publish: ["$JS.API.INFO", "$JS.API.STREAM.LIST", "$JS.API.CONSUMER.LIST.*"], subscribe: "_INBOX.>" } }
    { user: slow, password: slow, permissions: {
        publish: ["$JS.API.INFO", "$JS.API.STREAM.LIST", "$JS.API.CONSUMER.LIST.*", "$JS.API.STREAM.MSG.GET.*"],
        subscribe: "_INBOX.>" } }
  ] }
  OTHER { jetstream: enabled, users: [{ user: other, password: other }] }
}`;
const never = new AbortController().signal;

let nats: Awaited<ReturnType<typeof startLocalNats>>;
let nc: NatsConnection;
let jsm: JetStreamManager;
let collector: Collector;
beforeAll(async () => {
  nats = await startLocalNats({ config: USERS });
  nc = await connect({ servers: nats.address.replace("nats://", ""), user: "app", pass: "app" });
  jsm = await jetstreamManager(nc);
  collector = collectAs("app");
});
const opened: Collector[] = [];
afterAll(async () => {
  for (const one of opened) await one.close();
  await nc?.close();
  await nats?.stop();
});
afterEach(async () => {
  const names: string[] = [];
  for await (const name of jsm.streams.names()) names.push(name);
  for (const name of names) await jsm.streams.delete(name);
});

function collectAs(user: string, more: Partial<NatsCollectorOptions> = {}): Collector {
  const one = createNatsCollector({
    id: "test",
    servers: [nats.address],
    auth: { user, password: user },
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 2_000,
    ...more,
  });
  opened.push(one);
  return one;
}

/** Publishes one after another, each in a millisecond of its own. */
async function publish(subjects: readonly string[], payload = "x"): Promise<void> {
  const js = jetstream(nc);
  for (const subject of subjects) {
    await js.publish(subject, payload);
    const at = Date.now();
    while (Date.now() - at < 2) await new Promise(setImmediate);
  }
}

/** When each message of a stream that is there was stored, asked one by one. */
async function stored(stream: string): Promise<{ seq: number; subject: string; at: number }[]> {
  const { state } = await jsm.streams.info(stream);
  const found = [];
  for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq++) {
    const message = await jsm.streams.getMessage(stream, { seq });
    if (message) found.push({ seq, subject: message.subject, at: message.time.getTime() });
  }
  return found;
}

async function firstUnread(stream: string, consumer: string) {
  const { config, ack_floor, delivered } = await jsm.consumers.info(stream, consumer);
  const filters = config.filter_subjects ?? [config.filter_subject ?? ">"];
  const floor = config.ack_policy === AckPolicy.None ? delivered.stream_seq : ack_floor.stream_seq;
  return (await stored(stream)).find(
    ({ seq, subject }) => seq > floor && filters.some((filter) => covers(filter, subject)),
  )!;
}

const poll = (read: () => unknown, message = "") =>
  expect.poll(read, { timeout: 10_000, interval: 20, message });

async function sample(focus: readonly string[], of = collector): Promise<Sample> {
  return of.sample(never, { focus, unaged: [] });
}

/** Samples until every one of these consumers has been looked up; the answers are there within the sample as a rule. */
async function sinceOf(keys: readonly string[], of = collector): Promise<Record<string, number>> {
  let since: Record<string, number> = {};
  await poll(async () => {
    const { layout, positions } = await sample(keys, of);
    const at = (key: string) => layout.consumers.findIndex((one) => one.key === key);
    since = Object.fromEntries(keys.map((key) => [key, positions.unreadSince?.[at(key)] ?? Number.NaN]));
    return Object.values(since).some(Number.isNaN);
  }).toBe(false);
  return since;
}

const agesMissing = ({ failures }: Sample) =>
  failures.filter(({ subject }) => subject === "age of unread messages");

describe.each([true, false])("the age of unread messages, with direct gets: %s", (allow_direct) => {
  const LETTERS = ["a.1", "b.1", "c.1", "a.2", "b.2", "c.2", "a.3", "b.3", "c.3"];

  it("is that of the first message that the consumer's filters let through and that is still there", async () => {
    await jsm.streams.add({ name: "LETTERS", subjects: ["a.*", "b.*", "c.*"], allow_direct });
    await publish(LETTERS);
    await jsm.streams.deleteMessage("LETTERS", 2);
    const explicit = { ack_policy: AckPolicy.Explicit };
    await jsm.consumers.add("LETTERS", { ...explicit, durable_name: "all" });
    await jsm.consumers.add("LETTERS", { ...explicit, durable_name: "b", filter_subject: "b.*" });
    await jsm.consumers.add("LETTERS", {
      ...explicit,
      durable_name: "bc",
      filter_subjects: ["c.2", "c.3", "b.*"],
    });
    await jsm.consumers.add("LETTERS", {
      durable_name: "none",
      ack_policy: AckPolicy.None,
      filter_subject: "c.*",
    });
    await jsm.consumers.add("LETTERS", { ...explicit, durable_name: "holes", filter_subject: "*.>" });
    const none = await jetstream(nc).consumers.get("LETTERS", "none");
    await none.next();
    const holes = await jetstream(nc).consumers.get("LETTERS", "holes");
    for (const acknowledged of [true, false, true]) {
      const message = (await holes.next())!;
      if (acknowledged) await message.ackAck();
    }

    const names = ["all", "b", "bc", "none", "holes"];
    const truth: Record<string, number> = {};
    for (const name of names) truth[`LETTERS.${name}`] = (await firstUnread("LETTERS", name)).at;
    expect(await sinceOf(Object.keys(truth))).toEqual(truth);
    expect((await firstUnread("LETTERS", "bc")).seq, "the example is worth something").toBe(5);
    expect(new Set(Object.values(truth)).size).toBeGreaterThanOrEqual(4);

    await (await none.next())!.ack();
    truth["LETTERS.none"] = (await firstUnread("LETTERS", "none")).at;
    expect(await sinceOf(Object.keys(truth)), "one has moved").toEqual(truth);
  });

  it("follows a work queue", async () => {
    await jsm.streams.add({
      name: "WORK",
      subjects: ["w.*"],
      retention: RetentionPolicy.Workqueue,
      allow_direct,
    });
    await jsm.consumers.add("WORK", {
      durable_name: "two",
      ack_policy: AckPolicy.Explicit,
      filter_subject: "w.2",
    });
    await publish(["w.1", "w.2", "w.1", "w.2", "w.2"]);
    const consumer = await jetstream(nc).consumers.get("WORK", "two");
    for (let n = 0; n < 3; n++) {
      const { at } = await firstUnread("WORK", "two");
      expect(await sinceOf(["WORK.two"])).toEqual({ "WORK.two": at });
      await (await consumer.next())!.ackAck();
    }
    expect((await sample(["WORK.two"])).positions.unreadSince, "nothing waits").toBeNull();
  });
});

it("asks for what its last sample's rows name, and asks only once for what stands still", async () => {
  await jsm.streams.add({ name: "ONE", subjects: ["one"] });
  await jsm.consumers.add("ONE", { durable_name: "slow", ack_policy: AckPolicy.Explicit });
  await publish(["one", "one"]);
  const { layout, cost } = await sample([]);
  const row = layout.consumers.findIndex(({ key }) => key === "ONE.slow");
  await jsm.streams.add({ name: "EARLIER", subjects: ["earlier"] });
  await jsm.consumers.add("EARLIER", { durable_name: "other", ack_policy: AckPolicy.Explicit });
  const scope = { focus: [], unaged: [row] };
  let observed = await collector.sample(never, scope);
  await poll(async () => {
    observed = await sample([]);
    return observed.positions.unreadSince?.[
      observed.layout.consumers.findIndex(({ key }) => key === "ONE.slow")
    ];
  }).toBe((await firstUnread("ONE", "slow")).at);
  const again = await sample(["ONE.slow"]);
  const lists = 1; // of the consumers of the stream that was added
  expect(again.cost.requests).toBe(cost.requests + lists);
});

it("asks each account for its own messages", async () => {
  const there = await connect({ servers: nats.address.replace("nats://", ""), user: "other", pass: "other" });
  try {
    const explicit = { ack_policy: AckPolicy.Explicit };
    const manager = await jetstreamManager(there);
    for (const [account, publisher] of [
      [jsm, nc],
      [manager, there],
    ] as const) {
      await account.streams.add({ name: "SAME", subjects: ["same"] });
      await account.consumers.add("SAME", { ...explicit, durable_name: "name" });
      await jetstream(publisher).publish("same", account === jsm ? "mine" : "theirs");
    }
    const at = async (account: JetStreamManager) =>
      (await account.streams.getMessage("SAME", { seq: 1 }))!.time.getTime();
    const both = collectAs("app", {
      accounts: [{ name: "OTHER", auth: { user: "other", password: "other" } }],
      peekPayload: true,
    });
    const { layout } = await sample([], both);
    const keys = layout.consumers.map(({ key }) => key);
    expect(keys).toHaveLength(2);
    expect(Object.values(await sinceOf(keys, both))).toEqual([await at(jsm), await at(manager)]);
    const said = layout.streams.map(async ({ key }) => (await both.peek!(key, 1, never)).payload);
    expect(await Promise.all(said)).toEqual(["mine", "theirs"]);
  } finally {
    await there.close();
  }
});

it("asks a stream's leader where its copies may not be asked", async () => {
  await jsm.streams.add({ name: "ONE", subjects: ["one"], allow_direct: true });
  await jsm.consumers.add("ONE", { durable_name: "slow", ack_policy: AckPolicy.Explicit });
  await publish(["one"]);
  const slow = collectAs("slow");
  expect(await sinceOf(["ONE.slow"], slow)).toEqual({ "ONE.slow": (await firstUnread("ONE", "slow")).at });
  expect(agesMissing(await sample([], slow))).toEqual([]);
});

it("is not known to a user who may not look, and says which subject is missing", async () => {
  await jsm.streams.add({ name: "ONE", subjects: ["one"], allow_direct: true });
  await jsm.consumers.add("ONE", { durable_name: "slow", ack_policy: AckPolicy.Explicit });
  await publish(["one"]);
  const mute = collectAs("mute");
  await poll(async () => agesMissing(await sample(["ONE.slow"], mute))).toEqual([
    expect.objectContaining({
      code: "DENIED",
      message: expect.stringContaining('"$JS.API.STREAM.MSG.GET.ONE"'),
    }),
  ]);
  const { positions, layout } = await sample(["ONE.slow"], mute);
  expect(positions.unreadSince).toBeNull();
  expect(positions.backlog![layout.consumers.findIndex(({ key }) => key === "ONE.slow")]).toBe(1);
});

it("does not believe a mirror that answers for the stream with other messages", async () => {
  await jsm.streams.add({ name: "ORIGIN", subjects: ["o"], allow_direct: true });
  await publish(["o", "o", "o"]);
  await jsm.streams.add({
    name: "MIRROR",
    mirror: { name: "ORIGIN", opt_start_seq: 3 },
    mirror_direct: true,
  });
  await poll(async () => (await jsm.streams.info("MIRROR")).state.last_seq).toBe(3);
  const names = Array.from({ length: 12 }, (_, n) => `c${n}`);
  for (const durable_name of names) {
    await jsm.consumers.add("ORIGIN", { durable_name, ack_policy: AckPolicy.Explicit, filter_subject: "o" });
  }
  const { at } = await firstUnread("ORIGIN", "c0");
  // Whether the stream or its mirror answers is chance: one new collector after another, until both have.
  for (const name of names) {
    expect(await sinceOf([`ORIGIN.${name}`])).toEqual({ [`ORIGIN.${name}`]: at });
  }
});

it("tells how many messages a filtered consumer has lost at least", async () => {
  await jsm.streams.add({ name: "SHORT", subjects: ["s.*"], max_msgs: 10 });
  const filtered = { ack_policy: AckPolicy.Explicit, filter_subject: "s.mine" };
  await jsm.consumers.add("SHORT", { ...filtered, durable_name: "sleeps" });
  await jsm.consumers.add("SHORT", { ...filtered, durable_name: "reads" });
  await publish(["s.mine", "s.other", "s.mine", "s.mine", "s.mine"]);
  await sinceOf(["SHORT.sleeps", "SHORT.reads"]);
  const lost = async () => {
    const { layout, positions } = await sample(["SHORT.sleeps", "SHORT.reads"]);
    const of = (key: string) => positions.lost?.[layout.consumers.findIndex((one) => one.key === key)] || 0;
    return [of("SHORT.sleeps"), of("SHORT.reads")];
  };
  expect(await lost()).toEqual([0, 0]);
  const reader = await jetstream(nc).consumers.get("SHORT", "reads");
  for (let n = 0; n < 4; n++) await (await reader.next())!.ackAck();
  await publish(Array<string>(6).fill("s.other"));
  await poll(lost, "the first of its four is gone").toEqual([1, 0]);
  await publish(Array<string>(2).fill("s.other"));
  await poll(lost).toEqual([2, 0]);
  await publish(["s.mine", ...Array<string>(10).fill("s.other")]);
  await poll(lost, "all of its five are gone; one came and went unseen").toEqual([4, 0]);
  const sleeper = await jetstream(nc).consumers.get("SHORT", "sleeps");
  await publish(["s.mine"]);
  await (await sleeper.next())!.ackAck();
  await poll(lost, "it is past that").toEqual([0, 0]);
});

describe("looking at one message", () => {
  beforeEach(async () => {
    await jsm.streams.add({ name: "LETTERS", subjects: ["a.*"] });
    const traced = headers();
    traced.append("Trace", "one");
    traced.append("Trace", "two");
    await jetstream(nc).publish("a.1", "dear reader", { headers: traced });
    await jetstream(nc).publish("a.2", Uint8Array.of(0, 255));
    await jetstream(nc).publish("a.3");
    await jsm.streams.deleteMessage("LETTERS", 3);
  });
  const ready = async (user: string, more: Partial<NatsCollectorOptions> = {}) => {
    const one = collectAs(user, more);
    await sample([], one);
    return one;
  };

  it("tells its subject, time, headers and size, and what it says only where that is allowed", async () => {
    const one = await ready("app");
    const { at } = (await stored("LETTERS"))[0]!;
    const known = { sequence: 1, subject: "a.1", at, bytes: 11 };
    const traced = ["one", "two"].map((value) => ({ key: "Trace", value }));
    expect(await one.peek!("LETTERS", 1, never)).toEqual({
      ...{ ...known, headers: traced, payload: null },
      payloadNote: expect.stringContaining("peekPayload"),
    });
    const open = await ready("app", { peekPayload: true });
    expect(await open.peek!("LETTERS", 1, never)).toEqual({
      ...{ ...known, headers: traced, payload: "dear reader", payloadNote: null },
    });
    expect(await open.peek!("LETTERS", 2, never)).toMatchObject({
      ...{ bytes: 2, headers: [], payload: null, payloadNote: "Not text." },
    });
  });

  it("says what is not there, and what may not be read", async () => {
    const one = await ready("app");
    const gone = expect.objectContaining({ code: "UNAVAILABLE" });
    await expect(one.peek!("LETTERS", 3, never), "deleted").rejects.toEqual(gone);
    await expect(one.peek!("LETTERS", 4, never), "not there yet").rejects.toEqual(gone);
    await expect(one.peek!("NOTHING", 1, never)).rejects.toEqual(gone);
    await expect(collectAs("app").peek!("LETTERS", 1, never), "not sampled yet").rejects.toEqual(gone);
    const mute = await ready("mute");
    await expect(mute.peek!("LETTERS", 1, never)).rejects.toMatchObject({
      code: "DENIED",
      hint: expect.stringContaining("$JS.API.STREAM.MSG.GET.LETTERS"),
    });
    const signal = AbortSignal.abort();
    await expect(one.peek!("LETTERS", 1, signal)).rejects.toMatchObject({ code: "TIMEOUT" });
  });
});

it("is what the dashboard shows as measured, and makes a consumer one that loses messages", async () => {
  await jsm.streams.add({ name: "SHORT", subjects: ["s.*"], max_msgs: 6 });
  await publish(["s.other", "s.mine", "s.mine"]);
  const explicit = { ack_policy: AckPolicy.Explicit };
  await jsm.consumers.add("SHORT", { ...explicit, durable_name: "all" });
  await jsm.consumers.add("SHORT", { ...explicit, durable_name: "mine", filter_subject: "s.mine" });
  const table = new FedTable({
    identity: { id: "n", kind: "nats", name: "N" },
    address: "",
    intervalMs: 100,
  });
  const store = new Store();
  store.add(table);
  const running = schedule({
    ...{ collector: collectAs("app"), intervalMs: 100, timeoutMs: 2_000, clock: systemClock },
    ...{ cpuMs: () => 0, random: Math.random, onFailure: () => {}, onSkip: () => {} },
    scope: () => ({ focus: [], unaged: table.unaged() }),
    onSample: (observation, cost) => table.accept(observation, cost),
  });
  try {
    const shown = (name: string) => {
      const query = liveQuery.parse({ view: "consumer", id: `n:SHORT.${name}` }) as QueryOf<"consumer">;
      const { meta } = evaluate(store.at(Date.now()), query) as FrameOf["consumer"];
      return meta.consumer;
    };
    const storedAt = (name: string) => {
      const { latencyMs, asOf } = shown(name) ?? {};
      const { value, provenance } = latencyMs ?? {};
      return provenance === "measured" && asOf && value ? Math.round(asOf - value) : null;
    };
    for (const name of ["all", "mine"]) {
      await poll(() => storedAt(name)).toBe((await firstUnread("SHORT", name)).at);
    }
    expect((await firstUnread("SHORT", "mine")).seq).toBe(2);

    await publish(["s.other", "s.other", "s.other", "s.other", "s.mine"]);
    await poll(() => shown("mine")?.status).toBe("losing");
    expect(shown("mine")!.because).toMatch(/^At least 1 message/);
    await poll(() => storedAt("mine")).toBe((await firstUnread("SHORT", "mine")).at);
    expect((await firstUnread("SHORT", "mine")).seq).toBe(3);
  } finally {
    await running.close();
  }
});
