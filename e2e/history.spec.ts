import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "@playwright/test";
import { io } from "socket.io-client";
import { type LocalBroker, startLocalNats } from "../brokers/index.ts";
import type { SnapshotMessage } from "../lib/model/live.ts";
import type { ConsumerMeta } from "../lib/model/views.ts";
import { type OwnServer, startOwnServer } from "./own-server.ts";

let nats: LocalBroker;
let server: OwnServer | undefined;
let folder: string;

test.beforeAll(async () => {
  nats = await startLocalNats();
  const client = await connect({ servers: nats.address });
  const manager = await jetstreamManager(client);
  await manager.streams.add({ name: "ORDERS", subjects: ["orders"] });
  await manager.consumers.add("ORDERS", { durable_name: "worker", ack_policy: AckPolicy.Explicit });
  for (let message = 0; message < 7; message++) await jetstream(client).publish("orders");
  await client.close();
  folder = await mkdtemp(join(tmpdir(), "streamside-history-"));
});

test.afterAll(async () => {
  await server?.end("SIGINT");
  await nats?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const start = async () => {
  const source = `{ id: n, kind: nats, servers: "${nats.address}", intervalMs: 250 }`;
  server = await startOwnServer(folder, `history: true\nsources: [${source}]\n`);
  return server;
};

/** The page of the one consumer there is, as a browser gets it first. */
async function pageOf(url: string) {
  const socket = io(url, { transports: ["websocket"] });
  try {
    const { frame } = await new Promise<SnapshotMessage>((resolve) => {
      socket.on("snapshot", resolve);
      socket.emit("subscribe", { view: "consumer", id: "n:ORDERS.worker" }, () => {});
    });
    return { points: frame.series?.t ?? [], consumer: (frame.meta as unknown as ConsumerMeta).consumer };
  } finally {
    socket.disconnect();
  }
}

for (const signal of ["SIGINT", "SIGKILL"] as const) {
  test(`after ${signal} it goes on where it was`, async ({ page }) => {
    const { url } = await start();
    await expect.poll(async () => (await pageOf(url)).points.length).toBeGreaterThan(20);
    const before = await pageOf(url);
    await server!.end(signal);
    const endedAt = Date.now();

    const again = await start();
    // It is late until it was sampled once.
    await expect.poll(async () => (await pageOf(again.url)).points.at(-1)!).toBeGreaterThan(endedAt);
    const after = await pageOf(again.url);
    // All is there but what was on its way to the disk: two seconds at the most.
    const there = new Set(after.points);
    const lost = before.points.filter((at) => !there.has(at));
    expect(lost.every((at) => at > endedAt - 2_000)).toBe(true);
    expect(after.points.filter((at) => at < endedAt - 2_000).length).toBeGreaterThan(5);
    expect(after.consumer).toMatchObject({ status: before.consumer!.status, since: before.consumer!.since });
    expect(after.consumer!.backlog.value).toBe(7);

    await page.goto(`${again.url}/consumers/n:ORDERS.worker`);
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
    await server!.end("SIGINT");
  });
}
