import { expect, it } from "vitest";
import { layoutOf } from "../pipeline/test-observation.ts";
import { rowsOfConsumers, stillUnread } from "./focus.ts";

const layout = layoutOf({ streams: { t: 2 }, consumers: { a: ["t"], b: ["t"], c: ["t"] } });

it("finds the rows of consumers in the order that they are asked for, without those that are not there", () => {
  expect(rowsOfConsumers(layout, ["c", "nobody", "a"])).toEqual([2, 0]);
  const next = layoutOf({ streams: { t: 2 }, consumers: { c: ["t"] } });
  expect(rowsOfConsumers(next, ["c", "a"]), "of each layout its own").toEqual([0]);
});

it("forgets when a message was written once the position is past it", () => {
  const since = Float64Array.of(1, 2, 3, 4, 5, Number.NaN);
  const before = Float64Array.of(10, 10, 10, 10, 10, 10);
  const now = Float64Array.of(10, 11, 10, 10, 10, 12);
  const still = stillUnread(since, layout.positions, [0, 2], now, before);
  expect(still).toEqual(Float64Array.of(1, Number.NaN, 3, 4, 5, Number.NaN));
  expect(since[1], "what was handed on is not written again").toBe(2);
  expect(stillUnread(null, layout.positions, [0], now, before)).toBeNull();
});
