import { AckPolicy, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLocalNats } from "../../../brokers/index.ts";
import type { Collector } from "../../sample/collector.ts";
import { checkCollectorContract } from "../../sample/contract-check.ts";
import type { Sample } from "../../sample/sample.ts";
import { shown } from "../facts.fixture.ts";
import { createNatsCollector } from "./collector.ts";
import type { NatsCollectorOptions } from "./config.ts";
import { CORE_KEY } from "./core/core-rows.ts";
import { type Loopback, listenHttp, listenTcp } from "./loopback.fixture.ts";
import { natsWords } from "./words.ts";

type Nats = Awaited<ReturnType<typeof startLocalNats>>;

const never = new AbortController().signal;
const opened: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

const options = (server: string) => ({
  id: "test",
  servers: [server],
  connectTimeoutMs: 2_000,
  requestTimeoutMs: 2_000,
});

function collect(server: Nats | string, change: Partial<NatsCollectorOptions> = {}): Collector {
  const where =
    typeof server === "string"
      ? options(server)
      : { ...options(server.address), monitoring: [server.monitoring!] };
  const collector = createNatsCollector({ ...where, ...change });
  opened.push(collector);
  return collector;
}

async function client(server: Nats, options = {}): Promise<NatsConnection> {
  const nc = await connect({ servers: server.address.replace("nats://", ""), ...options });
  opened.push(nc);
  return nc;
}

function consumerOf({ layout, positions, consumers }: Sample, key: string) {
  const row = layout.consumers.findIndex((consumer) => consumer.key === key);
  return {
    row,
    position: positions.position[row],
    backlog: positions.backlog?.[row],
    inFlight: positions.inFlight?.[row],
    due: consumers.dueTotal?.[row],
    out: consumers.outTotal?.[row],
    readers: consumers.readers[row],
    flags: consumers.flags?.[row],
  };
}

const streamKeys = ({ layout }: Sample) => layout.streams.map(({ key }) => key);
const consumerKeys = ({ layout }: Sample) => layout.consumers.map(({ key }) => key);
const fact = ({ facts }: Sample, label: string) => shown(facts)[label];

checkCollectorContract("a NATS collector", {
  async start() {
    const nats = await startLocalNats();
    const nc = await connect({ servers: nats.address.replace("nats://", ""), name: "app" });
    const jsm = await jetstreamManager(nc);
    await jsm.streams.add({ name: "BEFORE", subjects: ["before"] });
    await jsm.consumers.add("BEFORE", { durable_name: "one", ack_policy: AckPolicy.Explicit });
    return {
      collector: createNatsCollector({ ...options(nats.address), monitoring: [nats.monitoring!] }),
      words: natsWords,
      change: async () => {
        await jsm.streams.add({ name: "ADDED", subjects: ["added"] });
        await jsm.consumers.add("ADDED", { durable_name: "one", ack_policy: AckPolicy.None });
      },
      stop: async () => {
        await nc.close();
        await nats.stop();
      },
    };
  },
  unreachable: () => createNatsCollector(options("127.0.0.1:1")),
});

