// @vitest-environment jsdom
import { cleanup, render, screen, within } from "@testing-library/react";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { afterEach, beforeEach, describe, expect, it, test, vi } from "vitest";
import { makeCall, makeCallMeta, makeFlowingCall } from "@/components/shared/call-fixtures";
import { createFakeLive, type Undated } from "@/lib/live/live.fixture";
import type { FrameOf } from "@/lib/model/live";
import { CallPage } from "./call-page";
import { connectionSentence } from "./connection-words";

vi.mock("@/components/charts", () => ({
  TimeChart: ({ label, isStale }: { label: string; isStale: boolean }) => (
    <div data-testid="chart">{`${label}${isStale ? " (stale)" : ""}`}</div>
  ),
}));
let live: ReturnType<typeof createFakeLive>;
beforeEach(() => {
  live = createFakeLive(() => 1_790_000_000_000);
});
afterEach(cleanup);

function here(meta = makeCallMeta(), rows = [makeFlowingCall()]): Undated<FrameOf["call"]> {
  return { meta, rows, series: null };
}
function show(frame: Undated<FrameOf["call"]>) {
  live.answer("call", frame);
  render(
    <live.Provider>
      <CallPage id="shop:call.7" />
    </live.Provider>,
    { wrapper: NuqsTestingAdapter },
  );
}
const charts = () => screen.getAllByTestId("chart").map(({ textContent }) => textContent);

test("which call, why it stands still, its figures, its charts", () => {
  show(here());
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Market/WatchQuotes for desk");
  expect(screen.getByText("2,255 messages wait and none was flushed for 4.8 s.")).toBeTruthy();
  const figure = (name: string) => screen.getByText(name, { selector: "dt" }).nextElementSibling?.textContent;
  expect(["Waiting", "Queued", "Unread", "Last sent", "Deadline"].map(figure)).toEqual([
    "4.8 s",
    "2,255",
    "—",
    "4.9 s ago",
    "—",
  ]);
  expect(charts()).toEqual(["Messages", "Waiting", "Queued"]);
});

test("this call and its neighbour stand under each other: one waits, the other flows", () => {
  show(here());
  const region = within(screen.getByRole("region", { name: "On the same connection" }));
  expect(
    region.getByText(/^This call waits while 1 other on the same connection flows: its own reader/),
  ).toBeTruthy();
  const [, own, other] = region.getAllByRole("row");
  expect(own!.textContent).toMatch(/^stalleddesk · this call/);
  expect(other!.textContent).toMatch(/^okdesk/);
  expect(within(own!).queryByRole("link")).toBeNull();
  expect(within(other!).getByRole("link").getAttribute("href")).toBe("/calls/shop%3Acall.8");
});

test("a call that ends while somebody looks keeps its last numbers, and says how it ended", () => {
  show(here());
  live.answer("call", {
    meta: { call: null, reason: "It ended at 02:13:40 with CANCELLED." },
    rows: [],
    series: null,
  });
  expect(screen.getByText("It ended at 02:13:40 with CANCELLED.", { exact: false })).toBeTruthy();
  expect(screen.getByText("Waiting", { selector: "dt" }).nextElementSibling?.textContent).toBe("4.8 s");
  expect(charts()).toEqual(["Messages (stale)", "Waiting (stale)", "Queued (stale)"]);
});

test("a call that ended before says so", () => {
  show({ meta: { call: null, reason: "It ended with OK." }, rows: [], series: null });
  expect(screen.getByText("It ended with OK.")).toBeTruthy();
  expect(screen.getByRole("link", { name: "all calls" }).getAttribute("href")).toBe("/calls");
});

describe("what the others on a connection say", () => {
  const waits = makeCall();
  const flows = makeFlowingCall();
  const rests = makeFlowingCall({ status: "idle", sentPerSecond: 0 });
  it.each([
    ["nothing, where there are none", waits, [], /^No other call/],
    [
      "the reader is slow, where others flow",
      waits,
      [flows, waits],
      /^This call waits while 1 other .* flows: its own reader/,
    ],
    [
      "the connection, where all wait",
      waits,
      [waits, waits],
      /^Every call on this connection waits, all 3 of them/,
    ],
    [
      "nothing certain, where the others rest",
      waits,
      [rests],
      /^This call waits; nothing flows in the others/,
    ],
    [
      "that another one waits",
      flows,
      [waits, rests],
      /^This call does not wait; 1 other on the same connection does\./,
    ],
    ["that none waits", flows, [rests], /^None of the calls/],
  ])("%s", (_, call, others, sentence) => expect(connectionSentence(call, others)).toMatch(sentence));
});
