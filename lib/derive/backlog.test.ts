import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deriveBacklog, lostMessages } from "./backlog.ts";

const { NaN: none } = Number;

function backlogOf(head: number, floor: number, position: number): number {
  const out = new Float64Array(1);
  deriveBacklog(
    Float64Array.of(head),
    Float64Array.of(floor),
    Int32Array.of(0),
    Float64Array.of(position),
    out,
    Int32Array.of(0),
  );
  return out[0]!;
}

describe("deriveBacklog", () => {
  it.each([
    ["reads along", 100, 0, 90, 10],
    ["has read everything", 100, 0, 100, 0],
    ["has read nothing", 100, 0, 0, 100],
    ["an empty lane", 0, 0, 0, 0],
    ["stands at the floor", 100, 40, 40, 60],
    ["is below the floor: what is gone cannot be read", 100, 40, 10, 60],
    ["is below the floor of an empty lane", 100, 100, 10, 0],
    ["the floor is not known", 100, none, 10, 90],
    ["never committed", 100, 0, none, none],
    ["the head is not known", none, 0, 10, none],
    ["is past the end: the lane was recreated or cut", 100, 0, 101, none],
  ])("%s: head %d, floor %d, position %d → %d", (_case, head, floor, position, backlog) => {
    expect(backlogOf(head, floor, position)).toBe(backlog);
  });

  it("finds each position's lane", () => {
    const out = new Float64Array(3);
    deriveBacklog(
      Float64Array.of(10, 100),
      Float64Array.of(0, 95),
      Int32Array.of(1, 0, 1),
      Float64Array.of(98, 4, 90),
      out,
      Int32Array.of(0, 1, 2),
    );
    expect([...out]).toEqual([2, 6, 5]);
  });

  it("is never negative, never more than the lane holds, and unknown only by rule", () => {
    const offset = fc.oneof(fc.nat(1_000), fc.constant(none));
    fc.assert(
      fc.property(offset, offset, offset, (head, floor, position) => {
        const backlog = backlogOf(head, floor, position);
        const mayBeUnknown = [head, position].some(Number.isNaN) || position > head || floor > head;
        expect(Number.isNaN(backlog)).toBe(mayBeUnknown);
        if (mayBeUnknown) return;
        expect(backlog).toBeGreaterThanOrEqual(0);
        expect(backlog).toBeLessThanOrEqual(head - (Number.isNaN(floor) ? 0 : floor));
      }),
    );
  });
});

describe("lostMessages", () => {
  it.each([
    [10, 40, 30],
    [40, 40, 0],
    [50, 40, 0],
    [none, 40, 0],
    [10, none, 0],
  ])("position %d, floor %d → %d", (position, floor, lost) => {
    expect(lostMessages(position, floor)).toBe(lost);
  });
});