describe("with JetStream", () => {
  let nats: Nats;
  let nc: NatsConnection;
  let jsm: JetStreamManager;
  beforeAll(async () => {
    nats = await startLocalNats();
    nc = await connect({ servers: nats.address.replace("nats://", ""), name: "app" });
    jsm = await jetstreamManager(nc);
  });
  afterAll(async () => {
    await nc?.close();
    await nats?.stop();
  });
  afterEach(async () => {
    const names: string[] = [];
    for await (const name of jsm.streams.names()) names.push(name);
    for (const name of names) await jsm.streams.delete(name);
  });

  /** The server's own account of itself. */
  async function jsz() {
    const response = await fetch(`${nats.monitoring}/jsz?consumers=true&streams=true&limit=100000`);
    type Seq = { consumer_seq: number; stream_seq: number };
    const { account_details } = (await response.json()) as {
      account_details: {
        stream_detail: {
          name: string;
          state: { first_seq: number; last_seq: number };
          consumer_detail: {
            name: string;
            ack_floor: Seq;
            delivered: Seq;
            num_pending: number;
            num_ack_pending: number;
          }[];
        }[];
      }[];
    };
    return account_details.flatMap(({ stream_detail }) => stream_detail);
  }

  it("reads what was published, fetched and acknowledged, and agrees with /jsz", async () => {
    await jsm.streams.add({ name: "ORDERS", subjects: ["orders.*"], max_msgs: 90 });
    const js = jetstream(nc);
    for (let i = 0; i < 100; i++) await js.publish(i % 4 ? "orders.paid" : "orders.created", "x");
    const explicit = { ack_policy: AckPolicy.Explicit };
    await jsm.consumers.add("ORDERS", { ...explicit, durable_name: "audit" });
    await jsm.consumers.add("ORDERS", { ...explicit, durable_name: "idle" });
    await jsm.consumers.add("ORDERS", {
      ...explicit,
      durable_name: "invoice",
      filter_subject: "orders.created",
    });
    const audit = await js.consumers.get("ORDERS", "audit");
    let handled = 0;
    for await (const message of await audit.fetch({ max_messages: 20, expires: 2_000 })) {
      if (handled++ < 15) await message.ackAck();
    }

    const observation = await collect(nats).sample(never);
    expect(observation.failures).toEqual([]);
    expect(consumerOf(observation, "ORDERS.audit")).toMatchObject({
      position: 26, // 11 … 25 are acknowledged
      backlog: 75,
      inFlight: 5,
      due: 90,
      out: 15,
    });
    expect(consumerOf(observation, "ORDERS.idle")).toMatchObject({ position: 11, backlog: 90, inFlight: 0 });
    expect(consumerOf(observation, "ORDERS.invoice")).toMatchObject({ backlog: 22 });
    expect(observation.lanes.head[0]).toBe(101);
    expect(observation.lanes.floor[0]).toBe(11);

    const [orders] = await jsz();
    expect(observation.lanes.head[0]).toBe(orders!.state.last_seq + 1);
    expect(observation.lanes.floor[0]).toBe(orders!.state.first_seq);
    expect(orders!.consumer_detail).toHaveLength(3);
    for (const theirs of orders!.consumer_detail) {
      expect(consumerOf(observation, `ORDERS.${theirs.name}`)).toMatchObject({
        position: theirs.ack_floor.stream_seq + 1,
        backlog: theirs.num_pending + theirs.num_ack_pending,
        inFlight: theirs.num_ack_pending,
        due: theirs.num_pending + theirs.delivered.consumer_seq,
        out: theirs.ack_floor.consumer_seq,
      });
    }
  });

  it("lists 300 streams and 300 consumers exactly", async () => {
    const numbered = (count: number) => Array.from({ length: count }, (_, i) => `N${i}`);
    const memory = { storage: "memory" as const };
    await Promise.all(
      numbered(300).map((name) => jsm.streams.add({ name, subjects: [`s.${name}`], ...memory })),
    );
    await Promise.all(
      numbered(300).map((name) =>
        jsm.consumers.add("N7", { durable_name: name, ack_policy: AckPolicy.None }),
      ),
    );
    const observation = await collect(nats, { monitoring: undefined }).sample(never);
    expect(streamKeys(observation)).toEqual(numbered(300).sort());
    expect(consumerKeys(observation)).toEqual(
      numbered(300)
        .sort()
        .map((name) => `N7.${name}`),
    );
    const oracle = await jsz();
    expect(oracle.map(({ name }) => name).sort()).toEqual(streamKeys(observation));
    // Account, two pages of streams, two of one stream's consumers, a ping; nothing for the streams without any.
    expect(observation.cost.requests).toBe(6);
  });

  it("keeps its layout while only numbers change, and follows what comes and goes", async () => {
    await jsm.streams.add({ name: "A", subjects: ["a"] });
    await jsm.streams.add({ name: "B", subjects: ["b"] });
    await jsm.consumers.add("B", { durable_name: "one", ack_policy: AckPolicy.Explicit });
    const collector = collect(nats, { monitoring: undefined });
    const first = await collector.sample(never);
    await jetstream(nc).publish("b", "x");
    const second = await collector.sample(never);
    expect(second.layout).toBe(first.layout);
    expect(consumerOf(second, "B.one").backlog).toBe(1);
    expect(second.positions.backlog).not.toBe(first.positions.backlog);

    await jsm.streams.delete("A");
    const third = await collector.sample(never);
    expect(streamKeys(third)).toEqual(["B"]);
    await jsm.consumers.delete("B", "one");
    expect(consumerKeys(await collector.sample(never))).toEqual([]);
  });

  it("filters streams by name", async () => {
    for (const name of ["A1", "A2", "B1"]) await jsm.streams.add({ name, subjects: [name] });
    const filtered = collect(nats, { monitoring: undefined, streams: { include: /^A/, exclude: /2$/ } });
    expect(streamKeys(await filtered.sample(never))).toEqual(["A1"]);
  });

  it("shows the core and its connections, but not its own", async () => {
    const reader = await client(nats, { name: "reader" });
    const got: string[] = [];
    reader.subscribe("plain", { callback: (_, message) => void got.push(message.string()) });
    await reader.flush();
    const collector = collect(nats);
    const first = await collector.sample(never);
    for (let i = 0; i < 10; i++) nc.publish("plain", "x");
    await expect.poll(() => got.length).toBe(10);

    const observation = await collector.sample(never);
    const key = consumerKeys(observation).find((one) => one.endsWith("/reader"))!;
    expect(consumerOf(observation, key)).toMatchObject({
      backlog: 0,
      out: 10,
      readers: 1,
      position: Number.NaN,
    });
    expect(consumerKeys(observation).filter((one) => one.endsWith("/streamside"))).toEqual([]);
    const core = streamKeys(observation).indexOf(CORE_KEY);
    const before = streamKeys(first).indexOf(CORE_KEY);
    const grown = (column: "inTotal" | "outTotal") =>
      observation.streams[column]![core]! - first.streams[column]![before]!;
    expect(grown("inTotal")).toBeGreaterThanOrEqual(10);
    expect(grown("outTotal")).toBeGreaterThanOrEqual(10);
    expect((await collector.sample(never)).layout).toBe(observation.layout);
    expect(fact(observation, "Connections")).toBe("3");
    expect(Number.parseFloat(fact(observation, "Round trip")!)).toBeGreaterThan(0);
  });

  it("says what it does not see without a monitoring address", async () => {
    const observation = await collect(nats, { monitoring: undefined }).sample(never);
    expect(streamKeys(observation)).toEqual([]);
    expect(fact(observation, "Core NATS")).toMatch(/not sampled/);
    expect(observation.failures).toEqual([]);
  });

  it("loses only the core rows to a monitoring endpoint that is no such thing", async () => {
    await jsm.streams.add({ name: "A", subjects: ["a"] });
    const web = await listenHttp((_, response) => response.end("<html>"));
    opened.push(web);
    const observation = await collect(nats, { monitoring: [`http://127.0.0.1:${web.port}`] }).sample(never);
    expect(streamKeys(observation)).toEqual(["A"]);
    expect(observation.failures).toMatchObject([{ scope: "source", code: "PROTOCOL" }]);
  });

  it("waits for a stuck monitoring endpoint once, and briefly", async () => {
    const stuck = await listenHttp(() => {});
    opened.push(stuck);
    const collector = collect(nats, { monitoring: [`http://127.0.0.1:${stuck.port}`] });
    const tookMs: number[] = [];
    for (let i = 0; i < 4; i++) {
      const startedAt = performance.now();
      expect((await collector.sample(never)).failures).toMatchObject([{ code: "TIMEOUT" }]);
      tookMs.push(performance.now() - startedAt);
    }
    // Once it is known to be stuck; a busy machine makes some of them longer.
    expect(Math.min(...tookMs)).toBeLessThan(900);
  });

  it("takes a server that does not do JetStream in this domain for a failure", async () => {
    await expect(collect(nats, { monitoring: undefined, domain: "hub" }).sample(never)).rejects.toMatchObject(
      {
        code: "ANSWERED_ERROR",
        message: expect.stringContaining("$JS.hub.API.STREAM.LIST"),
      },
    );
  });
});

