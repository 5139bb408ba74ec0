// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { afterEach, expect, test } from "vitest";
import { formatClock } from "@/lib/format";
import type { EventRow } from "@/lib/model/views";
import { EventsRow } from "./events-row";

const AT = 1_790_000_000_000;
function show(event: Partial<EventRow>): HTMLElement {
  const whole: EventRow = {
    id: "prod:1",
    at: AT,
    kind: "status",
    title: "Falls behind.",
    source: "prod",
    sourceName: "kafka/prod",
    system: "kafka",
    entity: null,
    ...event,
  };
  const { container } = render(
    <NuqsTestingAdapter>
      <EventsRow event={whole} now={AT + 1_000} />
    </NuqsTestingAdapter>,
  );
  return container;
}
afterEach(cleanup);

test("a change of status has both lamps, whom it is about, and when it began if that was earlier", () => {
  const row = show({
    before: "ok",
    after: "behind",
    began: AT - 12_000,
    entity: "billing",
    consumerId: "prod:billing",
  });
  expect(row.textContent).toContain("ok→becamebehind");
  expect(row.textContent).toContain(`since ${formatClock(AT - 12_000)}`);
  expect(screen.getByRole("link", { name: "billing" }).getAttribute("href")).toBe(
    `/consumers/${encodeURIComponent("prod:billing")}`,
  );
  expect(show({ began: AT - 500 }).textContent).not.toContain("since");
});

test("an outage that is over says how long it was, and whatever is no status is text", () => {
  const row = show({ kind: "outage", before: "lost", after: "live", began: AT - 43_000, lastedMs: 43_000 });
  expect(row.textContent).toContain("lost→becamelive");
  expect(row.textContent).toContain(`from ${formatClock(AT - 43_000)}, 43.0 s long`);
  expect(screen.getByRole("link", { name: "kafka/prod" }).getAttribute("href")).toBe("/sources/prod");
  cleanup();
  expect(show({ kind: "leader", before: "n1", after: "n2" }).textContent).toContain("n1→becamen2");
});
