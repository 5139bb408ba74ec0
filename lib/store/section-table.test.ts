import { expect, it } from "vitest";
import type { SourceSection } from "../model/source.ts";
import { SectionTable } from "./section-table.ts";

function section(key: string, asOf: number, total = asOf): SourceSection {
  return {
    key,
    title: key,
    columns: [{ label: "In", kind: "counter" }],
    rows: [{ id: "a", cells: [total] }],
    asOf,
  };
}
const shown = (table: SectionTable) =>
  table.view().map(({ key, asOf, rows }) => [key, asOf, rows[0]?.cells[0]]);

it("shows what was told, with rates", () => {
  const table = new SectionTable();
  table.accept([section("servers", 1_000), section("routes", 1_000)], 1_000);
  table.accept([section("servers", 2_000), section("routes", 1_000)], 2_000);
  expect(shown(table)).toEqual([
    ["servers", 2_000, 1_000],
    ["routes", 1_000, null],
  ]);
});

it("keeps what is missing at its place for a while, as it was", () => {
  const table = new SectionTable();
  const all = ["servers", "connections", "routes", "accounts"];
  const tell = (keys: readonly string[], at: number) =>
    table.accept(
      keys.map((key) => section(key, at)),
      at,
    );
  tell(all, 1_000);
  tell(all, 2_000);
  for (const keys of [["servers", "accounts"], ["accounts"], []]) {
    tell(keys, 3_000);
    expect(table.view().map(({ key }) => key)).toEqual(all);
  }
  expect(shown(table)).toContainEqual(["connections", 2_000, 1_000]);
  tell(all, 4_000);
  expect(shown(table)).toContainEqual(["connections", 4_000, 1_000]);
});

it("lets go what is not told any more", () => {
  const table = new SectionTable();
  table.accept([section("servers", 1_000), section("dropped", 1_000)], 1_000);
  table.accept([section("servers", 31_000)], 31_000);
  expect(table.view()).toHaveLength(2);
  table.accept([section("servers", 31_001)], 31_001);
  expect(table.view().map(({ key }) => key)).toEqual(["servers"]);
});
