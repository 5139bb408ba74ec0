import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLocalNats } from "../../../../brokers/index.ts";
import type { SourceEvent } from "../../../model/source.ts";
import type { Collector } from "../../../sample/collector.ts";
import type { Sample } from "../../../sample/sample.ts";
import { createNatsCollector } from "../collector.ts";
import type { NatsCollectorOptions } from "../config.ts";
import { natsWords } from "../words.ts";

type Nats = Awaited<ReturnType<typeof startLocalNats>>;

const never = new AbortController().signal;
const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

let nats: Nats;
beforeAll(async () => {
  nats = await startLocalNats({
    config: `
      write_deadline: "1500ms"
      system_account: SYS
      accounts {
        APP: {jetstream: enabled, users: [{user: app, password: pw}]}
        OTHER: {jetstream: enabled, users: [{user: other, password: pw}]}
        SYS: {users: [
          {user: sys, password: pw}
          {user: varz, password: pw, permissions: {publish: ["$SYS.REQ.SERVER.PING.VARZ"]}}
        ]}
      }`,
  });
});
afterAll(() => nats?.stop());

const as = (user: string) => ({ user, password: "pw" });
function collect(change: Partial<NatsCollectorOptions>): Collector {
  const collector = createNatsCollector({
    id: "test",
    servers: [nats.address],
    auth: as("app"),
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 2_000,
    ...change,
  });
  opened.push(collector);
  return collector;
}
const bySystemAccount = () => collect({ systemAccount: as("sys") });
const byMonitoring = () => collect({ monitoring: [nats.monitoring!] });

async function client(user: string, name: string): Promise<NatsConnection> {
  const nc = await connect({
    servers: nats.address.replace("nats://", ""),
    ...{ user, pass: "pw", name },
  });
  opened.push(nc);
  return nc;
}

/** A client that subscribes and never reads what it is sent. */
async function deafClient(name: string, subject: string): Promise<Socket> {
  const [host, port] = nats.address.replace("nats://", "").split(":");
  const socket = connectTcp({ host: host!, port: Number(port) });
  opened.push({ close: () => socket.destroy() });
  socket.on("error", () => {});
  await once(socket, "data");
  const options = { user: "app", pass: "pw", name, verbose: false, lang: "raw", version: "1" };
  socket.write(`CONNECT ${JSON.stringify(options)}\r\nSUB ${subject} 1\r\nPING\r\n`);
  await once(socket, "data");
  socket.pause();
  return socket;
}

type Row = Record<string, string | number | null | undefined>;
/** The rows of a section as objects, by the labels of its columns. */
function rowsOf({ sections }: Sample, key: string): Row[] {
  const section = sections?.find((one) => one.key === key);
  return (section?.rows ?? []).map(({ cells, trouble }) => ({
    ...Object.fromEntries(section!.columns.map(({ label }, i) => [label, cells[i]])),
    trouble,
  }));
}
const rowOf = (observation: Sample, key: string, label: string, value: string) =>
  rowsOf(observation, key).find((row) => row[label] === value);

async function ask(path: string): Promise<Record<string, never>> {
  return (await fetch(`${nats.monitoring}/${path}`)).json() as Promise<Record<string, never>>;
}

it("tells the round trip of a connection as its server measured it, and no age", async () => {
  const reader = await client("app", "reader");
  reader.subscribe("trip");
  await reader.flush();
  const writer = await client("app", "writer");
  writer.publish("trip", "x");
  await writer.flush();
  const told = (await ask("connz")) as unknown as { connections: { name?: string; rtt?: string }[] };
  expect(told.connections.find(({ name }) => name === "reader")?.rtt).toMatch(/^\d/);
  const { layout, positions } = await byMonitoring().sample(never);
  const row = layout.consumers.findIndex(({ name }) => name === "reader");
  expect(positions.roundTripMs![row]).toBeGreaterThan(0);
  expect(positions.roundTripMs![row]).toBeLessThan(10_000);
  expect(positions.latencyMs).toBeNull();
});

