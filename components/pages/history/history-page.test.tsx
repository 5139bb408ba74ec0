// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KeptProvider } from "@/components/shell/kept-provider";
import { createFakeLive } from "@/lib/live/live.fixture";
import type { Incident } from "@/lib/model/incident";
import type { Kept, KeptHistory } from "@/lib/model/kept";
import { HistoryPage } from "./history-page";

const NOW = new Date(2026, 10, 30, 15, 0, 0).getTime();
const INCIDENT: Incident = {
  id: "2026-11-30-02-13-04-9c0db4",
  name: "Billing fell behind",
  note: "After the deploy.",
  from: NOW - 3_600_000,
  to: NOW - 3_000_000,
  markedAt: NOW,
};
const KEPT: KeptHistory = {
  isOn: true,
  opened: null,
  incidents: [INCIDENT],
  dir: "/data/history",
  limits: {
    keepMs: 86_400_000,
    tiersMs: [7, 90, 730].map((days) => days * 86_400_000),
    maxBytes: 1_000 << 20,
  },
  trouble: null,
  from: NOW - 7_200_000,
  to: NOW,
  tiers: [
    { stepMs: 10_000, from: NOW - 3_600_000, to: NOW, bytes: 3 << 20 },
    { stepMs: 60_000, from: null, to: null, bytes: 0 },
    { stepMs: 600_000, from: null, to: null, bytes: 0 },
  ],
  bytes: 12 << 20,
  bytesPerDay: 144 << 20,
  windowMs: 900_000,
};

let answers: Kept;
let asked: string[];
beforeEach(() => {
  asked = [];
  vi.stubGlobal("fetch", async (path: string, { method = "GET" }: RequestInit = {}) => {
    asked.push(`${method} ${path}`);
    if (method === "DELETE") answers = { ...KEPT, incidents: [] };
    return Response.json(method === "DELETE" ? {} : answers);
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

async function show(kept: Kept) {
  answers = kept;
  const live = createFakeLive(() => NOW);
  render(
    <NuqsTestingAdapter>
      <live.Provider>
        <KeptProvider>
          <HistoryPage />
        </KeptProvider>
      </live.Provider>
    </NuqsTestingAdapter>,
  );
  await waitFor(() => expect(screen.queryByText(/Asking the server/)).toBeNull());
}
const text = () => document.body.textContent ?? "";

test("what is kept, how fast it grows and how long there is room", async () => {
  await show(KEPT);
  expect(text()).toContain("/data/history");
  expect(text()).toContain("From13:00:00");
  expect(text()).toContain("12.0 MiB of 1000 MiB");
  expect(text()).toContain("144 MiB a day");
  expect(text()).toContain("At this pace all of that fits.");
  const rows = screen.getAllByRole("row").map((row) => [...row.children].map((cell) => cell.textContent));
  expect(rows.slice(1)).toEqual([
    ["10 s", "14:00:00", "15:00:00", "3.00 MiB", "7 d"],
    ["1 m", "—", "—", "0 B", "90 d"],
    ["10 m", "—", "—", "0 B", "730 d"],
  ]);
});

test("where the budget ends before the time does, it says so; before a minute it guesses nothing", async () => {
  await show({ ...KEPT, bytesPerDay: 2_000 << 20 });
  expect(text()).toContain("there is room for 12 h: a larger maxBytes keeps more");
  cleanup();
  await show({ ...KEPT, from: null, to: null, bytesPerDay: null });
  expect(text()).toContain("not known before a minute");
  expect(text()).toContain("From—");
  expect(text()).not.toContain("At this pace");
});

test("an incident leads to its moment, can be taken along, and is deleted when asked twice", async () => {
  await show(KEPT);
  const link = screen.getByRole("link", { name: "Billing fell behind" });
  expect(link.getAttribute("href")).toBe(`/?at=${encodeURI(new Date(INCIDENT.to).toISOString())}`);
  expect(screen.getByRole("link", { name: "Export" }).getAttribute("href")).toBe(
    `/api/v1/incidents/${INCIDENT.id}/export`,
  );
  fireEvent.click(screen.getByRole("button", { name: "Delete Billing fell behind" }));
  expect(asked.some((line) => line.startsWith("DELETE"))).toBe(false);
  await act(async () => {
    fireEvent.click(screen.getByRole("button", { name: "Delete Billing fell behind for good" }));
  });
  expect(asked).toContain(`DELETE /api/v1/incidents/${INCIDENT.id}`);
  await waitFor(() => expect(text()).toContain("Nothing is marked"));
});

test("switched off it says which lines keep something; of a recording it tells the note", async () => {
  await show({ isOn: false });
  expect(text()).toContain("Nothing is recorded");
  expect(text()).toContain("maxBytes: 2GB");
  cleanup();
  await show({ ...KEPT, opened: INCIDENT, incidents: [], limits: null });
  expect(text()).toContain("Billing fell behind");
  expect(text()).toContain("After the deploy.");
  expect(text()).not.toContain("Incidents");
});
