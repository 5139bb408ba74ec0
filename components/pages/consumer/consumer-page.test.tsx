// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { afterEach, expect, test, vi } from "vitest";
import { makeConsumer, makeConsumerMeta, makeLane, measured } from "@/components/shared/consumer-fixtures";
import { ShortcutsProvider } from "@/components/shell/shortcuts";
import { createFakeLive, type Undated } from "@/lib/live/live.fixture";
import type { FrameOf } from "@/lib/model/live";
import { UNKNOWN_READING } from "@/lib/model/reading";
import { ConsumerPage } from "./consumer-page";

vi.mock("@/components/charts", () => ({
  TimeChart: ({ label, isStale }: { label: string; isStale: boolean }) => (
    <div data-testid="chart">{`${label}${isStale ? " (stale)" : ""}`}</div>
  ),
}));

const LANES = [makeLane(7), makeLane(3, { backlog: measured(3558), member: "writer-2", host: "10.0.4.17" })];

function here(meta = makeConsumerMeta()): Undated<FrameOf["consumer"]> {
  return { meta, rows: LANES, series: null };
}
function show(frame: Undated<FrameOf["consumer"]>) {
  const live = createFakeLive(() => 1_790_000_060_000);
  live.answer("consumer", frame);
  render(
    <NuqsTestingAdapter hasMemory>
      <live.Provider>
        <ShortcutsProvider>
          <ConsumerPage id="prod:billing-writer" />
        </ShortcutsProvider>
      </live.Provider>
    </NuqsTestingAdapter>,
  );
  return live;
}

afterEach(cleanup);

test("the sentence, its evidence, the figures, three charts and the lanes", () => {
  show(here());
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("billing-writer");
  expect(screen.getByText("Nobody has been reading for 38 s: 48,210 messages waiting.")).toBeTruthy();
  expect(screen.getByText("Evidence: Active readers", { exact: false })).toBeTruthy();
  for (const text of ["38.2 s", "48,210", "8.41 k/s", "0 /s", "no end"])
    expect(screen.getByText(text)).toBeTruthy();
  expect(screen.getAllByTestId("chart").map((chart) => chart.textContent)).toEqual([
    "Throughput",
    "Latency",
    "Backlog",
  ]);
  expect(screen.getByText("orders · 7")).toBeTruthy();
  expect(screen.getByText("unassigned")).toBeTruthy();
  expect(screen.getByText("writer-2")).toBeTruthy();
});

test("unknown is a dash, a lower bound says so", () => {
  const consumer = makeConsumer({
    backlog: UNKNOWN_READING,
    latencyMs: { value: 12_000, provenance: "atLeast" },
  });
  show(here(makeConsumerMeta({ consumer })));
  expect(screen.getByText("Backlog", { selector: "dt" }).nextElementSibling?.textContent).toBe("—");
  expect(screen.getByText("Oldest unread").nextElementSibling?.textContent).toBe("≥ 12.0 s");
});

test("`b` asks for lanes with a backlog only", () => {
  const live = show(here());
  expect(live.asked("consumer")).toMatchObject([{ behindOnly: false, offset: 0 }]);
  fireEvent.keyDown(document.body, { key: "b" });
  expect(live.asked("consumer").at(-1)).toMatchObject({ behindOnly: true, offset: 0 });
});

test("a consumer that is gone says why, and is there by itself when it returns", () => {
  const live = show({ meta: { consumer: null, reason: "It was deleted." }, rows: [], series: null });
  expect(screen.getByText("It was deleted.")).toBeTruthy();
  expect(screen.getByRole("link", { name: "all consumers" }).getAttribute("href")).toBe("/consumers");
  live.answer("consumer", here());
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("billing-writer");
});

test("a lost source greys everything and says since when", () => {
  show(here(makeConsumerMeta({ sourceStatus: "lost" })));
  expect(screen.getByText(/cannot be reached\. Everything below is as it was at .*, 1 m ago\./)).toBeTruthy();
  expect(screen.getAllByTestId("chart").every((chart) => chart.textContent?.endsWith("(stale)"))).toBe(true);
});

