import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyPatch, PatchMisfit, patchOf } from "./patch.ts";

/** Names that a frame has, and some that JavaScript has plans with. */
const name = fc.constantFrom("id", "value", "status", "__proto__", "constructor", "toString");
const scalar = fc.oneof(fc.nat(3), fc.constantFrom("a", "b", ""), fc.boolean(), fc.constant(null));
const { json } = fc.letrec((tie) => ({
  json: fc.oneof({ maxDepth: 4 }, scalar, tie("list"), tie("fields")),
  list: fc.array(tie("json"), { maxLength: 6 }),
  fields: fc.dictionary(name, tie("json"), { maxKeys: 4 }),
}));

const overTheWire = (patch: unknown) => JSON.parse(JSON.stringify(patch)) as unknown;
const turned = (before: unknown, after: unknown) => applyPatch(before, overTheWire(patchOf(before, after)));

describe("patchOf", () => {
  it("turns any value into any other, through JSON", () => {
    fc.assert(
      fc.property(json, json, (before, after) => {
        const patch = patchOf(before, after);
        if (patch === undefined) expect(after).toEqual(before);
        else expect(applyPatch(before, overTheWire(patch))).toEqual(after);
      }),
      { numRuns: 5_000 },
    );
  });

  it("is undefined for equal values, whatever they are made of", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(patchOf(value, structuredClone(value))).toBeUndefined();
      }),
    );
  });

  it("turns lists that slid, grew or changed in one place into each other", () => {
    const list = fc.array(fc.option(fc.nat(2)), { maxLength: 12 });
    fc.assert(
      fc.property(list, fc.nat(5), list, (before, drop, added) => {
        const after = [...before.slice(drop), ...added];
        expect(turned(before, [...after, 9])).toEqual([...after, 9]);
        expect(turned([7, ...before], after)).toEqual(after);
      }),
    );
  });

  it.each([
    ["a field", { a: 1, b: { c: 2, d: 3 } }, { a: 1, b: { c: 2, d: 4 } }, { b: { d: 4 } }],
    ["a field that is gone", { a: 1, b: 2 }, { a: 1 }, { "-": ["b"] }],
    ["a window that slid by one", [1, 2, 3, 4, 5], [2, 3, 4, 9, 6], { "~": [1, 3, 1, 9, 6] }],
    ["an item put in front", [1, 2, 3], [0, 1, 2, 3], { "~": [0, 0, 0, 0] }],
    [
      "one of several objects",
      [
        { n: 1, m: 1 },
        { n: 2, m: 1 },
        { n: 3, m: 1 },
      ],
      [
        { n: 1, m: 1 },
        { n: 2, m: 7 },
        { n: 3, m: 1 },
      ],
      { "#": [[1, { m: 7 }]] },
    ],
    ["a list with nothing in common", [1, 2], [3, 4], [3, 4]],
    ["null that becomes an object", { a: null }, { a: { b: 1 } }, { a: { b: 1 } }],
  ])("says of %s no more than that", (_what, before, after, patch) => {
    expect(patchOf(before, after)).toEqual(patch);
    expect(applyPatch(before, patch)).toEqual(after);
  });
});

describe("applyPatch", () => {
  it("keeps what did not change by identity", () => {
    const before = { same: { x: [1] }, list: [{ n: 1 }, { n: 2 }], n: 1 };
    const after = applyPatch(before, { n: 2, list: { "#": [[1, { n: 3 }]] } }) as typeof before;
    expect(after.same).toBe(before.same);
    expect(after.list[0]).toBe(before.list[0]);
  });

  it.each([
    ["a list where there is none", { a: 1 }, { a: { "~": [0, 0, 0, 1] } }],
    ["a shorter list", [1], { "~": [0, 1, 2, 3] }],
    ["an item that is not there", [{ n: 1 }], { "#": [[4, { n: 2 }]] }],
  ])("says that a patch was made for %s", (_what, value, patch) => {
    expect(() => applyPatch(value, patch)).toThrow(PatchMisfit);
  });
});
