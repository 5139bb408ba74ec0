// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LatencyHeat } from "@/lib/model/call";
import { HeatMap } from "./heat-map";
import { stepCursor } from "./heat-scale";

const AT = new Date(2026, 10, 21, 2, 13, 40).getTime();
const BY = { since: null, p50: 1, p90: 2.5, p99: 10, max: 40 };
const HEAT: LatencyHeat = {
  measure: "callDuration",
  stepMs: 10_000,
  boundsMs: [0.1, 1, 10, 100],
  columns: [
    { t: AT - 20_000, counts: [0, 200, 3], ...BY, max: 90 },
    { t: AT - 10_000, since: null, counts: null, p50: null, p90: null, p99: null, max: null },
    { t: AT, counts: [0, 190, 12, 1], ...BY },
  ],
};
const draws = vi.fn();

beforeEach(() => {
  vi.stubGlobal("matchMedia", () => ({ addEventListener() {}, removeEventListener() {} }));
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(() => {
    draws();
    return null;
  });
  draws.mockClear();
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

function map(cursor: number | null, onCursor = () => {}, heat = HEAT) {
  return (
    <HeatMap
      label="Call duration"
      unit="calls"
      heat={heat}
      windowMs={300_000}
      height={100}
      cursor={cursor}
      onCursor={onCursor}
    />
  );
}

test("a table says what the canvas shows, a gap as a gap", () => {
  render(map(null));
  const rows = within(screen.getByRole("table", { name: /^Call duration, a row a minute/ })).getAllByRole(
    "row",
  );
  expect(rows.slice(1).map((row) => row.textContent)).toEqual([
    "02:13:40406, not sampled all of the time1.0 ms2.5 ms10 ms90 ms",
  ]);
  expect(screen.getByText("one column = 10 s")).toBeTruthy();
});

test("a minute of which a part was sampled says which, and one before the first sample is not there", () => {
  const minute = new Date(2026, 10, 21, 2, 14, 0).getTime();
  for (let offset = 0; offset < 60_000; offset += 10_000) {
    const first = minute + offset;
    const columns = Array.from({ length: 8 }, (_, n) => ({
      t: first + n * 10_000,
      counts: [2],
      ...BY,
      since: n === 0 ? first - 4_000 : null,
    }));
    render(map(null, () => {}, { ...HEAT, columns }));
    const [, ...rows] = within(screen.getByRole("table")).getAllByRole("row");
    expect(rows[0]!.textContent).toContain(" since 02:1");
    for (const row of rows) expect(row.textContent).not.toContain("not sampled");
    cleanup();
  }
});

test("a column of few samples is told once, and says since when", () => {
  const wide = { t: AT + 20_000, counts: [7], ...BY, since: AT - 2_000 };
  const heat = { ...HEAT, columns: [...HEAT.columns.slice(2), wide] };
  render(map(AT + 10_000, () => {}, heat));
  const rows = within(screen.getByRole("table")).getAllByRole("row");
  expect(rows.slice(1).map((row) => row.textContent)).toEqual(["02:14:002101.0 ms2.5 ms10 ms40 ms"]);
  expect(screen.getByText("since 02:13:38", { selector: "span" })).toBeTruthy();
});

test("under the cursor the column is read out; what was not sampled says so", () => {
  const { rerender } = render(map(AT));
  expect(screen.getByText("203", { exact: false })).toBeTruthy();
  expect(screen.getByText("40 ms", { exact: false, selector: "span" })).toBeTruthy();
  rerender(map(AT - 10_000));
  expect(screen.getByText("not sampled", { selector: "span" })).toBeTruthy();
});

test("the pointer finds its column", () => {
  const onCursor = vi.fn();
  const { container } = render(map(null, onCursor));
  const field = container.querySelector("canvas")!.parentElement!;
  vi.spyOn(field, "getBoundingClientRect").mockReturnValue({ left: 0, width: 300 } as DOMRect);
  fireEvent.pointerMove(field, { clientX: 275 });
  expect(onCursor).toHaveBeenLastCalledWith(AT - 20_000);
  fireEvent.pointerLeave(field);
  expect(onCursor).toHaveBeenLastCalledWith(null);
});

test("it is drawn when its columns change, and not when the cursor moves", () => {
  const { rerender } = render(map(null));
  const before = draws.mock.calls.length;
  rerender(map(AT));
  rerender(map(AT - 10_000));
  expect(draws.mock.calls.length).toBe(before);
  rerender(map(AT, () => {}, { ...HEAT }));
  expect(draws.mock.calls.length).toBe(before + 1);
});

test("keys move the cursor from column to column, in at the newest and out past it", () => {
  expect(stepCursor(HEAT, null, -1)).toBe(AT);
  expect(stepCursor(HEAT, AT, -1)).toBe(AT - 10_000);
  expect(stepCursor(HEAT, AT - 20_000, -1)).toBe(AT - 20_000);
  expect(stepCursor(HEAT, AT, 1)).toBeNull();
  expect(stepCursor(undefined, null, -1)).toBeNull();
});