describe("with a server that comes and goes", () => {
  let nats: Nats;
  beforeAll(async () => {
    nats = await startLocalNats();
  });
  afterAll(() => nats?.stop());

  it("rejects while it is dead and recovers when it is back", async () => {
    const collector = collect(nats);
    await collector.sample(never);
    await nats.kill();
    await expect(collector.sample(never)).rejects.toMatchObject({
      name: "CollectorError",
      code: "UNREACHABLE",
      message: expect.stringContaining("nothing listens there"),
    });
    await nats.restart();
    expect(streamKeys(await collector.sample(never))).toEqual([CORE_KEY]);
  });

  it("rejects while it is paused, without waiting for more than one time limit, and recovers", async () => {
    const collector = collect(nats, { requestTimeoutMs: 2_000, connectTimeoutMs: 2_000 });
    await collector.sample(never);
    await nats.pause();
    try {
      const startedAt = performance.now();
      await expect(collector.sample(never)).rejects.toMatchObject({ code: "TIMEOUT" });
      expect(performance.now() - startedAt).toBeLessThan(2 * 2_000);
      await expect(collector.sample(never)).rejects.toMatchObject({ code: "TIMEOUT" });
    } finally {
      await nats.resume();
    }
    expect((await collector.sample(never)).failures).toEqual([]);
  });

  it("rejects as soon as it is aborted or closed", async () => {
    await nats.pause();
    try {
      const abort = new AbortController();
      const collector = collect(nats, { requestTimeoutMs: 60_000, connectTimeoutMs: 60_000 });
      const aborted = collector.sample(abort.signal);
      abort.abort();
      await expect(aborted).rejects.toMatchObject({ name: "CollectorError" });
      const closed = collector.sample(never);
      await Promise.all([
        expect(closed).rejects.toMatchObject({ name: "CollectorError" }),
        collector.close(),
        collector.close(),
      ]);
    } finally {
      await nats.resume();
    }
  });

  it("leaves no connection behind when it is closed", async () => {
    const connections = async () => {
      const varz = await fetch(`${nats.monitoring}/varz`);
      return ((await varz.json()) as { connections: number }).connections;
    };
    await expect.poll(connections).toBe(0);
    const collector = collect(nats);
    await collector.sample(never);
    expect(await connections()).toBe(1);
    await collector.close();
    await expect.poll(connections).toBe(0);
  });
});

