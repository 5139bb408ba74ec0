import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./demo.ts";

const PAGES = [
  "/",
  "/consumers",
  "/consumers/demo-kafka:billing-writer",
  "/consumers/demo-nats:ORDERS.audit",
  "/streams",
  "/streams/demo-nats:ORDERS",
  "/sources",
  "/sources/demo-nats",
  "/calls",
  "/events",
];

const NARROWEST = 320;

/** How far one could scroll to the right. */
const widthOf = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth);

for (const path of PAGES) {
  test(`${path} is accessible and fits a phone, light and dark`, async ({ page }) => {
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(path);
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
    await expect(
      page
        .getByText(/as of|samples|sampled/i)
        .filter({ visible: true })
        .first(),
    ).toBeVisible();
    expect(await seriousIn(page), "light").toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await seriousIn(page), "dark").toEqual([]);
    expect(await widthOf(page)).toBeLessThanOrEqual(390);
    await page.setViewportSize({ width: NARROWEST, height: 640 });
    expect(await widthOf(page)).toBeLessThanOrEqual(NARROWEST);
    expect(errors).toEqual([]);
  });
}

test("pages of the past are accessible and fit a phone, too", async ({ page, request }) => {
  const consumer = "/api/v1/consumers/demo-kafka:billing-writer";
  await expect.poll(async () => (await request.get(consumer)).status(), { timeout: 30_000 }).toBe(200);
  const { asOf } = (await (await request.get("/api/v1/overview")).json()) as { asOf: number };
  const at = new Date(asOf).toISOString();
  await page.setViewportSize({ width: 390, height: 844 });
  for (const [path, shown] of [
    [`/?at=${at}`, "Consumers, worst first"],
    [`/consumers/demo-kafka:billing-writer?at=${at}&with=15m`, "Lanes, worst first"],
    [`/consumers/demo-kafka:billing-writer?at=${at}&window=24h`, /^A point is 2 m/],
    [`/history?at=${at}`, "What is kept"],
    [`/compare?at=${at}`, /All stand as they did|Change/],
  ] as const) {
    await page.goto(path);
    await expect(page.getByText("Past", { exact: true })).toBeVisible();
    await expect(page.getByText(shown).first()).toBeVisible();
    // What is still read is pale.
    await expect(page.locator("#main")).toHaveAttribute("aria-busy", "false");
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await seriousIn(page), `${path} ${colorScheme}`).toEqual([]);
    }
    expect(await widthOf(page), path).toBeLessThanOrEqual(390);
    await page.setViewportSize({ width: NARROWEST, height: 640 });
    expect(await widthOf(page), path).toBeLessThanOrEqual(NARROWEST);
    await page.setViewportSize({ width: 390, height: 844 });
  }
});

test("pages of single calls and methods, and those of nothing, do not scroll sideways either", async ({
  page,
  request,
}) => {
  const idOf = async (list: string) => (await (await request.get(`/api/v1/${list}`)).json()).items[0].id;
  await page.setViewportSize({ width: NARROWEST, height: 640 });
  for (const path of [
    `/streams/${encodeURIComponent(await idOf("streams?system=grpc"))}`,
    `/calls/${encodeURIComponent(await idOf("calls?sort=age"))}`,
    "/consumers?q=nothing+has+these+words",
    "/nothing-is-here",
  ]) {
    await page.goto(path);
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
    await expect(page.getByText("Waiting for the first")).toHaveCount(0);
    expect(await widthOf(page), path).toBeLessThanOrEqual(NARROWEST);
  }
});

test("rows off the screen are not drawn, and are found all the same", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 200 });
  await page.goto("/consumers?sort=name");
  const row = page.locator("#main tbody tr").last();
  const isDrawn = () =>
    row.evaluate(({ firstElementChild }) =>
      firstElementChild!.checkVisibility({ contentVisibilityAuto: true }),
    );
  await expect.poll(isDrawn).toBe(false);
  const name = await row.getByRole("link").getAttribute("title");
  // Not part of any type: a browser's own search, without its window.
  expect(await page.evaluate(`find(${JSON.stringify(name)})`)).toBe(true);
  await expect.poll(isDrawn).toBe(true);
});

test("a tab says how the thing is that it shows, and its name", async ({ page }) => {
  await page.goto("/consumers/demo-kafka:billing-writer");
  await expect(page).toHaveTitle(/^[a-z]+ · billing-writer · Streamside$/);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Overview" }).click();
  await expect(page).toHaveTitle(/^[^·]*(critical|behind|unknown|fine|lost)[^·]* · Streamside$/);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Calls" }).click();
  await expect(page).toHaveTitle("Live calls · Streamside");
  await page.goto("/sources/demo-nats");
  await expect(page).toHaveTitle("live · nats/demo · Streamside");
});

/** What axe finds serious or worse. */
async function seriousIn(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

test("the sources page shows what each collector does and costs", async ({ page }) => {
  await page.goto("/sources");
  for (const name of ["kafka/demo", "nats/demo", "grpc/demo"]) {
    await expect(page.getByRole("heading", { name })).toBeVisible();
  }
});

test("the API answers, and says what is wrong with a bad question", async ({ request }) => {
  expect((await request.get("/healthz")).status()).toBe(200);
  await expect.poll(async () => (await request.get("/readyz")).status()).toBe(200);
  const consumers = await (await request.get("/api/v1/consumers?system=kafka&sort=backlog")).json();
  expect(consumers.total).toBeGreaterThanOrEqual(4);
  const bad = await request.get("/api/v1/consumers?limit=lots&colour=blue");
  expect(bad.status()).toBe(400);
  expect(bad.headers()["content-type"]).toContain("application/problem+json");
  expect(await bad.json()).toMatchObject({ status: 400, title: "Bad request" });
});

test("metrics carry the names that existing dashboards use", async ({ request }) => {
  const text = await (await request.get("/metrics")).text();
  for (const name of [
    "kafka_consumergroup_lag",
    "kafka_consumergroup_lag_sum",
    "kafka_consumergroup_current_offset",
    "kafka_consumergroup_members",
    "kafka_topic_partition_current_offset",
    "kafka_topic_partition_oldest_offset",
    "kafka_topic_partitions",
    "kafka_brokers",
    "kafka_consumergroup_group_lag_seconds",
    "jetstream_consumer_num_pending",
    "jetstream_consumer_num_ack_pending",
    "grpc_server_msg_sent_total",
    "streamside_source_up",
  ]) {
    expect(text).toMatch(new RegExp(`^${name}\\{`, "m"));
  }
});
