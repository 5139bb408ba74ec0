// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { afterEach, expect, test, vi } from "vitest";
import { makeConsumer, measured } from "@/components/shared/consumer-fixtures";
import { createFakeLive, type Undated } from "@/lib/live/live.fixture";
import type { FrameOf } from "@/lib/model/live";
import { UNKNOWN_READING } from "@/lib/model/reading";
import type { StreamMeta, StreamView } from "@/lib/model/views";
import { StreamPage } from "./stream-page";

// The page of a method has a chart; that of a stream has none.
vi.mock("@/components/charts", () => ({ HeatMap: () => null }));
vi.mock("@/components/ui/use-is-narrow", () => ({ useIsNarrow: () => false }));
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

function here(changes: Partial<StreamMeta> = {}): Undated<FrameOf["stream"]> {
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
function show(frame: Undated<FrameOf["stream"]>) {
  const live = createFakeLive(() => 1_790_000_060_000);
  live.answer("stream", frame);
  render(
    <NuqsTestingAdapter hasMemory>
      <live.Provider>
        <StreamPage id="edge:ORDERS" />
      </live.Provider>
    </NuqsTestingAdapter>,
  );
  return live;
}

test("what flows through it, what limits it and who reads it", () => {
  show(here());
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
  show(here({ peek: null }));
  expect(screen.queryByRole("button", { name: "Look" })).toBeNull();
});

test("events lead to what they concern and to the message they are about", () => {
  const event = { kind: "advisory", streamId: "edge:ORDERS" };
  show(
    here({
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
    }),
  );
  const [gaveUp, leader] = within(screen.getByRole("region", { name: /Events/ })).getAllByRole("listitem");
  expect(within(gaveUp!).getByRole("link").getAttribute("href")).toBe("/consumers/edge%3AORDERS.audit");
  expect(within(gaveUp!).getByRole("button", { name: "Look at sequence 4,711" })).toBeTruthy();
  expect(leader!.textContent).toMatch(/Leader changed: n1 → n2$/);
  expect(within(leader!).queryByRole("link")).toBeNull();
});

test("a stream that nobody reads says so; more consumers than shown are asked for", async () => {
  const live = show({ ...here({ consumersTotal: 0 }), rows: [] });
  expect(screen.getByText("Nobody reads this stream now.")).toBeTruthy();
  const rows = Array.from({ length: 50 }, (_, i) => makeConsumer({ id: `edge:ORDERS.${i}` }));
  live.answer("stream", { ...here({ consumersTotal: 4_100 }), rows });
  expect(screen.getByText("50 of 4,100")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: /^Show .* more$/ }));
  await waitFor(() => expect(live.asked("stream").map(({ limit }) => limit)).toEqual([50, 100]));
});

test("a stream that is gone says why", () => {
  show({ meta: { stream: null, reason: "It was deleted." }, rows: [], series: null });
  expect(screen.getByText("It was deleted.")).toBeTruthy();
  expect(screen.getByRole("link", { name: "all streams" }).getAttribute("href")).toBe("/streams");
});

test("a lost source says that everything is old", () => {
  show(here({ sourceStatus: "lost" }));
  expect(screen.getByText(/nats\/edge cannot be reached\. Everything below is as it was/)).toBeTruthy();
});
