// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { afterEach, expect, test } from "vitest";
import { makeCall } from "@/components/shared/call-fixtures";
import { createFakeLive } from "@/lib/live/live.fixture";
import { SystemCalls } from "./system-calls";

afterEach(cleanup);

const NOW = 1_790_000_000_000;
const links = (live: number, waiting: number) => {
  const page = createFakeLive(() => NOW);
  const meta = { total: live, all: live, live };
  page.answer("calls", { meta, rows: [makeCall()], series: null });
  render(
    <page.Provider>
      <SystemCalls calls={{ live, waiting }} />
    </page.Provider>,
    { wrapper: NuqsTestingAdapter },
  );
  return screen.getAllByRole("link").map((link) => `${link.textContent} → ${link.getAttribute("href")}`);
};

test("a single call that waits is one click away, of several the worst is named", () => {
  expect(links(8, 1)).toEqual(["8 live calls → /calls", "1 waiting → /calls/shop%3Acall.7"]);
  cleanup();
  expect(links(1_204, 3)).toEqual(["1.20 k live calls → /calls", "3 waiting → /calls"]);
  expect(screen.getByText("3 waiting").title).toMatch(/the worst is Market\/WatchQuotes, desk$/);
});

test("where none waits nothing is said of it", () => {
  expect(links(1, 0)).toEqual(["1 live call → /calls"]);
});
