// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { NuqsTestingAdapter, type UrlUpdateEvent } from "nuqs/adapters/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeConsumer } from "@/components/shared/consumer-fixtures";
import { ShortcutsProvider } from "@/components/shell/shortcuts";
import { createFakeLive, type Undated } from "@/lib/live/live.fixture";
import type { FrameOf } from "@/lib/model/live";
import { problem } from "@/lib/model/problem";
import type { ConsumerView } from "@/lib/model/views";
import { ConsumersTable } from "./consumers-table";

const drawn = vi.hoisted(() => ({ sparklines: 0 }));
vi.mock("@/components/ui/sparkline", () => ({
  Sparkline: () => {
    drawn.sparklines++;
    return null;
  },
}));

let live: ReturnType<typeof createFakeLive>;
function answer(
  rows: readonly ConsumerView[],
  changes: Partial<Undated<FrameOf["consumers"]>["meta"]> = {},
): void {
  const total = rows.length;
  const counts = { critical: 0, warning: 0, unknown: 0, good: 0 };
  const meta = {
    total,
    rows: total,
    all: total,
    connections: 0,
    counts,
    ...changes,
  };
  live.answer("consumers", { meta, rows, series: null });
}

let isNarrow = false;
vi.stubGlobal("matchMedia", () => ({
  matches: isNarrow,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
}));

const onUrlUpdate = vi.fn<(event: UrlUpdateEvent) => void>();
function show(search = "", compact = false) {
  render(
    <NuqsTestingAdapter searchParams={search} onUrlUpdate={onUrlUpdate} hasMemory>
      <live.Provider>
        <ShortcutsProvider>
          <ConsumersTable compact={compact} />
        </ShortcutsProvider>
      </live.Provider>
    </NuqsTestingAdapter>,
  );
}
const lastAsked = () => live.asked("consumers").at(-1);

beforeEach(() => {
  isNarrow = false;
  live = createFakeLive(() => 1_790_000_001_000);
  live.answer("sources", { meta: {}, rows: [], series: null });
  drawn.sparklines = 0;
  onUrlUpdate.mockClear();
});
afterEach(cleanup);

test("a row says who, how bad, why and how much, and links to its page", () => {
  answer([makeConsumer({ id: "prod:orders/écrivain" })]);
  show();
  const row = screen.getAllByRole("row")[1]!;
  for (const text of ["stopped", "38.2 s", "48.2 k", "8.41 k", "no end", "orders"]) {
    expect(within(row).getAllByText(text)).not.toHaveLength(0);
  }
  expect(within(row).getByTitle("kafka/prod · orders · consumer group").textContent).toBe(
    "kafka/prod · orders · consumer group",
  );
  const badge = within(row).getByText("stopped");
  fireEvent.pointerEnter(badge);
  expect(badge.title).toContain("Nobody has been reading");
  expect(within(row).getByRole("link").getAttribute("href")).toBe(
    `/consumers/${encodeURIComponent("prod:orders/écrivain")}`,
  );
});

test("trouble says why and since when; what is fine says why on a phone", () => {
  answer([makeConsumer(), makeConsumer({ id: "fine", status: "ok", because: "Keeps up." })]);
  for (isNarrow of [false, true]) {
    show();
    const [, trouble, fine] = screen.getAllByRole("row");
    const reason = within(trouble!).getByText(/Nobody has been reading for 38 s/, { selector: "p" });
    expect(reason.textContent).toMatch(/^since \d\d:\d\d:\d\d · Nobody/);
    expect(within(fine!).queryAllByText("Keeps up.")).toHaveLength(isNarrow ? 1 : 0);
    cleanup();
  }
});

test("what stands for several says how many, leads to them, and counts as all of them", () => {
  const folded = { count: 196, worst: { id: "prod:r7", name: "r7" } };
  const rows = [makeConsumer({ id: "fold", status: "losing", stream: "EVENTS", folded })];
  answer(rows, { total: 196, all: 200 });
  show();
  const link = screen.getByRole("link", { name: "EVENTS: 196 consumers" });
  expect(link.getAttribute("href")).toBe("/consumers?source=prod&status=losing&stream=EVENTS");
  expect(screen.getByText(/196 of 196 \(200 in all\)/)).toBeTruthy();
  expect(screen.getAllByText(/worst: r7/)).not.toHaveLength(0);
});

