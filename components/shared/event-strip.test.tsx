// @vitest-environment jsdom
import { cleanup, render } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import type { SourceEvent } from "@/lib/model/source";
import { EventList, EventStrip } from "./event-strip";

afterEach(cleanup);

const RANGE = [0, 1000] as const;
const event = (at: number): SourceEvent => ({ at, kind: "rebalance", title: `at ${at}` });

/** Names drawn above the charts, as [text, left, width] in percent. */
function names(events: readonly SourceEvent[]) {
  const { container } = render(<EventStrip events={events} range={RANGE} />);
  const spans = [...container.querySelectorAll<HTMLElement>("div > span")];
  return spans.map((span) => [span.textContent, parseFloat(span.style.left), parseFloat(span.style.width)]);
}

test("each name has the room up to the next", () => {
  expect(names([event(200), event(600)])).toEqual([
    ["at 600", 60, 40],
    ["at 200", 20, 40],
  ]);
});

test("of names that would overlap the newest is drawn, and all of them are in the list", () => {
  expect(names([event(500), event(510), event(520)])).toEqual([["at 520", 52, 48]]);
  expect(document.querySelectorAll("li")).toHaveLength(3);
});

test("the newest at the right edge stands before its line", () => {
  const [[, left, width]] = names([event(990)]) as [[string, number, number]];
  expect(left + width).toBeCloseTo(99);
});

test("a change of status is named by what it became: there is no room for the sentence", () => {
  const sentence = "Stalled: 48,210 messages waiting, and nothing was finished for 1 m 30 s.";
  const change = { ...event(200), kind: "status", title: sentence, before: "ok", after: "stalled" };
  expect(names([change])).toEqual([["stalled", 20, 80]]);
});

test("nothing in the range, nothing drawn", () => {
  expect(names([event(-5), event(2000)])).toEqual([]);
});

test("the list has what things were and became, the newest first", () => {
  const { container } = render(
    <EventList
      events={[
        event(100),
        { ...event(200), after: "n2" },
        { ...event(300), before: "2 members", after: "3 members" },
        { ...event(400), kind: "status", title: "Stalled: 7 messages waiting.", after: "stalled" },
        event(5000),
      ]}
      range={RANGE}
    />,
  );
  expect(container.querySelector("summary")?.textContent).toBe("4 events");
  const lines = [...container.querySelectorAll("li")].map((line) => line.textContent);
  expect(lines).toEqual([
    expect.stringMatching(/Stalled: 7 messages waiting\.$/),
    expect.stringMatching(/at 300: 2 members → 3 members$/),
    expect.stringMatching(/at 200: n2$/),
    expect.stringMatching(/at 100$/),
  ]);
});

test("no list where nothing happened", () => {
  expect(render(<EventList events={[]} range={RANGE} />).container.innerHTML).toBe("");
});
