// @vitest-environment jsdom
import { cleanup, render, screen, within } from "@testing-library/react";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeConsumer, measured } from "@/components/shared/consumer-fixtures";
import type { FrameOf } from "@/lib/model/live";
import { UNKNOWN_READING } from "@/lib/model/reading";
import type { StreamMeta, StreamView } from "@/lib/model/views";
import { StreamPage } from "./stream-page";

const live = vi.hoisted(() => ({ frame: null as unknown, asked: [] as unknown[] }));
vi.mock("@/lib/live", () => ({
  useLive: (query: unknown) => {
    live.asked.push(query);
    return { frame: live.frame, problem: null, receivedAt: 0 };
  },
  useNow: () => 1_790_000_060_000,
  useConnection: () => ({ status: "live", since: 0, clockOffsetMs: 0 }),
}));
// The page of a method has a chart; that of a stream has none.
vi.mock("@/components/charts", () => ({ HeatMap: () => null }));
beforeEach(() => {
  live.asked = [];
});
afterEach(cleanup);

const AT = 1_790_000_000_000;
const STREAM: StreamView = {
  id: "edge:ORDERS",
  source: "edge",
  sourceName: "nats/edge",
  system: "nats",
  kind: "jetstream",
  name: "ORDERS",
  detail: "orders.>, refunds.>",
  account: "SHOP",
  lanes: 1,
  verdict: {
    status: "ok",
    severity: "good",
    because: "Takes messages; nothing is wrong with it.",
    since: null,
  },
  consumers: 2,
  inPerSecond: measured(200),
  outPerSecond: UNKNOWN_READING,
  retained: measured(48_210),
  asOf: AT,
};
const CONSUMERS = [
  makeConsumer({ id: "edge:ORDERS.audit", system: "nats", name: "audit", detail: "orders.paid" }),
  makeConsumer({ id: "edge:ORDERS.mail", system: "nats", name: "mail", status: "ok" }),
];

function here(changes: Partial<StreamMeta> = {}): FrameOf["stream"] {
  return {
    meta: {
      stream: STREAM,
      facts: [
        { label: "Max age", value: "1 h", group: "Limits", title: "Older ones go" },
        { label: "Leader", value: "n1", group: "Copies" },
        { label: "Max bytes", value: "128 MiB", group: "Limits" },
      ],
      events: [],
      peek: { first: 11, last: 48_220 },
      method: null,
      heat: [],
      consumersTotal: 2,
      sourceStatus: "live",
      intervalMs: 1_000,
      ...changes,
    },
    rows: CONSUMERS,
    series: null,
  };
}
function show() {
  return render(<StreamPage id="edge:ORDERS" />, { wrapper: NuqsTestingAdapter });
}

test("what flows through it, what limits it and who reads it", () => {
  live.frame = here();
  show();
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("ORDERS");
  expect(screen.getByText("orders.>, refunds.>")).toBeTruthy();
  expect(screen.getByText("SHOP")).toBeTruthy();
  expect(screen.getByRole("link", { name: /nats\/edge/ }).getAttribute("href")).toBe("/sources/edge");
  expect(screen.getByText("In").nextElementSibling?.textContent).toBe("200 /s");
  expect(screen.getByText("Out").nextElementSibling?.textContent).toBe("—");
  expect(screen.getByText("Held").nextElementSibling?.textContent).toBe("48,210");
  const limits = within(screen.getByRole("region", { name: "Limits" }));
  expect(limits.getByText("Max age").nextElementSibling?.textContent).toBe("1 h");
  expect(limits.getByText("Max bytes")).toBeTruthy();
  expect(within(screen.getByRole("region", { name: "Copies" })).getByText("n1")).toBeTruthy();
  const audit = screen.getByRole("link", { name: "audit" });
  expect(audit.getAttribute("href")).toBe("/consumers/edge%3AORDERS.audit");
  expect(audit.closest("tr")?.textContent).toContain("orders.paid");
  expect(screen.getByRole("button", { name: "Look" })).toBeTruthy();
});

test("messages can be looked at only where that is possible", () => {
  live.frame = here({ peek: null });
  show();
  expect(screen.queryByRole("button", { name: "Look" })).toBeNull();
});

test("events lead to what they concern and to the message they are about", () => {
  const event = { kind: "advisory", streamId: "edge:ORDERS" };
  live.frame = here({
    events: [
      {
        ...event,
        at: AT,
        title: "Gave up on sequence 4,711 after 5 deliveries",
        consumerId: "edge:ORDERS.audit",
        peek: { streamId: "edge:ORDERS", sequence: 4711 },
      },
      { ...event, at: AT - 1, title: "Leader changed", before: "n1", after: "n2" },
    ],
  });
  show();
  const [gaveUp, leader] = within(screen.getByRole("region", { name: /Events/ })).getAllByRole("listitem");
  expect(within(gaveUp!).getByRole("link").getAttribute("href")).toBe("/consumers/edge%3AORDERS.audit");
  expect(within(gaveUp!).getByRole("button", { name: "Look at sequence 4,711" })).toBeTruthy();
  expect(leader!.textContent).toMatch(/Leader changed: n1 → n2$/);
  expect(within(leader!).queryByRole("link")).toBeNull();
});

test("a stream that nobody reads says so; more consumers than shown are asked for", () => {
  live.frame = { ...here({ consumersTotal: 0 }), rows: [] };
  const { rerender } = show();
  expect(screen.getByText("Nobody reads this stream now.")).toBeTruthy();
  live.frame = here({ consumersTotal: 4_100 });
  rerender(<StreamPage id="edge:ORDERS" />);
  expect(screen.getByText("2 of 4,100")).toBeTruthy();
  expect(screen.getByRole("button", { name: /^Show .* more$/ })).toBeTruthy();
});

test("a stream that is gone says why", () => {
  live.frame = { meta: { stream: null, reason: "It was deleted." }, rows: [], series: null };
  show();
  expect(screen.getByText("It was deleted.")).toBeTruthy();
  expect(screen.getByRole("link", { name: "all streams" }).getAttribute("href")).toBe("/streams");
});

test("a lost source says that everything is old", () => {
  live.frame = here({ sourceStatus: "lost" });
  show();
  expect(screen.getByText(/nats\/edge cannot be reached\. Everything below is as it was/)).toBeTruthy();
});
