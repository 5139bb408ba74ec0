import { expect, it } from "vitest";
import type { SourceFact } from "../model/source.ts";
import { around, factText } from "./fact.ts";

const NOW = 1_790_000_000_000;

it.each<[SourceFact["value"], string]>([
  ["running", "running"],
  [{ kind: "count", value: 48_210 }, "48,210"],
  [{ kind: "bytes", value: 2_048 }, "2.00 KiB"],
  [{ kind: "duration", value: 1_500 }, "1.5 s"],
  [{ kind: "percent", value: 12.34 }, "12.3 %"],
  [{ kind: "ago", value: NOW - 12_400 }, "12 s ago"],
  [{ kind: "ago", value: NOW - 400 }, "just now"],
  [{ kind: "ago", value: NOW + 5_000 }, "just now"],
  [{ kind: "count", value: 5, of: "{} of them wait" }, "5 of them wait"],
  [{ kind: "duration", value: Number.NaN }, "—"],
])("says %j as %s", (value, text) => {
  expect(factText(value, NOW)).toBe(text);
});

it("puts a number after names that look like its place", () => {
  const of = around("a{}b: ", " of {}");
  expect(factText({ kind: "count", value: 7, of }, NOW)).toBe("a{ }b: 7 of {}");
});
