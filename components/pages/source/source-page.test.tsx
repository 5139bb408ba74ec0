// @vitest-environment jsdom
import { cleanup, render, screen, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { createFakeLive, type Undated } from "@/lib/live/live.fixture";
import type { FrameOf } from "@/lib/model/live";
import type { SectionHead, SourceView } from "@/lib/model/views";
import { SourcePage } from "./source-page";

const NOW = 1_790_000_000_000;
vi.mock("@/components/shell/app-link", () => ({ AppLink: "a" }));
afterEach(cleanup);

const SOURCE: SourceView = {
  id: "edge",
  name: "nats/edge",
  kind: "nats",
  kindName: "NATS",
  status: "live",
  asOf: NOW - 400,
  intervalMs: 1_000,
  address: "127.0.0.1:4222",
  verdict: { status: "ok", severity: "good", because: "It answers, and nothing is wrong with it." },
  lastError: null,
  sample: { durationMs: 8.1, cpuMs: null, requests: 4, positions: 10_000 },
  counts: { streams: 500, lanes: 500, consumers: 10_000 },
  facts: [{ label: "Version", value: "nats-server 2.15.2" }],
  failures: [{ scope: "source", subject: "$SYS.REQ", code: "DENIED", message: "not permitted" }],
  samples: { taken: 1204, failed: 2, skipped: 0 },
};
const head = (key: string, title: string, rows: number): SectionHead => ({
  key,
  title,
  rows,
  columns: [{ label: "Name", kind: "text" }],
  asOf: NOW,
});

function here(): Undated<FrameOf["source"]> {
  return {
    meta: {
      source: SOURCE,
      sections: [head("servers", "Servers", 1), head("routes", "Routes", 0), head("groups", "Groups", 2)],
      events: [{ at: NOW, kind: "server", title: "n2 joined" }],
    },
    rows: [
      { id: "servers/n1", cells: ["n1"] },
      { id: "groups/a", cells: ["workers"] },
      { id: "groups/b", cells: ["mailers"] },
    ],
    series: null,
  };
}

function show(id: string, frame: Undated<FrameOf["source"]>) {
  const live = createFakeLive(() => NOW);
  live.answer("source", (query) => (query.id === id ? frame : null));
  render(<SourcePage id={id} />, { wrapper: live.Provider });
}

test("what it is, what could not be had, its tables each with their own rows, what happened", () => {
  show("edge", here());
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("nats/edge");
  expect(screen.getByText("nats-server 2.15.2")).toBeTruthy();
  expect(screen.getByText("$SYS.REQ")).toBeTruthy();
  const table = (name: string) =>
    within(screen.getByRole("table", { name }))
      .getAllByRole("cell")
      .map(({ textContent }) => textContent);
  expect(table("Servers")).toEqual(["n1"]);
  expect(table("Groups")).toEqual(["workers", "mailers"]);
  expect(screen.queryByRole("table", { name: "Routes" })).toBeNull();
  expect(screen.getByText("n2 joined", { exact: false })).toBeTruthy();
});

test("a source that is not configured says which are", () => {
  show("prod", { meta: { source: null, reason: "Configured sources: edge." }, rows: [], series: null });
  expect(screen.getByText("Configured sources: edge.")).toBeTruthy();
});