describe("what servers tell of themselves", () => {
  it("agrees with the endpoints, however it is asked", async () => {
    const app = await client("app", "app");
    const other = await client("other", "other");
    other.subscribe("plain");
    await Promise.all([app.flush(), other.flush()]);
    for (let i = 0; i < 7; i++) other.publish("plain", "12345");
    await other.flush();

    const varz = (await ask("varz")) as unknown as Record<string, string | number>;
    for (const collector of [bySystemAccount(), byMonitoring()]) {
      const observation = await collector.sample(never);
      expect(observation.failures).toEqual([]);
      expect(observation.sections!.map(({ key }) => key)).toEqual([
        "servers",
        "connections",
        "queue-groups",
        "accounts",
      ]);
      const [server] = rowsOf(observation, "servers");
      expect(server).toMatchObject({
        Server: varz.server_name,
        Version: varz.version,
        "Slow consumers": 0,
        "API errors": expect.any(Number),
      });
      expect(server!.Memory).toBeGreaterThan(1e6);
      expect(server!.In).toBeGreaterThanOrEqual(varz.in_msgs as number);
      expect(rowOf(observation, "connections", "Client", "other")).toMatchObject({
        Account: "OTHER",
        Server: varz.server_name,
        Waiting: 0,
        Limit: varz.max_pending,
        In: 7,
        Out: 7,
        "Bytes in": 35,
        Subscriptions: 1,
      });
      expect(rowOf(observation, "accounts", "Account", "OTHER")).toMatchObject({
        Connections: 1,
        In: 7,
        Out: 7,
        "Bytes out": 35,
        "Slow consumers": 0,
      });
      expect(rowOf(observation, "accounts", "Account", "APP")).toMatchObject({ "JetStream disk": 0 });
      expect(rowsOf(observation, "connections").map((row) => row.Client)).not.toContain("streamside");
      const core = observation.layout.streams.findIndex(({ kind }) => kind === "core");
      expect(observation.streams.inTotal![core]).toBeGreaterThanOrEqual(varz.in_client_msgs as number);
      const row = observation.layout.consumers.findIndex(({ name }) => name === "other");
      expect(natsWords.consumerFacts(observation, row)).toContainEqual({ label: "Account", value: "OTHER" });
      await collector.close();
    }
  });

  it("names the client that does not read, before and after it is dropped for it", async () => {
    const app = await client("app", "app");
    const collectors = [bySystemAccount(), byMonitoring()];
    for (const collector of collectors) await collector.sample(never);
    await deafClient("edge-7", "flood");
    const payload = new Uint8Array(512 << 10);
    for (let i = 0; i < 40; i++) app.publish("flood", payload);
    await app.flush();

    const waiting = async (collector: Collector) => {
      const observation = await collector.sample(never);
      const row = observation.layout.consumers.findIndex(({ name }) => name === "edge-7");
      return {
        shown: Number(rowOf(observation, "connections", "Client", "edge-7")?.Waiting) > 0,
        backlog: observation.positions.backlog![row]! > 0,
        explained: natsWords.explain(observation, row, "behind")?.includes("the server drops it at 64.0 MiB"),
        first: rowsOf(observation, "connections")[0]?.Client,
      };
    };
    const seen = { shown: true, backlog: true, explained: true, first: "edge-7" };
    await Promise.all(
      collectors.map((collector) => expect.poll(() => waiting(collector), { timeout: 5_000 }).toEqual(seen)),
    );

    for (const collector of collectors) {
      const events: SourceEvent[] = [];
      const dropped = async () => {
        const observation = await collector.sample(never);
        events.push(...observation.events);
        return rowOf(observation, "dropped", "Client", "edge-7");
      };
      await expect
        .poll(dropped, { timeout: 8_000 })
        .toMatchObject({ Account: "APP", Why: "Slow Consumer (Write Deadline)" });
      const row = (await dropped())!;
      expect(row["Was waiting"]).toBeGreaterThan(1 << 20);
      expect(events.map(({ kind }) => kind)).toEqual(["slow-consumer-dropped"]);
      expect(events[0]!.title).toMatch(
        /^Client edge-7 \(127\.0\.0\.1:\d+, account APP, on .+\) was dropped: slow consumer, write deadline, [\d.]+ MiB waiting$/,
      );
      expect(rowsOf(await collector.sample(never), "servers")[0]!["Slow consumers"]).toBe(1);
    }
    // Whoever comes later is told of it, too, as what happened before.
    const later = await byMonitoring().sample(never);
    expect(rowOf(later, "dropped", "Client", "edge-7")).toBeDefined();
    expect(later.events).toEqual([]);
  });

  it("counts what each member of a queue group got as they do themselves", async () => {
    const publisher = await client("other", "publisher");
    const members = await Promise.all(["one", "two", "three"].map((name) => client("other", name)));
    const counts = members.map(() => 0);
    for (const [i, member] of members.entries()) {
      member.subscribe("work.>", { queue: "workers", callback: () => void counts[i]!++ });
      await member.flush();
    }
    for (let i = 0; i < 3_000; i++) publisher.publish(`work.${i}`);
    await publisher.flush();
    await expect.poll(() => counts.reduce((a, b) => a + b)).toBe(3_000);
    const most = Math.max(...counts);
    const least = Math.min(...counts);
    for (const collector of [bySystemAccount(), byMonitoring()]) {
      const group = rowsOf(await collector.sample(never), "queue-groups").find(
        ({ Group: name }) => name === "workers",
      )!;
      expect(group).toMatchObject({ Subject: "work.>", Account: "OTHER", Members: 3, Messages: 3_000 });
      expect(group["Even share"]).toBeCloseTo(100 / 3);
      expect(group.Busiest).toBeCloseTo(most / 30);
      expect(group.Laziest).toBeCloseTo(least / 30);
      expect(group["Busiest member"]).toMatch(
        new RegExp(`^${["one", "two", "three"][counts.indexOf(most)]} #\\d+$`),
      );
      expect(group.trouble).toBeUndefined();
    }
  });
});

