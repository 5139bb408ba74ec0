import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { axisTop, timeTicks } from "./chart-scale";

const SECOND = 1000;
const MINUTE = 60_000;

describe("axisTop", () => {
  it.each([
    [0, "number", 10],
    [3, "number", 10],
    [10, "number", 12],
    [8_410, "number", 10_000],
    [48_210, "number", 60_000],
    [0, "duration", 1],
    [0.9, "duration", 1],
    [312, "duration", 400],
    [990, "duration", 1.5 * SECOND],
    [38.2 * SECOND, "duration", 45 * SECOND],
    [59 * SECOND, "duration", 1.5 * MINUTE],
    [14 * MINUTE, "duration", 15 * MINUTE],
    [25 * 60 * MINUTE, "duration", 1.2 * 24 * 60 * MINUTE],
  ] as const)("%d as %s is %d", (largest, scale, top) => {
    expect(axisTop(largest, scale)).toBeCloseTo(top);
  });

  it("is above every value and never more than two and a half times too high", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 10, max: 1e12, noNaN: true }),
        fc.constantFrom("number" as const, "duration" as const),
        (largest, scale) => {
          const top = axisTop(largest, scale);
          return top > largest && top <= 2.5 * largest;
        },
      ),
    );
  });
});

describe("timeTicks", () => {
  it("labels both ends and round times between", () => {
    expect(timeTicks(15 * MINUTE)).toEqual([15, 10, 5, 0]);
    expect(timeTicks(5 * MINUTE)).toEqual([5, 4, 3, 2, 1, 0]);
    expect(timeTicks(60 * MINUTE)).toEqual([60, 40, 20, 0]);
    const days = (count: number) => count * 24 * 60;
    expect(timeTicks(days(7) * MINUTE)).toEqual([7, 5, 3, 1, 0].map(days));
  });
});