test("JetStream's backlog is told apart: beside it, over its chart, and in its lane", () => {
  const parts = { system: "nats", backlog: measured(1_300), inFlight: measured(96) } as const;
  show({
    ...here(makeConsumerMeta({ consumer: makeConsumer(parts) })),
    rows: [makeLane(0, { backlog: measured(1_300), inFlight: measured(96) })],
  });
  const figure = (name: string) => screen.getByText(name, { selector: "dt" }).nextElementSibling?.textContent;
  expect([figure("Backlog"), figure("Not delivered"), figure("Not acknowledged")]).toEqual([
    "1,300",
    "1,204",
    "96",
  ]);
  expect(screen.getByText("messages waiting: 1,204 not delivered, 96 not acknowledged")).toBeTruthy();
  const lanes = within(screen.getByRole("table", { name: /Lanes/ }));
  expect(lanes.getByRole("columnheader", { name: "Not delivered" })).toBeTruthy();
  expect(lanes.getByText("1.20 k")).toBeTruthy();
  // Who reads is not told, which is not that nobody does.
  expect(lanes.queryByText("unassigned")).toBeNull();
});

test("a backlog of bytes has no such parts, and where a part is not known it is not 0", () => {
  const consumer = makeConsumer({ system: "nats", inFlight: UNKNOWN_READING, backlogUnit: "bytes" });
  const live = show(here(makeConsumerMeta({ consumer })));
  expect(screen.queryByText("Not delivered")).toBeNull();
  live.answer("consumer", here(makeConsumerMeta({ consumer: { ...consumer, backlogUnit: "messages" } })));
  expect(screen.getByText("Not delivered", { selector: "dt" }).nextElementSibling?.textContent).toBe("—");
});

test("facts in groups stand in a card of their own, the others are the evidence", () => {
  const evidence = [
    { label: "Ack wait", value: "30 s", group: "Limits" },
    { label: "Active readers", value: "1" },
  ];
  show(here(makeConsumerMeta({ evidence })));
  const limits = within(screen.getByRole("region", { name: "Limits" }));
  expect(limits.getByText("Ack wait").nextElementSibling?.textContent).toBe("30 s");
  expect(screen.getByText("Evidence: Active readers", { exact: false }).textContent).not.toContain(
    "Ack wait",
  );
});

test("its stream and its source are a step away", () => {
  show(here());
  expect(screen.getByRole("link", { name: "orders" }).getAttribute("href")).toBe("/streams/prod%3Aorders");
  expect(screen.getByRole("link", { name: /kafka\/prod/ }).getAttribute("href")).toBe("/sources/prod");
});

test("per-stream figures only where it reads several", () => {
  const live = show(here());
  expect(screen.queryByRole("heading", { name: "Streams" })).toBeNull();
  const streams = ["orders", "users"].map((stream) => ({
    id: `prod:${stream}`,
    stream,
    lanes: 6,
    backlog: measured(1),
  }));
  live.answer("consumer", here(makeConsumerMeta({ streams })));
  expect(screen.getByRole("heading", { name: "Streams" })).toBeTruthy();
});

test.each([
  [0, "any moment", "text-crit"],
  [9 * 60_000, "in 9 m", "text-crit"],
  [40 * 60_000, "in 40 m", "text-warn"],
  [3 * 3_600_000, "in 3 h", null],
])("what is lost to retention in %d ms is shown with the urgency it has", (ms, text, tone) => {
  show(here(makeConsumerMeta({ consumer: makeConsumer({ firstLoss: measured(ms) }) })));
  const value = screen.getByText("First loss in").nextElementSibling;
  expect(value?.textContent).toBe(text);
  expect(value?.className.match(/text-(crit|warn)/)?.[0] ?? null).toBe(tone);
});

test("what will have been read before retention takes it is not told", () => {
  const consumer = makeConsumer({ retention: measured(9 * 60_000), firstLoss: null });
  show(here(makeConsumerMeta({ consumer })));
  expect(screen.queryByText("First loss in")).toBeNull();
});

test.each([null, UNKNOWN_READING])(
  "nothing is said of retention where nobody knows, or it takes nothing",
  (firstLoss) => {
    show(here(makeConsumerMeta({ consumer: makeConsumer({ firstLoss }) })));
    expect(screen.queryByText("First loss in")).toBeNull();
  },
);

test("pointing at a figure tells when it was read", () => {
  show(here(makeConsumerMeta()));
  const figure = screen.getByText("Backlog", { selector: "dt" }).parentElement!;
  fireEvent.pointerEnter(figure);
  expect(figure.title).toMatch(/ · as of \d\d:\d\d:\d\d/);
});
