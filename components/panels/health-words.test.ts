import { describe, expect, it } from "vitest";
import { healthParts, healthSentence } from "./health-words";

const sentence = (critical: number, warning: number, unknown: number, good: number) =>
  healthSentence(healthParts({ critical, warning, unknown, good }));

describe("health sentence", () => {
  it.each([
    [sentence(2, 1, 0, 47), "2 critical, 1 behind, 47 fine"],
    [sentence(0, 0, 3, 1200), "3 unknown, 1,200 fine"],
    [sentence(0, 0, 0, 47), "All 47 fine"],
    [sentence(0, 0, 0, 1), "1 consumer, fine"],
    [sentence(0, 0, 0, 0), "No consumers yet"],
    [sentence(1, 0, 0, 0), "1 critical"],
  ])("%s", (said, expected) => {
    expect(said).toBe(expected);
  });
});
