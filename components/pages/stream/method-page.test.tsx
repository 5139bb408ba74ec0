// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { afterEach, expect, test, vi } from "vitest";
import { makeHeat, makeMethod } from "@/components/shared/call-fixtures";
import { measured } from "@/components/shared/consumer-fixtures";
import { ShortcutsProvider } from "@/components/shell/shortcuts";
import { createFakeLive, type Undated } from "@/lib/live/live.fixture";
import type { FrameOf } from "@/lib/model/live";
import type { StreamMeta } from "@/lib/model/views";
import { StreamPage } from "./stream-page";

vi.mock("@/components/charts", () => ({
  HeatMap: ({ label, unit }: { label: string; unit: string }) => (
    <div data-testid="heat">{`${label}, ${unit}`}</div>
  ),
}));
vi.mock("@/components/ui/use-is-narrow", () => ({ useIsNarrow: () => false }));
afterEach(cleanup);

const ID = "shop:/demo.market.v1.Market/WatchQuotes";

function here(changes: Partial<StreamMeta> = {}): Undated<FrameOf["stream"]> {
  return {
    meta: {
      stream: {
        id: ID,
        source: "shop",
        sourceName: "grpc/shop",
        system: "grpc",
        kind: "method",
        name: "/demo.market.v1.Market/WatchQuotes",
        detail: "server stream",
        account: null,
        lanes: 3,
        verdict: {
          status: "ok",
          severity: "good",
          because: "Takes messages; nothing is wrong with it.",
          since: null,
        },
        consumers: 0,
        inPerSecond: measured(240),
        outPerSecond: measured(240),
        retained: measured(0),
        asOf: 1_790_000_000_000,
      },
      facts: [],
      events: [],
      peek: null,
      consumersTotal: 0,
      sourceStatus: "live",
      intervalMs: 1_000,
      method: makeMethod(),
      heat: [makeHeat({ measure: "firstMessage" }), makeHeat()],
      ...changes,
    },
    rows: [],
    series: null,
  };
}

function show(frame = here()) {
  const live = createFakeLive(() => 1_790_000_060_000);
  live.answer("stream", frame);
  render(
    <NuqsTestingAdapter>
      <live.Provider>
        <ShortcutsProvider>
          <StreamPage id={ID} />
        </ShortcutsProvider>
      </live.Provider>
    </NuqsTestingAdapter>,
  );
  return live;
}

test("which end of its calls is watched, what goes each way, and where that is known from", () => {
  show();
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("/demo.market.v1.Market/WatchQuotes");
  expect(screen.getByText("served by the target")).toBeTruthy();
  const figure = (name: string) => screen.getByText(name, { selector: "dt" });
  expect(figure("Live calls").nextElementSibling?.textContent).toBe("3");
  expect(figure("Messages sent").nextElementSibling?.textContent).toBe("240 /s");
  expect(figure("Bytes sent").nextElementSibling?.textContent).toBe("352 KiB/s");
  const sent = figure("Messages sent").parentElement!;
  fireEvent.pointerEnter(sent);
  expect(sent.title).toMatch(/target sent.*From: instrumented\.$/s);
});

test("a heat map for each measure that its calls have", () => {
  show();
  expect(screen.getAllByTestId("heat").map(({ textContent }) => textContent)).toEqual([
    "Time to first message, calls",
    "Gap between messages, messages",
  ]);
});

test("a line for each status code; what the server failed at stands out while it happens", () => {
  show();
  const rows = within(screen.getByRole("table", { name: "Status codes" }))
    .getAllByRole("row")
    .slice(1);
  expect(rows.map((row) => row.textContent)).toEqual([
    "OK9595.0 %1,204",
    "CANCELLED33.0 %12",
    "DEADLINE_EXCEEDEDerror of the server22.0 %5",
    "UNAVAILABLEerror of the server00 %1",
  ]);
  expect(rows.map((row) => row.querySelector(".text-crit") !== null)).toEqual([false, false, true, false]);
});

test("without calls and latencies it says what would have to be there", () => {
  show(here({ method: makeMethod({ codes: [] }), heat: [] }));
  expect(screen.getByText("No call has ended")).toBeTruthy();
  expect(screen.getByText("No latencies yet")).toBeTruthy();
});

test("its live calls are asked for, worst first", () => {
  expect(show().asked("calls")).toEqual([
    { view: "calls", stream: ID, sort: "stall", reverse: false, limit: 100, offset: 0 },
  ]);
});
