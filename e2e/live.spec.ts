import type { Page } from "@playwright/test";
import { expect, test } from "./demo.ts";

/** One consumer a system that is a little too slow on purpose. */
const SLOW = [
  { system: "kafka", id: "demo-kafka:billing-writer", name: "billing-writer" },
  { system: "nats", id: "demo-nats:ORDERS.audit", name: "audit" },
] as const;

const inTable = (page: Page, name: string) =>
  page.getByRole("table").getByRole("link", { name, exact: true });

test("three systems move side by side", async ({ page, demo }) => {
  await page.goto("/");
  for (const name of ["Kafka", "NATS", "gRPC"]) {
    await expect(page.getByRole("heading", { name, level: 2 })).toBeVisible();
  }
  for (const { name } of SLOW) await expect(inTable(page, name)).toBeVisible();
  for (const system of ["kafka", "nats", "grpc"] as const) {
    await expect.poll(async () => (await demo.system(system)).inPerSecond.value ?? 0).toBeGreaterThan(10);
    await expect.poll(async () => (await demo.system(system)).backlog.value ?? 0).toBeGreaterThan(0);
  }
  // What the screen shows changes without a reload.
  const backlog = page
    .getByRole("row", { name: /billing-writer/ })
    .getByRole("cell")
    .nth(3);
  const before = await backlog.textContent();
  await expect.poll(() => backlog.textContent()).not.toBe(before);
});

for (const { system, id, name } of SLOW) {
  test(`the backlog of ${name} grows, and drains when its load stops`, async ({ page, demo }) => {
    // On a machine that is busy otherwise, what is a little too slow grows slower still.
    test.setTimeout(300_000);
    const backlog = async () => (await demo.consumer(id)).backlog?.value ?? -1;
    await page.goto(`/consumers/${encodeURIComponent(id)}`);
    await expect(page.getByRole("heading", { name })).toBeVisible();
    const first = await backlog();
    await expect.poll(backlog, { timeout: 100_000 }).toBeGreaterThan(Math.max(first, 0) + 100);

    await demo.setProducing(system, false);
    try {
      await expect.poll(backlog, { timeout: 90_000 }).toBe(0);
      const shown = page.locator("dt", { hasText: /^Backlog$/ }).locator("xpath=following-sibling::dd");
      await expect(shown).toHaveText("0");
    } finally {
      await demo.setProducing(system, true);
    }
    await expect.poll(backlog, { timeout: 40_000 }).toBeGreaterThan(0);
  });
}

test("the lanes of a consumer are there with member and host", async ({ page }) => {
  await page.goto("/consumers/demo-kafka:billing-writer");
  await expect(page.getByRole("row", { name: /orders · \d+/ })).toHaveCount(12);
  await expect(
    page
      .getByRole("row", { name: /orders · 0 / })
      .getByText("127.0.0.1")
      .first(),
  ).toBeVisible();
});

test("a consumer that someone looks at is sampled four times a second", async ({ page }) => {
  await page.goto("/consumers/demo-kafka:billing-writer");
  await expect(page.getByText(/sampled every 250 ms/)).toBeVisible();
});

test("a filter is in the address, and the address opens the same view", async ({ page }) => {
  await page.goto("/consumers");
  await page.keyboard.press("/");
  await page.keyboard.type("billing");
  await expect(page).toHaveURL(/q=billing/);
  await expect(inTable(page, "billing-writer")).toBeVisible();
  await expect(inTable(page, "fraud-check")).toHaveCount(0);
  await page.reload();
  await expect(inTable(page, "billing-writer")).toBeVisible();
  await expect(inTable(page, "fraud-check")).toHaveCount(0);
});

test("a consumer that does not exist says so", async ({ page }) => {
  await page.goto("/consumers/demo-kafka:nobody");
  await expect(page.getByText(/has no such consumer now/)).toBeVisible();
});
