import { expect, test } from "vitest";
import { SERIES_MEASURES } from "../model/live.ts";
import { UNKNOWN_READING } from "../model/reading.ts";
import { SYSTEMS } from "../model/system.ts";
import { definitionOf } from "./definition.ts";
import { formatCount } from "./number.ts";
import { readingParts } from "./reading.ts";

test("the prefix says how much the value may claim", () => {
  const at = { value: 312, asOf: 1 } as const;
  expect(readingParts({ ...at, provenance: "measured" }, formatCount)).toEqual({ prefix: "", text: "312" });
  expect(readingParts({ ...at, provenance: "interpolated" }, formatCount)).toEqual({
    prefix: "est.",
    text: "312",
  });
  expect(readingParts({ ...at, provenance: "atLeast" }, formatCount)).toEqual({ prefix: "≥", text: "312" });
});

test("unknown is a dash and never 0", () => {
  expect(readingParts(UNKNOWN_READING, formatCount)).toEqual({ prefix: "", text: "—" });
});

test("every number has a definition of its own in every system", () => {
  for (const measure of SERIES_MEASURES) {
    const sentences = SYSTEMS.map((system) => definitionOf(system, measure));
    expect(new Set(sentences).size).toBe(SYSTEMS.length);
    for (const sentence of sentences) expect(sentence).toMatch(/\.$/);
  }
});
