import fc from "fast-check";
import { expect, it } from "vitest";
import { firstOf } from "./first-of.ts";

it("is the beginning of what sorting all would give, equal ones as they came", () => {
  const items = fc.array(fc.record({ key: fc.nat(5), id: fc.nat() }), { maxLength: 40 });
  fc.assert(
    fc.property(items, fc.integer({ min: -1, max: 45 }), (all, count) => {
      const compare = (a: { key: number }, b: { key: number }) => a.key - b.key;
      expect(firstOf(all, count, compare)).toEqual(all.toSorted(compare).slice(0, Math.max(0, count)));
    }),
    { numRuns: 2_000 },
  );
});
