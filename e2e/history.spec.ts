import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, type Page, test } from "@playwright/test";
import { parquetReadObjects } from "hyparquet";
import { io, type Socket } from "socket.io-client";
import { type LocalBroker, startLocalNats } from "../brokers/index.ts";
import type {
  ClientToServerEvents,
  LiveQueryInput,
  PastAck,
  ServerToClientEvents,
  SnapshotMessage,
} from "../lib/model/live.ts";
import type { LongSeriesAnswer } from "../lib/model/long-series.ts";
import type { ConsumerMeta } from "../lib/model/views.ts";
import { readSegments } from "../lib/recording/read-segments.ts";
import { listSegments } from "../lib/recording/segment-files.ts";
import { type OwnServer, openRecording, startOwnServer } from "./own-server.ts";

let nats: LocalBroker;
let server: OwnServer | undefined;
let folder: string;

test.beforeAll(async () => {
  nats = await startLocalNats();
  const client = await connect({ servers: nats.address });
  const manager = await jetstreamManager(client);
  await manager.streams.add({ name: "ORDERS", subjects: ["orders"] });
  await manager.consumers.add("ORDERS", { durable_name: "worker", ack_policy: AckPolicy.Explicit });
  await client.close();
  await publish(7);
  folder = await mkdtemp(join(tmpdir(), "streamside-history-"));
});

async function publish(messages: number) {
  const client = await connect({ servers: nats.address });
  for (let message = 0; message < messages; message++) await jetstream(client).publish("orders");
  await client.close();
}

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

test("a moment that is over is the page that was live then, in every browser, until one goes live again", async ({
  page,
  browser,
}) => {
  const { url } = await start();
  await expect.poll(async () => (await pageOf(url)).points.length).toBeGreaterThan(20);
  const backlog = (of: Page) =>
    of
      .getByRole("row", { name: /worker/ })
      .getByRole("cell")
      .nth(3)
      .textContent();
  await page.goto(`${url}/consumers`);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await expect.poll(() => backlog(page)).toContain("7");

  // Pausing is choosing the moment that is now.
  await page.keyboard.press(" ");
  await expect(page).toHaveURL(/[?&]at=\d{4}-\d\d-\d\dT/);
  await expect(page.getByText("Past", { exact: true })).toBeVisible();
  const link = page.url();
  await publish(5);
  await expect.poll(async () => (await pageOf(url)).consumer!.backlog.value).toBe(12);
  expect(await backlog(page)).toContain("7");
  await page.reload();
  await expect.poll(() => backlog(page)).toContain("7");

  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  await other.goto(link);
  await expect.poll(() => backlog(other)).toContain("7");
  // All pages are of one moment.
  await other
    .getByRole("link", { name: /worker/ })
    .first()
    .click();
  await expect(other).toHaveURL(/consumers\/n.*at=/);
  await expect(other.getByText(/7 messages? waiting/).first()).toBeVisible();
  await elsewhere.close();

  // Steps, typed moments and the slider.
  const at = () => Date.parse(new URL(page.url()).searchParams.get("at")!);
  const paused = at();
  await page.locator("main").click({ position: { x: 5, y: 5 } });
  await page.keyboard.press("ArrowLeft");
  await expect.poll(at).toBe(paused - 1_000);
  await page.getByLabel("Go to a moment").fill("some day");
  await page.keyboard.press("Enter");
  await expect(page.getByText(/Write a moment that has been/)).toBeVisible();
  await page.getByLabel("Go to a moment").fill("1s ago");
  await page.keyboard.press("Enter");
  await expect.poll(at).toBeGreaterThan(paused);
  await expect.poll(() => backlog(page)).toContain("12");
  await page.getByRole("slider", { name: "Moment" }).press("Home");
  await expect.poll(at).toBeLessThan(paused - 1_000);

  await page.getByRole("button", { name: "Live" }).first().click();
  await expect(page).not.toHaveURL(/at=/);
  await expect(page.getByText("Live", { exact: true }).first()).toBeVisible();
  await expect.poll(() => backlog(page)).toContain("12");

  // What is dragged over is what all charts show.
  await page.goto(`${url}/consumers/n:ORDERS.worker?window=5m`);
  const plot = page.locator(".u-over").first();
  await expect(plot).toBeVisible();
  const box = (await plot.boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.95, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.99, box.y + 20, { steps: 5 });
  await page.mouse.up();
  await expect(page).toHaveURL(/window=\d+s.*at=|at=.*window=\d+s/);
  await server!.end("SIGINT");
});

