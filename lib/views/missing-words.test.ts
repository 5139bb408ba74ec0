import { expect, it } from "vitest";
import { missingWords } from "./missing-words.ts";

it("looks for every word in every text, and names those that are nowhere", () => {
  const texts = ["Orders-Audit", null, undefined, "ÜBER"];
  expect(missingWords(["audit", "über"], texts)).toEqual([]);
  expect(missingWords(["audit", "nil"], texts)).toEqual(["nil"]);
  expect(missingWords([], texts)).toEqual([]);
});

it("finds no word across two texts", () => {
  expect(missingWords(["auditkafka"], ["audit", "kafka"])).toEqual(["auditkafka"]);
});
