import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { Kafka, logLevel } from "kafkajs";
import { io } from "socket.io-client";
import { type LocalBroker, startLocalKafka } from "../brokers/index.ts";
import type { SnapshotMessage } from "../lib/model/live.ts";
import type { ConsumerView } from "../lib/model/views.ts";
import { type OwnServer, startOwnServer } from "./own-server.ts";

/** Kafka takes any text for a group's name, up to what a string of its protocol holds. */
const NAMES: Readonly<Record<string, string>> = {
  "a prototype": "__proto__",
  "a method": "constructor",
  HTML: "<img src=x onerror=alert(1)>",
  "a closing script": "</script><script>alert(1)</script>",
  "control characters": "tab\tline\nreturn\rbell\u0007escape\u001b[31mnul\u0000end",
  "quotes and backslashes": 'a\\"b\'c\\n{d="e"}',
  "right to left": "\u202Egnp.\u202C مجموعة المستهلكين",
  emoji: "🚀👩‍👩‍👧‍👦 orders",
  path: "../../etc/passwd?x=1#y%2F",
  space: " ",
  "32 kB": `${"x".repeat(32_700)}1`,
  "32 kB, but for the end": `${"x".repeat(32_700)}2`,
  "32 kB that come while it is running": `<b>late</b>${"z".repeat(32_700)}`,
};
const TOPIC = "orders";
const MESSAGES = 50;
/** Of the group that is the nth in the list. */
const positionOf = (index: number) => index + 1;

let kafka: LocalBroker;
let server: OwnServer | undefined;
let url: string;
let folder: string;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  kafka = await startLocalKafka();
  const client = new Kafka({ brokers: [kafka.address], logLevel: logLevel.NOTHING, retry: { retries: 20 } });
  const admin = client.admin();
  const producer = client.producer();
  await Promise.all([admin.connect(), producer.connect()]);
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic: TOPIC, numPartitions: 1 }] });
  await producer.send({ topic: TOPIC, messages: Array.from({ length: MESSAGES }, () => ({ value: "x" })) });
  const commit = (groupId: string, index: number) => {
    const partitions = [{ partition: 0, offset: String(positionOf(index)) }];
    return admin.setOffsets({ groupId, topic: TOPIC, partitions });
  };
  const names = Object.values(NAMES);
  const late = names.at(-1)!;
  await Promise.all(names.slice(0, -1).map(commit));

  folder = await mkdtemp(join(tmpdir(), "streamside-names-"));
  // The second sees the same groups and no topic: consumers of nothing.
  server = await startOwnServer(
    folder,
    `sources:
  - { id: names, kind: kafka, brokers: "${kafka.address}" }
  - { id: bare, kind: kafka, brokers: "${kafka.address}", topics: { exclude: "." } }
`,
  );
  url = server.url;
  const all = async () => (await consumersOf("names")).length + (await consumersOf("bare")).length;
  await expect.poll(all, { timeout: 30_000 }).toBe(2 * (names.length - 1));
  await commit(late, names.length - 1);
  await expect.poll(all, { timeout: 30_000 }).toBe(2 * names.length);
  await Promise.all([admin.disconnect(), producer.disconnect()]);
});

test.afterAll(async () => {
  await server?.end("SIGINT");
  await kafka?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function consumersOf(source: string): Promise<ConsumerView[]> {
  const answer = await fetch(`${url}/api/v1/consumers?source=${source}&limit=500`);
  return ((await answer.json()) as { items: ConsumerView[] }).items;
}

test("every name comes through the API, with an id of its own that fits into an address", async () => {
  const items = await consumersOf("names");
  expect(items.map(({ name }) => name).sort()).toEqual(Object.values(NAMES).sort());
  expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
  for (const [index, name] of Object.values(NAMES).entries()) {
    const { id } = items.find((item) => item.name === name)!;
    expect(id.length).toBeLessThan(200);
    const answer = await fetch(`${url}/api/v1/consumers/${encodeURIComponent(id)}`);
    expect(answer.status).toBe(200);
    const consumer = (await answer.json()) as ConsumerView & { positions: { position: number }[] };
    expect(consumer.name).toBe(name);
    expect(consumer.backlog.value).toBe(MESSAGES - positionOf(index));
    expect(consumer.positions).toMatchObject([{ stream: TOPIC, position: positionOf(index) }]);
  }
  for (const { backlog } of await consumersOf("bare")) expect(backlog.value).toBeNull();
});

test("every name is a label in /metrics, and none breaks a line", async () => {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lag = new Map<string, number>();
  for (const line of text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))) {
    const sample = /^(\w+)(?:\{((?:\w+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? ([^ ]+)$/.exec(line);
    expect(sample, `a line that Prometheus can read: ${line.slice(0, 200)}`).not.toBeNull();
    const labels = new Map(
      [...(sample![2] ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, value]) => [
        key,
        value!.replace(/\\(.)/g, (_all, escaped) => (escaped === "n" ? "\n" : escaped)),
      ]),
    );
    if (sample![1] === "kafka_consumergroup_lag" && labels.get("source") === "names") {
      lag.set(labels.get("consumergroup")!, Number(sample![3]));
    }
  }
  expect(Object.values(NAMES).map((name) => lag.get(name))).toEqual(
    Object.values(NAMES).map((_name, index) => MESSAGES - positionOf(index)),
  );
});

test("every name comes through the socket", async () => {
  const socket = io(url, { transports: ["websocket"] });
  try {
    const snapshot = await new Promise<SnapshotMessage>((resolve) => {
      socket.on("snapshot", resolve);
      socket.emit("subscribe", { view: "consumers", source: "names", limit: 500 }, () => {});
    });
    const rows = snapshot.frame.rows as unknown as ConsumerView[];
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.values(NAMES).sort());
  } finally {
    socket.disconnect();
  }
});

/** Nothing ran, nothing was built of a name, and nothing sticks out. */
async function expectTame(page: Page, path: string): Promise<void> {
  await page.goto(url + path);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await expect(page.locator("main")).not.toContainText("Waiting");
  await expect(page.locator("img[src='x']")).toHaveCount(0);
  await expect
    .poll(() => page.evaluate(() => document.documentElement.scrollWidth), { message: `${path} fits` })
    .toBeLessThanOrEqual(page.viewportSize()!.width);
}

for (const width of [390, 1440]) {
  test(`pages at ${width} px show them and nothing breaks`, async ({ page }) => {
    const ran: string[] = [];
    page.on("dialog", (dialog) => {
      ran.push(dialog.message());
      void dialog.dismiss();
    });
    page.on("pageerror", (error) => ran.push(String(error)));
    await page.setViewportSize({ width, height: 844 });
    for (const path of ["/", "/consumers", "/consumers?source=bare", "/streams", "/sources"]) {
      await expectTame(page, path);
    }
    const longest = (await consumersOf("names")).sort((a, b) => b.name.length - a.name.length);
    for (const { id, name } of width === 390 ? longest : longest.slice(0, 1)) {
      await expectTame(page, `/consumers/${encodeURIComponent(id)}`);
      const heading = page.getByRole("heading", { level: 1 });
      await expect(heading).toHaveCount(1);
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      expect.soft(height, `the page of ${name.slice(0, 40)}`).toBeLessThan(3000);
    }
    expect(ran).toEqual([]);
  });
}