test("what is old says when it was known, and what is ignored says that", () => {
  answer([
    makeConsumer({ id: "old", status: "unknown", isCurrent: false }),
    makeConsumer({ id: "left", status: "stopped", ignored: true }),
  ]);
  show();
  const [, old, left] = screen.getAllByRole("row");
  expect(within(old!).getAllByText(/last known at \d\d:\d\d:\d\d/)).not.toHaveLength(0);
  expect(within(left!).getByText("ignored")).toBeTruthy();
  expect(within(left!).queryAllByText(/Nobody has been reading/, { selector: "p" })).toEqual([]);
});

test("asks for the worst first, and for what the address says", () => {
  answer([makeConsumer()]);
  show();
  expect(lastAsked()).toEqual({
    view: "consumers",
    sort: "worst",
    reverse: false,
    limit: 50,
    offset: 0,
    fold: true,
    connections: "troubled",
  });
  cleanup();
  show("?q=%20bill%20&system=kafka&status=stopped,losing&sort=backlog&reverse=true&limit=200");
  expect(lastAsked()).toEqual({
    view: "consumers",
    q: "bill",
    system: "kafka",
    status: ["stopped", "losing"],
    sort: "backlog",
    reverse: true,
    limit: 200,
    offset: 0,
    fold: false,
    connections: "troubled",
  });
});

test("a column head sorts on the server, and turns round when pressed again", () => {
  answer([makeConsumer()]);
  show();
  expect(screen.getByRole("columnheader", { name: "Status" }).getAttribute("aria-sort")).toBe("descending");
  fireEvent.click(screen.getByRole("button", { name: "Consumer" }));
  expect(lastAsked()).toMatchObject({ sort: "name", reverse: false });
  expect(screen.getByRole("columnheader", { name: "Consumer" }).getAttribute("aria-sort")).toBe("ascending");
  fireEvent.click(screen.getByRole("button", { name: "Consumer" }));
  expect(lastAsked()).toMatchObject({ sort: "name", reverse: true });
});

test("`/` goes to the filter, typing asks, Esc leaves", () => {
  answer([makeConsumer()]);
  show();
  const box = screen.getByRole("searchbox");
  fireEvent.keyDown(document.body, { key: "/" });
  expect(document.activeElement).toBe(box);
  fireEvent.change(box, { target: { value: "audit" } });
  expect(lastAsked()).toMatchObject({ q: "audit" });
  fireEvent.keyDown(box, { key: "Escape" });
  expect(document.activeElement).toBe(document.body);
});

test("rows that did not change are not rendered again", () => {
  const still = makeConsumer({ id: "a" });
  answer([still, makeConsumer({ id: "b" })]);
  show();
  expect(drawn.sparklines).toBe(2);
  answer([still, makeConsumer({ id: "b", status: "ok" })]);
  expect(drawn.sparklines).toBe(3);
});

test("the short table asks for 12, on a phone for 5, and links to all of them", () => {
  answer([makeConsumer()], { total: 50, rows: 50, all: 50 });
  show("", true);
  expect(lastAsked()).toMatchObject({ limit: 12 });
  expect(screen.getByRole("link", { name: "All 50 consumers" }).getAttribute("href")).toBe("/consumers");
  cleanup();
  isNarrow = true;
  show("?window=5m", true);
  expect(lastAsked()).toMatchObject({ limit: 5 });
  expect(screen.getByRole("link", { name: "All 50 consumers" }).getAttribute("href")).toBe(
    "/consumers?window=5m",
  );
});

test("what is not there is explained: no match, a query refused, no source", () => {
  answer([], { all: 48 });
  show("?q=zzz");
  expect(screen.getByText("No consumer matches “zzz”")).toBeTruthy();
  expect(screen.getByText("There are 48 consumers without this filter.")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Clear the filters" }));
  expect(lastAsked()).not.toHaveProperty("q");
  cleanup();

  show("?q=NATS%20%20ord%20eu");
  expect(screen.getByText("No consumer matches “nats”, “ord”, and “eu”")).toBeTruthy();
  expect(screen.getByText(/^All of these words have to be found/)).toBeTruthy();
  cleanup();

  show("?status=ok");
  expect(screen.getByText("No consumer matches")).toBeTruthy();
  cleanup();

  live.refuse("consumers", problem(429, "The server already evaluates 500 different live queries."));
  show("?q=late");
  expect(screen.getByText("The server already evaluates 500 different live queries.")).toBeTruthy();
  cleanup();

  show("?limit=9999");
  expect(screen.getByText("The query is not valid")).toBeTruthy();
  expect(screen.getByText(/^limit: /)).toBeTruthy();
  cleanup();

  answer([]);
  show();
  expect(screen.getByText("No sources")).toBeTruthy();
  expect(screen.getByText(/kind: kafka/)).toBeTruthy();
});
