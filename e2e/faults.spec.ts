import type { Page, WebSocketRoute } from "@playwright/test";
import { SYSTEM_NAMES, SYSTEMS } from "../lib/model/system.ts";
import { type Demo, expect, test } from "./demo.ts";

const notice = (page: Page, name: string) =>
  page.getByText(new RegExp(`^${name} (cannot be reached|answered with an error)$`));

for (const system of SYSTEMS) {
  test(`killing ${system} greys its column and only its column; its return brings it back`, async ({
    page,
    demo,
  }) => {
    const name = SYSTEM_NAMES[system];
    const others = SYSTEMS.filter((other) => other !== system);
    await page.goto("/");
    await expectFlowing(demo, SYSTEMS);

    await demo.kill(system);
    try {
      await expect(notice(page, name)).toBeVisible({ timeout: 10_000 });
      expect((await demo.system(system)).backlog.value).toBeNull();
      for (const other of others) await expect(notice(page, SYSTEM_NAMES[other])).toHaveCount(0);
      await expectFlowing(demo, others);
    } finally {
      await demo.bringBack(system);
    }
    await expect(notice(page, name)).toHaveCount(0, { timeout: 20_000 });
    await expectFlowing(demo, SYSTEMS);
  });
}

/** The numbers of these systems are known, and newer than now. */
async function expectFlowing(demo: Demo, systems: readonly (typeof SYSTEMS)[number][]): Promise<void> {
  const since = Date.now();
  for (const system of systems) {
    await expect
      .poll(
        async () => {
          const { inPerSecond, asOf } = await demo.system(system);
          return inPerSecond.value !== null && inPerSecond.value > 0 && asOf! > since;
        },
        { timeout: 60_000, message: `${system} flows` },
      )
      .toBe(true);
  }
}

test("a browser that lost the server says so, and recovers", async ({ page }) => {
  // The way to the server is cut in the browser, so that no other test loses it.
  let cut = false;
  const open = new Set<WebSocketRoute>();
  await page.routeWebSocket(/socket\.io/, (socket) => {
    if (cut) return void socket.close();
    socket.connectToServer();
    open.add(socket);
  });
  await page.route(/socket\.io/, (route) => (cut ? route.abort() : route.continue()));
  await page.goto("/");
  const live = page.getByText("Live", { exact: true });
  await expect(live).toBeVisible();
  cut = true;
  for (const socket of open) await socket.close();
  await expect(page.getByText("This page has lost the Streamside server")).toBeVisible();
  cut = false;
  await expect(live).toBeVisible();
  await expect(page.getByText("This page has lost the Streamside server")).toHaveCount(0);
});
