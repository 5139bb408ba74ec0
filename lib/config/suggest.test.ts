import { expect, it } from "vitest";
import { editDistance, suggest } from "./suggest.ts";

it.each([
  ["", "", 0],
  ["abc", "", 3],
  ["kafak", "kafka", 1],
  ["broker", "brokers", 1],
  ["kitten", "sitting", 3],
])("distance %s %s", (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});

it.each([
  ["prot", "port"],
  ["Port", "port"],
  ["datadir", "dataDir"],
  ["xy", undefined],
  ["colour", undefined],
  ["x".repeat(41), undefined],
])("suggests for %s: %s", (typed, near) => {
  expect(suggest(typed, ["host", "port", "dataDir"])).toBe(near);
});
