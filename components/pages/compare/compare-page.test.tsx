// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createFakeLive } from "@/lib/live/live.fixture";
import type { Comparison, Standing } from "@/lib/model/compare";
import type { Status } from "@/lib/model/status";
import { ComparePage } from "./compare-page";

const NOW = new Date(2026, 10, 30, 15, 0, 0).getTime();
const DAY_MS = 86_400_000;
const stood = (status: Status, seconds: number, messages: number): Standing => ({
  status,
  latencyMs: { value: seconds * 1_000, provenance: "measured" },
  backlog: { value: messages, provenance: "measured" },
});
const who = {
  source: "k",
  sourceName: "kafka/prod",
  system: "kafka",
  stream: "orders",
  backlogUnit: "messages",
} as const;
const COMPARISON: Comparison = {
  before: NOW - DAY_MS,
  after: NOW,
  rows: [
    {
      ...who,
      id: "k:billing",
      name: "billing",
      change: "worse",
      before: stood("ok", 0, 3),
      after: stood("stalled", 90, 4_000),
    },
    { ...who, id: "k:old", name: "old", change: "gone", before: stood("idle", 0, 0), after: null },
  ],
  counts: { worse: 1, new: 0, gone: 1, better: 0 },
  all: 17,
};

let asked: URL[];
let answer: () => Response;
beforeEach(() => {
  asked = [];
  answer = () => Response.json(COMPARISON);
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(new URL(path, "http://x"));
    return answer();
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function show(address: string, at: number | null) {
  const live = createFakeLive(() => NOW);
  render(
    <NuqsTestingAdapter searchParams={address} hasMemory>
      <live.Provider at={at}>
        <ComparePage />
      </live.Provider>
    </NuqsTestingAdapter>,
  );
}
const text = () => document.body.textContent ?? "";

test("the largest change first, as it stood and as it stands; what is gone leads to where it was", async () => {
  show(`?with=24h&at=${new Date(NOW).toISOString()}`, NOW);
  await screen.findByText("billing");
  expect(asked[0]!.searchParams.get("at")).toBe(new Date(NOW).toISOString());
  expect(asked[0]!.searchParams.get("with")).toBe(new Date(NOW - DAY_MS).toISOString());
  expect(text()).toContain("1 worse · 1 gone of 17");
  const [first] = screen.getAllByRole("row").slice(1);
  expect(first!.textContent).toMatch(/worse.*billing.*ok.*stalled.*0 ms.*1 m 30 s.*3.*4,?\.?0/);
  const href = (name: string) => screen.getByRole("link", { name }).getAttribute("href");
  expect(href("billing")).toContain(encodeURI(`at=${new Date(NOW).toISOString()}`));
  expect(href("old")).toContain(encodeURI(`at=${new Date(NOW - DAY_MS).toISOString()}`));
});

test("with what it is compared can be chosen and typed", async () => {
  show("", null);
  await screen.findByText("billing");
  expect(asked[0]!.searchParams.get("with")).toBe(new Date(NOW - 15 * 60_000).toISOString());
  expect(asked[0]!.searchParams.has("at")).toBe(false);
  fireEvent.change(screen.getByLabelText("Compare with"), { target: { value: "7d" } });
  await waitFor(() =>
    expect(asked.at(-1)!.searchParams.get("with")).toBe(new Date(NOW - 7 * DAY_MS).toISOString()),
  );
  const field = screen.getByLabelText("Another moment to compare with");
  fireEvent.change(field, { target: { value: "tomorrow" } });
  fireEvent.submit(field);
  expect(screen.getByRole("alert").textContent).toMatch(/moment that has been/);
  fireEvent.change(field, { target: { value: "yesterday 14:00" } });
  fireEvent.submit(field);
  await waitFor(() =>
    expect(asked.at(-1)!.searchParams.get("with")).toBe(new Date(NOW - DAY_MS - 3_600_000).toISOString()),
  );
});

test("where nothing changed, or there is nothing to compare with, it says so", async () => {
  answer = () => Response.json({ ...COMPARISON, rows: [], counts: { worse: 0, new: 0, gone: 0, better: 0 } });
  show("", null);
  await screen.findByText("All stand as they did");
  cleanup();
  const detail = "Nothing is recorded of that moment, nor of one before it.";
  answer = () => Response.json({ title: "Not found", status: 404, detail }, { status: 404 });
  show("?with=7d", null);
  await screen.findByText(detail);
});
