import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addDue, addGrowth, addGrowthByOwner, remember, smoothGrowth } from "./totals.ts";

const { NaN: none } = Number;

/** The total of a counter that showed these values one after the other. */
function totalOf(values: readonly number[]): number {
  const previous = Float64Array.of(none);
  const totals = new Float64Array(1);
  for (const value of values) {
    const now = Float64Array.of(value);
    addGrowth(previous, now, totals);
    remember(previous, now);
  }
  return totals[0]!;
}

describe("addGrowth and remember", () => {
  it.each([
    ["a first value is no traffic now", [5_000], 0],
    ["growth is", [5_000, 5_010, 5_030], 30],
    ["standing still is none", [7, 7, 7], 0],
    ["a restart is no negative traffic, and counts from where it is", [5_000, 5_010, 3, 8], 15],
    ["a gap is caught up with the next known value", [10, none, none, 40], 30],
    ["a gap before the first value adds nothing", [none, none, 40], 0],
    ["a gap over a restart adds nothing", [10, none, 4, 6], 2],
  ])("%s: %j → %d", (_case, values, total) => {
    expect(totalOf(values)).toBe(total);
  });

  it("never falls, whatever a counter shows", () => {
    const value = fc.oneof(fc.nat(1_000), fc.constant(none));
    fc.assert(
      fc.property(fc.array(value), value, (values, last) => {
        expect(totalOf([...values, last])).toBeGreaterThanOrEqual(totalOf(values));
      }),
    );
  });
});

describe("addGrowthByOwner", () => {
  it("adds each row to its owner", () => {
    const totals = Float64Array.of(100, 200);
    addGrowthByOwner(
      Float64Array.of(0, 10, 20, none),
      Float64Array.of(5, 11, 2, 99),
      Int32Array.of(1, 0, 1, 0),
      totals,
      Int32Array.of(0, 1, 2, 3),
    );
    expect([...totals]).toEqual([101, 205]);
  });
});

describe("addDue", () => {
  it("counts a lane's growth for every consumer that stands in it, and for no other", () => {
    const totals = new Float64Array(3);
    addDue(
      Float64Array.of(0, 100),
      Float64Array.of(7, 130),
      { consumer: Int32Array.of(0, 0, 1, 2), lane: Int32Array.of(0, 1, 1, 0) },
      Float64Array.of(3, 90, 90, none),
      totals,
      Int32Array.of(0, 1, 2, 3),
    );
    expect([...totals]).toEqual([37, 30, 0]);
  });
});

describe("smoothGrowth", () => {
  it("starts at the first step, follows slowly, and leaves out what is not known or fell", () => {
    const pace = Float64Array.of(none);
    const step = (before: number, now: number) => {
      smoothGrowth(Float64Array.of(before), Float64Array.of(now), pace);
      return pace[0];
    };
    expect(step(none, 50)).toBeNaN();
    expect(step(50, 150)).toBe(100);
    expect(step(150, 350)).toBe(110);
    expect(step(350, none)).toBe(110);
    expect(step(350, 10)).toBe(110);
    expect(step(10, 10)).toBe(99);
  });
});
