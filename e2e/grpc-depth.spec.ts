import AxeBuilder from "@axe-core/playwright";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import type { Page } from "@playwright/test";
import { marketDefinition } from "../lib/lab/grpc-demo-definition.ts";
import { type Demo, expect, test } from "./demo.ts";

const { WatchQuotes, Negotiate } = marketDefinition;
const PHONE = { width: 390, height: 844 };

/** A client of the demo's market on a connection of its own. */
function clientOf(demo: Demo, name: string): Client {
  const { address } = demo.ready.systems.find(({ system }) => system === "grpc")!;
  return new Client(address!, credentials.createInsecure(), {
    "grpc.primary_user_agent": name,
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_http_proxy": 0,
  });
}

function watch(client: Client) {
  const { path, requestSerialize, responseDeserialize } = WatchQuotes;
  const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {
    symbol: "E2E",
    perSecond: 200,
  });
  call.on("data", () => {});
  call.on("error", () => {});
  return call;
}

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  await page.setViewportSize(PHONE);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
}

test("a paused reader is found beside its neighbour that flows, and its end is told", async ({
  page,
  demo,
}) => {
  const client = clientOf(demo, "e2e-desk");
  try {
    const paused = watch(client);
    watch(client);
    paused.pause();
    await page.goto("/calls?q=e2e-desk");
    const [worst, other] = [1, 2].map((row) => page.getByRole("row").nth(row));
    await expect(worst!).toContainText("stalled");
    await expect(other!).toContainText("ok");
    await worst!.getByRole("link", { name: "e2e-desk" }).click();
    await expect(
      page.getByRole("heading", { level: 1, name: "Market/WatchQuotes for e2e-desk" }),
    ).toBeVisible();
    await expect(page.getByText("This call waits while 1 other on the same connection flows")).toBeVisible();
    await expect(page.locator("dt", { hasText: /^Queued$/ }).locator("xpath=../dd")).toHaveText(
      /^[\d,]{3,}$/,
    );
    await expectAccessible(page);

    paused.cancel();
    await expect(page.getByText("This call is over.")).toBeVisible();
    await expect(page.getByText(/CANCELLED/).first()).toBeVisible();
    await expect(page.locator("dt", { hasText: /^Queued$/ }).locator("xpath=../dd")).toHaveText(
      /^[\d,]{3,}$/,
    );
  } finally {
    client.close();
  }
});

test("of more than a thousand calls those on the screen are there, and keep their place", async ({
  page,
  demo,
}) => {
  const client = clientOf(demo, "e2e-crowd");
  const { path, requestSerialize, responseDeserialize } = Negotiate;
  const calls = Array.from({ length: 1_050 }, () => {
    const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, new Metadata());
    return call.on("error", () => {}).resume();
  });
  try {
    await page.goto("/calls?q=e2e-crowd&sort=age");
    const table = page.getByRole("table", { name: /^Live calls/ });
    await expect(table).toHaveAttribute("aria-rowcount", "1051");
    const list = page.getByRole("region", { name: "Rows of live calls" });
    await list.focus();
    await page.keyboard.press("End");
    const last = page.locator("tr[aria-rowindex='1051']");
    await expect(last.getByRole("link")).toBeInViewport();
    expect(await table.getByRole("row").count()).toBeLessThan(60);
    const top = await list.evaluate(({ scrollTop }) => scrollTop);
    const age = await last.getByRole("cell").nth(2).textContent();
    await expect(last.getByRole("cell").nth(2)).not.toHaveText(age!);
    expect(await list.evaluate(({ scrollTop }) => scrollTop)).toBe(top);
  } finally {
    for (const call of calls) call.cancel();
    client.close();
  }
});

test("a method's page says how long its calls take and how they end", async ({ page }) => {
  await page.goto("/streams?system=grpc&q=GetQuote");
  await page.getByRole("link", { name: "/demo.market.v1.Market/GetQuote", exact: true }).click();
  await expect(page.getByText("served by the target")).toBeVisible();
  const latency = page.getByRole("table", { name: /^Call duration/ });
  // A minute may be one of an outage, or have had no call yet: which depends on when this is looked at.
  await expect(latency.getByRole("row").filter({ hasText: /\d ms/ }).first()).toBeAttached();
  await expect(page.locator("canvas").first()).toBeVisible();
  const codes = page.getByRole("table", { name: "Status codes" });
  await expect(codes.getByRole("row", { name: /^OK [\d,]+ 9\d\.\d %/ })).toBeVisible();
  for (const code of ["NOT_FOUND", "CANCELLED", "DEADLINE_EXCEEDED", "INTERNAL"]) {
    await expect(codes.getByRole("rowheader", { name: code })).toBeVisible();
  }
  await expectAccessible(page);
});
