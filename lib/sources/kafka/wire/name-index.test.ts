import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { NameIndex } from "./name-index.ts";

it("finds every name by its bytes, wherever they lie, and no other name", () => {
  const name = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constant("__proto__"),
    fc.constant("x".repeat(32_768)),
  );
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 50 }), name, (names, other) => {
      const distinct = [...new Map(names.map((text) => [Buffer.from(text).toString("hex"), text])).values()];
      const index = new NameIndex(distinct);
      const find = (text: string) => {
        const bytes = Buffer.from(`..${text}..`);
        return index.find(bytes, 2, bytes.length - 2);
      };
      for (const [row, text] of distinct.entries()) expect(find(text)).toBe(row);
      if (!distinct.some((text) => Buffer.from(text).equals(Buffer.from(other))))
        expect(find(other)).toBe(-1);
    }),
  );
});

it("tells names apart whose hashes are the same", () => {
  // Among so many names some 32-bit hashes are equal.
  const names = Array.from({ length: 200_000 }, (_, n) => createHash("md5").update(String(n)).digest("hex"));
  const index = new NameIndex(names);
  const wrong = names.filter((name, row) => {
    const bytes = Buffer.from(name);
    return index.find(bytes, 0, bytes.length) !== row;
  });
  expect(wrong).toEqual([]);
});
