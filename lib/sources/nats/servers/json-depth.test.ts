import { expect, it } from "vitest";
import { isDeep } from "./json-depth.ts";

const long = " ".repeat(1 << 17);
const nested = (depth: number, core: string) => `${"[".repeat(depth)}${core}${"]".repeat(depth)}`;

it.each<[string, string, boolean]>([
  ["arrays", nested(100_000, ""), true],
  ["objects", '{"a":'.repeat(100_000), true],
  ["texts that look like an end", '["]",'.repeat(50_000), true],
  ["escaped quotes", '["\\"]",'.repeat(50_000), true],
  [
    "what a server says",
    JSON.stringify(Array.from({ length: 5_000 }, (_, i) => ({ i, a: [{ b: {} }] }))),
    false,
  ],
  ["texts full of brackets", JSON.stringify(["[{".repeat(100_000), '\\"[[']), false],
  ["a short text", nested(1_000, ""), false],
  ["some depth", nested(60, long), false],
  ["too much depth", nested(65, long), true],
])("tells how deep %s are", (_, json, deep) => {
  expect(isDeep(json)).toBe(deep);
});