describe("where there is no NATS server", () => {
  let other: Loopback;
  const at = () => `127.0.0.1:${other.port}`;
  afterEach(() => other.close());

  it("recognises a web server", async () => {
    other = await listenHttp((_, response) => response.end("hello"));
    await expect(collect(at(), { connectTimeoutMs: 400 }).sample(never)).rejects.toMatchObject({
      code: "PROTOCOL",
      message: expect.stringContaining("web server"),
      hint: expect.stringContaining("4222"),
    });
  });

  it("gives up on silence in time, at most one attempt a second", async () => {
    other = await listenTcp(() => {});
    const collector = collect(at(), { connectTimeoutMs: 200 });
    const startedAt = performance.now();
    await expect(collector.sample(never)).rejects.toMatchObject({ code: "TIMEOUT" });
    for (let i = 0; i < 2; i++)
      await expect(collector.sample(never)).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(other.accepted).toBe(3);
    expect(performance.now() - startedAt).toBeGreaterThan(2_000);
    await expect.poll(() => other.open).toBe(0);
  });

  it("goes on to the next server", async () => {
    other = await listenTcp((socket) => socket.end());
    const nats = await startLocalNats();
    opened.push({ close: () => nats.stop() });
    const observation = await collect(at(), { servers: [at(), nats.address] }).sample(never);
    expect(fact(observation, "Version")).toMatch(/^nats-server \d/);
  });
});

