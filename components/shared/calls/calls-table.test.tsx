// @vitest-environment jsdom
import { cleanup, configure, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { NuqsTestingAdapter, type UrlUpdateEvent } from "nuqs/adapters/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeCall, makeFlowingCall } from "@/components/shared/call-fixtures";
import { ShortcutsProvider } from "@/components/shell/shortcuts";
import { createFakeLive } from "@/lib/live/live.fixture";
import type { CallView } from "@/lib/model/call";
import type { QueryOf } from "@/lib/model/live";
import type { CallsOf } from "./calls-query";
import { CallsTable } from "./calls-table";

const NOW = 1_790_000_000_000;
let live: ReturnType<typeof createFakeLive>;
vi.mock("@/components/ui/use-is-narrow", () => ({ useIsNarrow: () => false }));
// To look for a role through all rows takes jsdom a second and more where others need the cores.
configure({ asyncUtilTimeout: 20_000 });

beforeEach(() => {
  live = createFakeLive(() => NOW);
  // Nothing is laid out here: the list is as high as a screen.
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(480);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

function show(
  calls: readonly CallView[],
  { of, onUrl }: { of?: CallsOf; onUrl?: (url: URLSearchParams) => void } = {},
) {
  live.answer("calls", pageOf(calls));
  return render(
    <NuqsTestingAdapter hasMemory onUrlUpdate={({ searchParams }: UrlUpdateEvent) => onUrl?.(searchParams)}>
      <live.Provider>
        <ShortcutsProvider>
          <CallsTable {...(of && { of })} />
        </ShortcutsProvider>
      </live.Provider>
    </NuqsTestingAdapter>,
  );
}
const pageOf =
  (calls: readonly CallView[]) =>
  ({ offset, limit }: QueryOf<"calls">) => ({
    meta: { total: calls.length, all: 12_000, live: 12_000 },
    rows: calls.slice(offset, offset + limit),
    series: null,
  });
const many = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    makeFlowingCall({ id: `shop:call.${i}`, clientName: `client ${i}` }),
  );
const askedOffsets = () => live.asked("calls").map(({ offset }) => offset);
const list = () => screen.getByRole("region", { name: "Rows of live calls" });
const links = () => screen.getAllByRole("link").map(({ textContent }) => textContent);

test("who it is with, since when, what waits, what goes each way; what is not known is a dash", () => {
  show([makeCall(), makeFlowingCall({ clientName: null, deadlineAt: 1_790_000_012_000, queued: null })]);
  const [, stalled, flowing] = screen.getAllByRole("row");
  const cells = (row: HTMLElement) =>
    within(row)
      .getAllByRole("cell")
      .map(({ textContent }) => textContent);
  expect(within(stalled!).getByText("Market/WatchQuotes · 10.0.4.17:51234")).toBeTruthy();
  expect(cells(stalled!).slice(0, 8)).toEqual([
    "stalled",
    expect.stringMatching(/^desk/),
    "3 m",
    "waits 4.8 s",
    "2,255",
    "0 /s48.2 k · 4.9 s ago",
    "0 /s1 · 3 m ago",
    "—",
  ]);
  expect(cells(flowing!).slice(1, 8)).toEqual([
    "10.0.4.17:51234Market/WatchQuotes",
    "3 m",
    "waits none",
    "—",
    "40.0 /s48.2 k · 0.0 s ago",
    "0 /s1 · 3 m ago",
    "in 12 s",
  ]);
  expect(screen.getByRole("link", { name: "desk" }).getAttribute("href")).toBe("/calls/shop%3Acall.7");
});

test("of ten thousand only those on the screen are there, and only their page is asked for", () => {
  show(many(10_000));
  expect(links().length).toBeLessThan(40);
  expect(links()[0]).toBe("client 0");
  expect(screen.getByRole("table").getAttribute("aria-rowcount")).toBe("10001");
  expect(askedOffsets()).toEqual([0]);
});

test("scrolling asks for the rows that come to rest there, which have their place before they come", async () => {
  const calls = many(10_000);
  show(calls);
  live.answer("calls", (query) => (query.offset < 100 ? pageOf(calls)(query) : null));
  list().scrollTop = 48 * 5_095;
  fireEvent.scroll(list());
  await waitFor(() => expect(screen.queryByRole("link", { name: "client 0" })).toBeNull());
  expect(screen.getAllByRole("row").filter((row) => row.ariaBusy === "true").length).toBeGreaterThan(10);
  live.answer("calls", pageOf(calls));
  await waitFor(() => expect(screen.getByRole("link", { name: "client 5100" })).toBeTruthy());
  expect(links()).toContain("client 5095");
  expect(askedOffsets()).toEqual([0, 5000, 5100]);
});

test("a call that changed its place between two pages does no harm", async () => {
  const errors = vi.spyOn(console, "error");
  show([...many(100), ...many(100).reverse()]);
  list().scrollTop = 48 * 95;
  fireEvent.scroll(list());
  await waitFor(() => expect(screen.getAllByRole("link", { name: "client 99" })).toHaveLength(2));
  expect(errors.mock.calls.filter(([text]) => String(text).includes("same key"))).toEqual([]);
});

test("filter, status and sort are in the address; `/` comes to the filter", async () => {
  const urls: string[] = [];
  show(many(3), { onUrl: (url) => urls.push(url.toString()) });
  fireEvent.keyDown(document.body, { key: "/" });
  const filter = screen.getByRole("searchbox", { name: "Filter calls" });
  expect(document.activeElement).toBe(filter);
  fireEvent.change(filter, { target: { value: "desk" } });
  fireEvent.change(screen.getByRole("combobox", { name: "Status" }), { target: { value: "stalled" } });
  fireEvent.click(screen.getByRole("button", { name: "Deadline" }));
  await waitFor(() => expect(urls.at(-1)).toBe("q=desk&status=stalled&sort=deadline"));
  expect(screen.getByRole("columnheader", { name: "Deadline" }).getAttribute("aria-sort")).toBe("ascending");
  expect(live.asked("calls").at(-1)).toMatchObject({ q: "desk", status: ["stalled"], sort: "deadline" });
});

test("of one method: asked for by its id, and not written in every row", () => {
  show([makeCall()], { of: { stream: "shop:m" } });
  expect(live.asked("calls")[0]).toMatchObject({ stream: "shop:m" });
  expect(screen.queryByText(/Market\/WatchQuotes ·/)).toBeNull();
});

test("without any it says what would tell them", () => {
  show([]);
  expect(screen.getByText("No live calls")).toBeTruthy();
});