it("tells the streams of all accounts, each once", async () => {
  for (const [user, stream] of [
    ["app", "MINE"],
    ["other", "THEIRS"],
  ] as const) {
    const nc = await client(user, user);
    const jsm = await jetstreamManager(nc);
    await jsm.streams.add({ name: stream, subjects: [`${user}.>`], storage: "memory" });
    await jsm.consumers.add(stream, { durable_name: "reader", ack_policy: AckPolicy.Explicit });
    for (let i = 0; i < 10; i++) await jetstream(nc).publish(`${user}.x`);
    const reader = await jetstream(nc).consumers.get(stream, "reader");
    for await (const message of await reader.fetch({ max_messages: 4, expires: 2_000 }))
      await message.ackAck();
  }
  const { layout, lanes, positions, failures } = await bySystemAccount().sample(never);
  expect(failures).toEqual([]);
  expect(layout.streams.map(({ key, account }) => [key, account])).toEqual([
    ["MINE", undefined],
    ["OTHER/THEIRS", "OTHER"],
    ["$core", undefined],
  ]);
  for (const row of [0, 1]) {
    expect(lanes.head[row]).toBe(11);
    expect(positions.backlog![row]).toBe(6);
    expect(positions.position[row]).toBe(5);
  }
  expect(layout.consumers[1]!.key).toBe("OTHER/THEIRS.reader");
});

describe("a user that is meant to be of the system account", () => {
  it("and is not, costs only what it would have told", async () => {
    const collector = collect({ systemAccount: as("other") });
    const observation = await collector.sample(never);
    expect(observation.sections).toEqual([]);
    expect(observation.failures).toMatchObject([
      { scope: "source", subject: "system account", code: "ANSWERED_ERROR" },
    ]);
    // Nor does it cost that, where there is another way.
    const both = await collect({ systemAccount: as("other"), monitoring: [nats.monitoring!] }).sample(never);
    expect(rowsOf(both, "servers")).toHaveLength(1);
    expect(both.failures).toHaveLength(1);
  });

  it("and may not ask everything, is told what is missing, and endpoints fill it in", async () => {
    const observation = await collect({ systemAccount: as("varz") }).sample(never);
    expect(rowsOf(observation, "servers")).toHaveLength(1);
    expect(observation.failures).toContainEqual(
      expect.objectContaining({
        code: "DENIED",
        message: expect.stringContaining('"$SYS.REQ.SERVER.PING.CONNZ"'),
      }),
    );
    const filled = await collect({ systemAccount: as("varz"), monitoring: [nats.monitoring!] }).sample(never);
    expect(filled.sections!.map(({ key }) => key)).toEqual(
      expect.arrayContaining(["servers", "connections", "accounts"]),
    );
  });
});