test("every view of a moment that is over is what was live then, field by field", async () => {
  const { url } = await start();
  await expect.poll(async () => (await pageOf(url)).points.length).toBeGreaterThan(20);
  for (const query of [
    { view: "overview" },
    { view: "consumers" },
    { view: "streams" },
    { view: "sources" },
    { view: "events" },
    { view: "consumer", id: "n:ORDERS.worker" },
    { view: "source", id: "n" },
  ] as const) {
    // What is on its way from the source at that very moment may be in one and not in the other.
    await expect.poll(() => isSameInThePast(url, query), { message: query.view }).toBe("the same");
  }
  const ahead = await fetch(`${url}/api/v1/overview?at=${Date.now() + 60_000}`);
  expect([ahead.status, await ahead.json()]).toMatchObject([
    400,
    { detail: expect.stringMatching(/not come/) },
  ]);
  const before = await fetch(`${url}/api/v1/overview?at=2020-01-01T00:00:00Z`);
  const why = { detail: expect.stringMatching(/Nothing is recorded/) };
  expect([before.status, await before.json()]).toMatchObject([404, why]);
  await server!.end("SIGINT");
});

test("what is marked is kept, and exported it is the same pages on a server that has no broker", async ({
  page,
}) => {
  const { url } = await start();
  await expect.poll(async () => (await pageOf(url)).points.length).toBeGreaterThan(20);
  await page.goto(`${url}/?window=5m`);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await page.keyboard.press(" ");
  await page.getByRole("button", { name: "Mark" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Name").fill("It stands still");
  await form.getByLabel("Note").fill("Nobody reads.");
  await form.getByLabel("From").fill("tomorrow");
  await form.getByRole("button", { name: "Keep it" }).click();
  await expect(form.getByRole("alert")).toContainText("moments that have been");
  await form.getByLabel("From").fill("1m ago");
  await form.getByRole("button", { name: "Keep it" }).click();
  await form.getByRole("link", { name: "See all under History" }).click();

  const incident = page.getByRole("listitem").filter({ hasText: "It stands still" });
  await expect(incident).toContainText("Nobody reads.");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    incident.getByRole("link", { name: "Export" }).click(),
  ]);
  const file = join(folder, download.suggestedFilename());
  expect(file).toMatch(/\.streamside$/);
  await download.saveAs(file);
  await incident.getByRole("link", { name: "It stands still" }).click();
  const at = () => new URL(page.url()).searchParams.get("at")!;
  await expect.poll(() => new URL(page.url()).pathname).toBe("/");
  const moment = at();
  const asked = async (of: string, path: string) => (await fetch(`${of}/api/v1/${path}?at=${moment}`)).json();
  const paths = ["overview", "consumers", "streams", "sources", "consumers/n:ORDERS.worker", "events"];
  const before = await Promise.all(paths.map((path) => asked(url, path)));
  const waited = await longestOf(url, Date.parse(moment));

  await page.goto(`${url}/history`);
  await incident.getByRole("button", { name: "Delete" }).click();
  await incident.getByRole("button", { name: "for good" }).click();
  await expect(page.getByText("Nothing is marked")).toBeVisible();
  await server!.end("SIGINT");

  const opened = await openRecording(folder, file);
  try {
    expect(await Promise.all(paths.map((path) => asked(opened.url, path)))).toEqual(before);
    // Long charts are made of it again.
    expect(waited.length).toBeGreaterThan(0);
    expect(await longestOf(opened.url, Date.parse(moment))).toEqual(waited);
    await page.goto(opened.url);
    await expect(page.getByText("recorded: It stands still")).toBeVisible();
    expect(at()).toBe(moment);
    await expect(page.getByRole("row", { name: /worker/ })).toBeVisible();
    for (const name of ["Consumers", "Streams", "Calls", "Sources", "Changes", "History"]) {
      await page.getByRole("navigation").getByRole("link", { name }).click();
      await expect(page).toHaveURL(/at=/);
      await expect(page.getByText("Recorded", { exact: true })).toBeVisible();
    }
    await expect(page.getByText("Nobody reads.")).toBeVisible();
    await page.goto(`${opened.url}/?at=${new Date(Date.parse(moment) + 600_000).toISOString()}`);
    await expect(page.getByText(/Nothing was recorded at that moment.*was there last/)).toBeVisible();
    const refused = await fetch(`${opened.url}/api/v1/incidents`, { method: "POST", body: "{}" });
    expect(refused.status).toBe(404);
  } finally {
    await opened.end("SIGINT");
  }
});

/** The most that waited in each of the last steps of 10 s that were over at a moment. */
async function longestOf(url: string, at: number): Promise<(readonly [number, number])[]> {
  const asked = new URLSearchParams({
    ...{ entity: "n:ORDERS.worker", measure: "backlog", step: "10" },
    ...{ from: String(at - 20_000), to: String(at) },
  });
  const { series } = (await (await fetch(`${url}/api/v1/history?${asked}`)).json()) as LongSeriesAnswer;
  return series[0]!.points.flatMap(([t, , , max]) => (t + 10_000 <= at ? [[t, max] as const] : []));
}