describe("permissions", () => {
  let nats: Nats;
  beforeAll(async () => {
    nats = await startLocalNats({
      config: `
        accounts {
          JS: {
            jetstream: enabled
            users: [
              {user: all, password: pw}
              {user: none, password: pw, permissions: {publish: {deny: ["$JS.API.>"]}}}
              {user: streams, password: pw, permissions: {publish: {deny: ["$JS.API.CONSUMER.>", "$JS.API.INFO"]}}}
              {user: mute, password: pw, permissions: {subscribe: {deny: ["_INBOX.>"]}}}
            ]
          }
          PLAIN: {users: [{user: plain, password: pw}]}
        }`,
    });
    const nc = await connect({ servers: nats.address.replace("nats://", ""), user: "all", pass: "pw" });
    const jsm = await jetstreamManager(nc);
    await jsm.streams.add({ name: "A", subjects: ["a"] });
    await jsm.consumers.add("A", { durable_name: "one", ack_policy: AckPolicy.Explicit });
    await nc.close();
  });
  afterAll(() => nats?.stop());
  const as = (user: string, options: Partial<NatsCollectorOptions> = {}) =>
    collect(nats, { monitoring: undefined, auth: { user, password: "pw" }, ...options }).sample(never);

  it("samples for a user who may", async () => {
    expect(consumerKeys(await as("all"))).toEqual(["A.one"]);
  });

  it.each([
    ["a wrong password", { user: "all", password: "wrong" }],
    ["nobody", undefined],
    ["a token nobody gave", { token: "t" }],
  ])("refuses %s", async (_, auth) => {
    await expect(collect(nats, { auth }).sample(never)).rejects.toMatchObject({ code: "AUTH" });
  });

  it("says at once that a secret cannot be read", async () => {
    for (const auth of [{ nkeySeed: "nonsense" }, { creds: "nonsense" }]) {
      await expect(collect(nats, { auth }).sample(never)).rejects.toMatchObject({ code: "AUTH" });
    }
  });

  it("names the subject that may not be asked", async () => {
    await expect(as("none")).rejects.toMatchObject({
      code: "DENIED",
      message: expect.stringContaining('"$JS.API.STREAM.LIST"'),
    });
    await expect(as("mute")).rejects.toMatchObject({
      code: "DENIED",
      hint: expect.stringContaining("_INBOX.>"),
    });
  });

  it("keeps the core when JetStream may not be asked", async () => {
    const observation = await as("none", { monitoring: [nats.monitoring!] });
    expect(streamKeys(observation)).toEqual([CORE_KEY]);
    expect(observation.failures).toMatchObject([{ scope: "source", subject: "JetStream", code: "DENIED" }]);
  });

  it("keeps the streams whose consumers may not be listed, and does not ask again at once", async () => {
    const collector = collect(nats, { monitoring: undefined, auth: { user: "streams", password: "pw" } });
    const first = await collector.sample(never);
    expect(streamKeys(first)).toEqual(["A"]);
    expect(first.failures).toMatchObject([
      {
        scope: "stream",
        subject: "A",
        code: "DENIED",
        message: expect.stringContaining("$JS.API.CONSUMER.LIST.A"),
      },
    ]);
    const second = await collector.sample(never);
    expect(second.failures).toEqual(first.failures);
    expect(second.cost.requests).toBe(2); // streams and a ping
  });

  it("finds nothing wrong with an account without JetStream", async () => {
    const observation = await as("plain");
    expect(observation.failures).toEqual([]);
    expect(fact(observation, "JetStream")).toMatch(/^off/);
  });
});

it("samples the core alone where the server runs without JetStream", async () => {
  const nats = await startLocalNats({ jetstream: false });
  opened.push({ close: () => nats.stop() });
  const observation = await collect(nats).sample(never);
  expect(streamKeys(observation)).toEqual([CORE_KEY]);
  expect(observation.failures).toEqual([]);
  expect(fact(observation, "JetStream")).toMatch(/^off/);
  const unwanted = await collect(nats, { jetstream: false }).sample(never);
  expect(fact(unwanted, "JetStream")).toBe("not sampled");
});
