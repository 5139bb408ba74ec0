// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { afterEach, expect, test } from "vitest";
import { createFakeLive } from "@/lib/live/live.fixture";
import type { SourceView } from "@/lib/model/views";
import { SourcesPanel } from "./sources-panel";

const NOW = 1_790_000_000_000;
afterEach(cleanup);

function makeSource(changes: Partial<SourceView> = {}): SourceView {
  return {
    id: "prod",
    name: "kafka/prod",
    kind: "kafka",
    kindName: "Kafka",
    status: "live",
    asOf: NOW - 400,
    intervalMs: 1000,
    address: "127.0.0.1:9092",
    lastError: null,
    sample: { durationMs: 8.1, cpuMs: null, requests: 4, positions: 184_000 },
    counts: { streams: 12, lanes: 96, consumers: 17 },
    facts: [],
    failures: [],
    verdict: { status: "ok", severity: "good", because: "It answers, and nothing is wrong with it." },
    samples: { taken: 1204, failed: 2, skipped: 0 },
    ...changes,
  };
}

function show(...rows: SourceView[]) {
  const live = createFakeLive(() => NOW);
  live.answer("sources", { meta: {}, rows, series: null });
  render(
    <live.Provider>
      <SourcesPanel />
    </live.Provider>,
    { wrapper: NuqsTestingAdapter },
  );
}

test("says how old the sample is, what it cost, and leaves unknown unknown", () => {
  show(makeSource());
  for (const text of [
    "live",
    "127.0.0.1:9092",
    "as of 0.4 s ago",
    "8.1 ms",
    "184,000",
    "2 failed, 0 skipped",
  ]) {
    expect(screen.getByText(text)).toBeTruthy();
  }
  expect(screen.getByText("CPU").nextElementSibling?.textContent).toBe("—");
  expect(screen.getByText("17").getAttribute("href")).toBe("/consumers?source=prod");
});

test("a failure says what happened, what to do and when the next try is", () => {
  const lastError = {
    code: "UNREACHABLE",
    message: "127.0.0.1:9092 refused the connection.",
    hint: "Is the broker running?",
    at: NOW - 2000,
    nextTryAt: NOW + 4200,
    attempts: 4,
  } as const;
  show(makeSource({ status: "lost", lastError }), makeSource({ id: "edge", name: "nats/edge" }));
  expect(screen.getByText("127.0.0.1:9092 refused the connection.")).toBeTruthy();
  expect(screen.getByText("Is the broker running?")).toBeTruthy();
  expect(screen.getByText(/4 times in a row/).textContent).toMatch(/ · next try in 5 s$/);
  expect(screen.getByRole("region", { name: /nats\/edge/ })).toBeTruthy();
});

test("thousands of partial failures are counted, not all listed", () => {
  const failures = Array.from({ length: 3000 }, (_, i) => ({
    scope: "lane" as const,
    subject: `orders/${i}`,
    code: "ANSWERED_ERROR" as const,
    message: "no leader",
  }));
  show(makeSource({ failures }));
  expect(screen.getByText("3,000 parts of the last sample failed")).toBeTruthy();
  expect(screen.getAllByRole("listitem", { hidden: true })).toHaveLength(20);
  expect(screen.getByText("and 2,980 more")).toBeTruthy();
});

test("without a source it shows the lines to add", () => {
  show();
  expect(screen.getByText(/kind: kafka/)).toBeTruthy();
});
