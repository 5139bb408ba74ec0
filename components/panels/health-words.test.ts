import { describe, expect, it } from "vitest";
import { healthParts, healthSentence, overviewTitle } from "./health-words";

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

describe("title of the overview", () => {
  const counts = { critical: 2, warning: 1, unknown: 0, good: 47 };
  it.each([
    [counts, ["live"], "2 critical, 1 behind", "critical"],
    [{ ...counts, critical: 0 }, ["live"], "1 behind", "warning"],
    [{ ...counts, critical: 0 }, ["lost", "refused", "late"], "2 sources lost, 1 behind", "critical"],
    [{ ...counts, critical: 0, warning: 0 }, ["live"], "All 47 fine", "good"],
    [{ critical: 0, warning: 0, unknown: 0, good: 0 }, ["lost"], "1 source lost", "critical"],
    [{ critical: 0, warning: 0, unknown: 3, good: 0 }, ["waiting"], "3 unknown", "unknown"],
  ] as const)("%j with sources %j", (counted, statuses, name, severity) => {
    const sources = statuses.map((status) => ({ status }));
    expect(overviewTitle({ counts: counted, sources })).toEqual({ name, severity });
  });
});
