import { expect, it } from "vitest";
import { filterWords } from "./filter-words.ts";

it("takes a filter apart into words", () => {
  expect(filterWords(undefined)).toEqual([]);
  expect(filterWords("  ")).toEqual([]);
  expect(filterWords("NATS  ord nats")).toEqual(["nats", "ord"]);
  // As it is copied from the screen.
  expect(filterWords("orders · 7")).toEqual(["orders", "7"]);
});
