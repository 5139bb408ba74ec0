import AxeBuilder from "@axe-core/playwright";
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, headers, type NatsConnection } from "@nats-io/transport-node";
import type { Locator } from "@playwright/test";
import { type Demo, expect, test } from "./demo.ts";

/** To the NATS of the demo, as another client of it. */
function natsOf(demo: Demo, name: string): Promise<NatsConnection> {
  const { address } = demo.ready.systems.find(({ system }) => system === "nats")!;
  return connect({ servers: address!.replace(/^nats:\/\//, ""), name });
}

const region = (page: { getByRole: Locator["getByRole"] }, name: string | RegExp) =>
  page.getByRole("region", { name }).first();

test("a source's page has its servers and connections, with numbers that live", async ({ page, demo }) => {
  const nc = await natsOf(demo, "e2e-visitor");
  try {
    await page.goto("/sources");
    await page.getByRole("link", { name: "nats/demo" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "nats/demo" })).toBeVisible();
    const servers = page.getByRole("table", { name: "Servers" });
    await expect(servers.getByRole("row")).toHaveCount(2);
    const column = await servers
      .getByRole("columnheader")
      .allTextContents()
      .then((names) => names.indexOf("In\u00a0/s"));
    const received = servers.getByRole("cell").nth(column);
    await expect(received).toHaveText(/[1-9]/);
    const before = await received.textContent();
    await expect(received).not.toHaveText(before!);
    const connections = page.getByRole("table", { name: "Connections" });
    await expect(connections.getByText("demo-publisher")).toBeVisible();
    await expect(connections.getByText("e2e-visitor")).toBeVisible();
  } finally {
    await nc.close();
  }
});

test("a stream's page has its limits and who reads it", async ({ page }) => {
  await page.goto("/streams?system=nats");
  await page.getByRole("link", { name: "ORDERS", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "ORDERS" })).toBeVisible();
  const limits = region(page, "Limits");
  await expect(limits.locator("dt", { hasText: /^Max age$/ }).locator("xpath=../dd")).toHaveText("1 h");
  await expect(limits.locator("dt", { hasText: /^Max bytes$/ }).locator("xpath=../dd")).toHaveText("128 MiB");
  const consumers = page.getByRole("table", { name: /Consumers/ });
  await expect(consumers.getByRole("link", { name: "audit" })).toBeVisible();
  await expect(consumers.getByRole("row", { name: /invoice/ })).toContainText("orders.created");
  await consumers.getByRole("link", { name: "audit" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "audit" })).toBeVisible();
  await expect(page.getByText("Not delivered", { exact: true }).first()).toBeVisible();
  await page.getByRole("navigation", { name: "Where this is" }).getByRole("link", { name: "ORDERS" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "ORDERS" })).toBeVisible();
});

test("a message that was given up can be looked at: headers and size, and not what it says", async ({
  page,
  demo,
}) => {
  const nc = await natsOf(demo, "e2e-writer");
  const manager = await jetstreamManager(nc);
  const name = "e2e-mailer";
  try {
    await page.goto("/streams/demo-nats:ORDERS");
    await manager.consumers.add("ORDERS", {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      max_deliver: 1,
      filter_subject: "orders.e2e",
      deliver_policy: DeliverPolicy.New,
    });
    const sent = headers();
    sent.set("Trace-Id", "e2e-4711");
    const stream = jetstream(nc);
    const { seq } = await stream.publish("orders.e2e", "the secret of the order", { headers: sent });
    // The server gives up on a message when it would deliver it again: somebody has to go on asking.
    const consumer = await stream.consumers.get("ORDERS", name);
    await consumer.consume({ callback: (message) => message.nak() });

    const sequence = seq.toLocaleString("en-US");
    const events = region(page, /^Events/);
    const gaveUp = events.getByRole("listitem").filter({ hasText: `Gave up on sequence ${sequence} ` });
    const look = gaveUp.getByRole("button", { name: `Look at sequence ${sequence}` });
    await look.click();
    const dialog = page.getByRole("dialog", { name: `Sequence ${sequence}` });
    await expect(dialog.getByText("orders.e2e")).toBeVisible();
    await expect(dialog.getByText("23 B")).toBeVisible();
    await expect(dialog.getByRole("row", { name: "Trace-Id e2e-4711" })).toBeVisible();
    await expect(dialog).not.toContainText("secret");
    await expect(dialog.getByText(/Not shown/)).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).include("[role=dialog]").analyze();
    expect(violations.filter(({ impact }) => impact === "serious" || impact === "critical")).toEqual([]);
    await page.keyboard.press("Escape");
    await expect(dialog).toHaveCount(0);
    await expect(look).toBeFocused();

    await page.getByLabel("Look at sequence", { exact: true }).fill("999,999,999,999");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("dialog").getByText("It is not there")).toBeVisible();
  } finally {
    await manager.consumers.delete("ORDERS", name).catch(() => {});
    await nc.close();
  }
});