/** Compares what is live with what is told of the same moment right after. */
async function isSameInThePast(url: string, query: LiveQueryInput): Promise<string> {
  const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io(url, { transports: ["websocket"] });
  try {
    const live = await new Promise<SnapshotMessage>((resolve) => {
      socket.on("snapshot", resolve);
      socket.emit("subscribe", query, () => {});
    });
    const past = await new Promise<PastAck>((resolve) =>
      socket.emit("past", query, live.serverTime, resolve),
    );
    if (!past.ok) return past.problem.detail;
    const [was, is] = [live.frame, past.frame].map((frame) => JSON.stringify({ ...frame, asOf: 0 }));
    return was === is ? "the same" : `live: ${was}\npast: ${is}`;
  } finally {
    socket.disconnect();
  }
}

/** So many times; more with STREAMSIDE_RUNS. */
const KILLS = Number(process.env.STREAMSIDE_RUNS ?? 3);

test("killed at any moment it loses two seconds at most, and all that it has registered is whole", async () => {
  test.setTimeout(60_000 + KILLS * 15_000);
  const recording = join(folder, "data", "history");
  for (let kill = 0; kill < KILLS; kill++) {
    const { url } = await start();
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(200);
    const asOfNow = async () =>
      ((await (await fetch(`${url}/api/v1/overview`)).json()) as { asOf: number }).asOf;
    // Somewhere between two writes.
    const until = (await asOfNow()) + Math.random() * 2_500;
    await expect.poll(asOfNow, { intervals: [7] }).toBeGreaterThan(until);
    const asOf = await asOfNow();
    await server!.end("SIGKILL");

    let last = 0;
    const unread: string[] = [];
    const files = await listSegments(recording);
    expect(files.length).toBeGreaterThan(0);
    for await (const entry of readSegments(files, (path, error) =>
      unread.push(`${path}: ${error.message}`),
    )) {
      if (entry.kind === "round") last = Math.max(last, entry.at);
    }
    expect(unread).toEqual([]);
    expect(asOf - last).toBeLessThanOrEqual(2_000);
  }
});

/** How many samples each step of 10 s before a moment has of the consumer, by when it began: from the file that is saved. */
async function countsOf(url: string, before: number): Promise<Map<number, number>> {
  const asked = new URLSearchParams({
    ...{ entity: "n:ORDERS.worker", measure: "backlog", format: "parquet", step: "10" },
    ...{ from: String(before - 900_000), to: String(before) },
  });
  const file = await (await fetch(`${url}/api/v1/history?${asked}`)).arrayBuffer();
  const compressors = { BROTLI: (bytes: Uint8Array) => brotliDecompressSync(bytes) };
  const rows = await parquetReadObjects({ file, compressors, columns: ["measure", "t", "count"] });
  const steps = rows.filter(({ measure, t }) => measure === "backlog" && t.getTime() + 10_000 < before);
  return new Map(steps.map(({ t, count }) => [t.getTime(), count]));
}

for (const signal of ["SIGINT", "SIGKILL"] as const) {
  test(`after ${signal} it goes on where it was`, async ({ page }) => {
    const { url } = await start();
    // What was recorded before is there at once; it is late until it was sampled once.
    const startedAt = Date.now();
    await expect
      .poll(async () => (await pageOf(url)).points.filter((at) => at > startedAt).length)
      .toBeGreaterThan(20);
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
    expect(after.consumer!.since).toBe(before.consumer!.since);
    // Nobody reads: what was too early to tell may be told by now.
    expect([before.consumer!.status, "stalled"]).toContain(after.consumer!.status);
    expect(after.consumer!.backlog.value).toBe(before.consumer!.backlog.value);

    // Long charts have every sample of before, and none of them twice.
    const kept = await countsOf(again.url, endedAt);
    const stepOf = (at: number) => Math.floor(at / 10_000) * 10_000;
    const steps = new Set(after.points.map(stepOf).filter((step) => step + 10_000 < endedAt));
    expect([...kept.keys()]).toEqual([...steps]);
    for (const [step, count] of kept)
      expect(count).toBe(after.points.filter((at) => stepOf(at) === step).length);

    await page.goto(`${again.url}/consumers/n:ORDERS.worker?window=1h`);
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
    await expect(page.getByText(/^A point is 10 s/)).toBeVisible();
    await expect(
      page
        .getByRole("table", { name: /^Backlog/ })
        .getByRole("row")
        .nth(1),
    ).toContainText(/\d messages/);
    await server!.end("SIGINT");
  });
}
