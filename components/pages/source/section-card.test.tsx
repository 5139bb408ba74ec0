// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { createFakeLive } from "@/lib/live/live.fixture";
import type { SectionRow } from "@/lib/model/source";
import type { SectionHead } from "@/lib/model/views";
import { SectionCard } from "./section-card";
import { SectionIndex } from "./section-index";

const NOW = 1_790_000_000_000;
afterEach(cleanup);

const HEAD: SectionHead = {
  key: "connections",
  title: "Connections",
  note: "Those with most bytes waiting.",
  columns: [
    { label: "Client", kind: "text" },
    { label: "Waiting", kind: "bytes", title: "Bytes the server holds for it" },
    { label: "Out", kind: "counter" },
    { label: "Bytes out", kind: "byteCounter" },
    { label: "Round trip", kind: "duration" },
    { label: "CPU", kind: "percent" },
    { label: "Subscriptions", kind: "count" },
  ],
  rows: 2,
  asOf: NOW - 1_200,
};
const SLOW: SectionRow = {
  id: "connections/7",
  cells: ["slow-reader", 3_355_443, 1_234.56, 2_048, 0.42, 12.345, 1_200_300],
  trouble: "62 % of what may wait",
};
const UNKNOWN: SectionRow = {
  id: "connections/9",
  cells: ["other", null, null, null, null, null, null],
};

function show(rows: readonly SectionRow[], head: Partial<SectionHead> = {}) {
  return render(<SectionCard head={{ ...HEAD, rows: rows.length, ...head }} rows={rows} />, {
    wrapper: createFakeLive(() => NOW).Provider,
  });
}
const cells = (row: HTMLElement) => within(row).getAllByRole("cell");

test("units are in the heads, numbers are short, what is not known is a dash", () => {
  show([SLOW, UNKNOWN]);
  expect(screen.getAllByRole("columnheader").map(({ textContent }) => textContent)).toEqual([
    "Client",
    "Waiting",
    "Out\u00a0/s",
    "Bytes out\u00a0/s",
    "Round trip",
    "CPU\u00a0%",
    "Subscriptions",
  ]);
  const [, first, second] = screen.getAllByRole("row") as [HTMLElement, HTMLElement, HTMLElement];
  expect(cells(first).map(({ textContent }) => textContent)).toEqual([
    expect.stringContaining("slow-reader"),
    "3.20 MiB",
    "1.23 k",
    "2.00 KiB",
    "0.4 ms",
    "12.3",
    "1,200,300",
  ]);
  expect(cells(first)[1]!.title).toBe("3,355,443 bytes");
  expect(cells(first)[3]!.title).toBe("2,048 bytes a second");
  expect(
    cells(second)
      .slice(1)
      .map(({ textContent }) => textContent),
  ).toEqual(Array(6).fill("—"));
  expect(screen.getByText("as of 1.2 s ago")).toBeTruthy();
  expect(screen.getByText("Those with most bytes waiting.")).toBeTruthy();
});

test("a row in trouble says why in words, with a sign beside them; a trouble that is over does not", () => {
  // What is gone is sent as null.
  const over = { ...UNKNOWN, trouble: null as unknown as string };
  show([SLOW, over]);
  const words = screen.getByText("62 % of what may wait");
  expect(words.parentElement?.querySelector("svg")).not.toBeNull();
  expect(cells(screen.getAllByRole("row")[2]!)[0]!.querySelector("svg")).toBeNull();
});

test("a long table is cut until somebody asks, and says how many there are in all", () => {
  const rows = Array.from({ length: 25 }, (_, i) => ({ ...UNKNOWN, id: `connections/${i}` }));
  show(rows, { total: 4_100 });
  expect(screen.getAllByRole("row")).toHaveLength(11);
  expect(screen.getByText(/^10 of 4,100 ·/)).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Show 15 more" }));
  expect(screen.getAllByRole("row")).toHaveLength(26);
  expect(screen.getByText(/^25 of 4,100 ·/)).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Show fewer" }));
  expect(screen.getAllByRole("row")).toHaveLength(11);
});

test("a column of names without any is left out; numbers that are not known are not", () => {
  const columns = [...HEAD.columns, { label: "Account", kind: "text" as const }];
  const cellsOf = (account: string | null) => [...UNKNOWN.cells, account];
  show([{ id: "a", cells: cellsOf(null) }], { columns });
  expect(screen.queryByText("Account")).toBeNull();
  expect(screen.getByText("Waiting")).toBeTruthy();
  cleanup();
  show([{ id: "a", cells: cellsOf("SHOP") }], { columns });
  expect(screen.getByText("SHOP")).toBeTruthy();
});

test("an empty table says so", () => {
  show([]);
  expect(screen.getByText(/^none ·/)).toBeTruthy();
  expect(screen.queryByRole("table")).toBeNull();
});

test("the index leads to each section and tells how many rows of it are in trouble", () => {
  const sections = [
    { head: { ...HEAD, total: 4_100 }, rows: [SLOW, UNKNOWN] },
    { head: { ...HEAD, key: "routes", title: "Routes" }, rows: [UNKNOWN] },
  ];
  render(<SectionIndex sections={sections} />);
  const [first, second] = screen.getAllByRole("link");
  expect(first!.textContent).toBe("Connections 4,1001in trouble");
  expect(first!.getAttribute("href")).toBe("#section-connections");
  expect(second!.textContent).toBe("Routes 2");
});
