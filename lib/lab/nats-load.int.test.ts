import { once } from "node:events";
import { createServer } from "node:net";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startLocalNats } from "../../brokers/index.ts";
import type { Load } from "./load.ts";
import { startNatsLoad } from "./nats-load.ts";

let nats: Awaited<ReturnType<typeof startLocalNats>>;
let load: Load | undefined;
let nc: NatsConnection;
let lines: string[];

beforeEach(async () => {
  nats = await startLocalNats();
  nc = await connect({
    servers: nats.address.replace("nats://", ""),
    name: "test",
    maxReconnectAttempts: -1,
    reconnectTimeWait: 200,
  });
  lines = [];
});
afterEach(async () => {
  await load?.stop();
  load = undefined;
  await nc.close();
  await nats.stop();
});

const start = async (scale: number) => {
  load = await startNatsLoad({ address: nats.address, log: (line) => lines.push(line), scale });
  return load;
};

async function consumer(stream: string, name: string) {
  const manager = await jetstreamManager(nc);
  const info = await manager.consumers.info(stream, name);
  return { ...info, backlog: info.num_pending + info.num_ack_pending };
}
const backlogOf = async (name: string, stream = "ORDERS") => (await consumer(stream, name)).backlog;

/** Stands in for the dead server until its eight connections cannot but have been turned away. */
async function everyConnectionTriedTwice() {
  let turnedAway = 0;
  const server = createServer((socket) => {
    turnedAway++;
    socket.destroy();
  });
  server.listen(Number(new URL(nats.address).port), "127.0.0.1");
  await expect.poll(() => turnedAway, patient).toBeGreaterThan(16);
  server.close();
  await once(server, "close");
}

const patient = { timeout: 20_000, interval: 100 };

it("produces, lets audit fall behind and drains when producing stops", async () => {
  const { counts, setProducing, describe } = await start(2);
  expect(describe.join("\n")).toMatch(/audit reads ORDERS, at most 368\/s/);
  await expect.poll(() => counts().sent, patient).toBeGreaterThan(2_000);
  await expect.poll(() => backlogOf("audit"), patient).toBeGreaterThan(60);
  expect(counts().finished).toBeGreaterThan(counts().sent / 2);
  await expect.poll(() => backlogOf("edge-sync", "TELEMETRY"), patient).toBeLessThan(100);
  expect((await consumer("TELEMETRY", "edge-sync")).push_bound).toBe(true);

  setProducing(false);
  const { sent } = counts();
  for (const name of ["audit", "invoice"]) await expect.poll(() => backlogOf(name), patient).toBe(0);
  for (const name of ["dashboard", "edge-sync"]) {
    await expect.poll(() => backlogOf(name, "TELEMETRY"), patient).toBe(0);
  }
  expect(counts().sent).toBeLessThanOrEqual(sent + 300); // what was under way
  const manager = await jetstreamManager(nc);
  const stored = async (name: string) => (await manager.streams.info(name)).state.messages;
  const { delivered, ack_floor } = await consumer("ORDERS", "audit");
  expect(delivered.stream_seq).toBe(await stored("ORDERS"));
  expect(ack_floor.stream_seq).toBe(delivered.stream_seq);
  expect(lines).toEqual([]);

  setProducing(true);
  await expect.poll(() => counts().sent, patient).toBeGreaterThan(sent + 300);
});

it("names its connections, spreads requests over the queue group and leaves nothing open", async () => {
  await start(1);
  type Connz = { connections: { name: string; in_msgs: number }[] };
  const connections = async () => {
    const response = await fetch(`${nats.monitoring}/connz`);
    return ((await response.json()) as Connz).connections.filter(({ name }) => name !== "test");
  };
  const repliesOf = async (name: string) =>
    (await connections()).find((one) => one.name === name)?.in_msgs ?? 0;
  for (const worker of ["demo-quotes-1", "demo-quotes-2"]) {
    await expect.poll(() => repliesOf(worker), patient).toBeGreaterThan(5);
  }
  expect((await connections()).map(({ name }) => name).sort()).toEqual([
    "demo-audit",
    "demo-customer",
    "demo-dashboard",
    "demo-edge-sync",
    "demo-invoice",
    "demo-publisher",
    "demo-quotes-1",
    "demo-quotes-2",
  ]);
  await load!.stop();
  await expect.poll(connections).toEqual([]);
});

it("goes on after its server was killed, and says so once", async () => {
  const { counts } = await start(1);
  await expect.poll(() => counts().sent, patient).toBeGreaterThan(200);
  await nats.kill();
  await expect.poll(() => lines.length, patient).toBe(1);
  await everyConnectionTriedTwice();
  await nats.restart();
  await expect
    .poll(() => lines, patient)
    .toEqual([
      expect.stringMatching(/does not take part/),
      expect.stringMatching(/is back, the load goes on/),
    ]);
  const { sent, finished } = counts();
  await expect.poll(() => counts().sent, patient).toBeGreaterThan(sent + 500);
  await expect.poll(() => counts().finished, patient).toBeGreaterThan(finished + 500);
  for (const [stream, name] of [
    ["ORDERS", "invoice"],
    ["TELEMETRY", "dashboard"],
    ["TELEMETRY", "edge-sync"],
  ] as const) {
    await expect.poll(() => backlogOf(name, stream), patient).toBeLessThan(50);
  }
  // What was handed out when the server was killed holds the floor until the server gives it out again, after 30 s.
  const before = (await consumer("ORDERS", "audit")).ack_floor.stream_seq;
  await expect
    .poll(async () => (await consumer("ORDERS", "audit")).ack_floor.stream_seq, {
      ...patient,
      timeout: 45_000,
    })
    .toBeGreaterThan(before);
}, 120_000);

it("makes its streams anew where they were deleted", async () => {
  const { counts } = await start(1);
  const manager = await jetstreamManager(nc);
  for (const name of ["ORDERS", "TELEMETRY"]) await manager.streams.delete(name);
  await expect.poll(() => lines.at(-1), patient).toMatch(/is back/);
  const { sent } = counts();
  await expect.poll(() => counts().sent, patient).toBeGreaterThan(sent + 300);
  await expect.poll(() => backlogOf("edge-sync", "TELEMETRY").catch(() => -1), patient).toBe(0);
});

it("stops while its server is gone", async () => {
  await start(1);
  await nats.kill();
  await expect.poll(() => lines.length, patient).toBe(1);
  await load!.stop();
});

it("leaves a stream of somebody else alone", async () => {
  const manager = await jetstreamManager(nc);
  await manager.streams.add({ name: "ORDERS", subjects: ["legacy.orders"] });
  await expect(start(1)).rejects.toThrow("a stream named ORDERS exists and does not take orders.>");
  expect((await manager.streams.info("ORDERS")).config.subjects).toEqual(["legacy.orders"]);
});
