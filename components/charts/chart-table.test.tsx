// @vitest-environment jsdom
import { cleanup, render, screen, within } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { ChartTable } from "./chart-table";

afterEach(cleanup);

const MINUTE = new Date(2026, 10, 21, 2, 13, 0).getTime();

/** One line from `first` on, a value a second, the first two not known: a rate takes two samples. */
function table(first: number, count: number) {
  const t = Array.from({ length: count }, (_, i) => first + i * 1_000);
  const values = t.map((_, i) => (i < 2 ? null : 7));
  const now = first + count * 1_000;
  return (
    <ChartTable
      label="In"
      series={{ t, lines: [{ label: "orders", values, stroke: "kafka" }] }}
      range={[now - 300_000, now]}
      format={(value) => `${value}/s`}
    />
  );
}

const cells = () =>
  within(screen.getByRole("table"))
    .queryAllByRole("cell")
    .map(({ textContent }) => textContent);

test("a line that becomes known is told at once, wherever in a minute it begins", () => {
  for (let offset = 0; offset < 57_000; offset += 1_000) {
    const { rerender } = render(table(MINUTE + offset, 0));
    expect(cells()).toEqual([]);
    rerender(table(MINUTE + offset, 1));
    rerender(table(MINUTE + offset, 3));
    expect(cells()).toEqual(["7/s"]);
    cleanup();
  }
});

test("it is not renewed at every sample of a minute", () => {
  const { rerender } = render(table(MINUTE, 10));
  const heading = () => screen.getByRole("rowheader").textContent;
  const before = heading();
  rerender(table(MINUTE, 20));
  expect(heading()).toBe(before);
  rerender(table(MINUTE, 70));
  expect(screen.getAllByRole("rowheader")).toHaveLength(2);
});
