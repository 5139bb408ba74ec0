import { expect, it } from "vitest";
import type { Layout } from "../contract.ts";
import { countStill, type Stillness } from "./stillness.ts";

const layoutOf = (...keys: string[]) => ({ consumers: keys.map((key) => ({ key })) }) as unknown as Layout;
const step = (previous: Stillness | null, layout: Layout, ...delivered: number[]) =>
  countStill(previous, layout, Float64Array.from(delivered));

it("counts samples without a delivery", () => {
  const layout = layoutOf("a", "b");
  let now = step(null, layout, 5, 5);
  now = step(now, layout, 5, 6);
  now = step(now, layout, 5, 6);
  expect([...now.samples]).toEqual([2, 1]);
  for (let i = 0; i < 300; i++) now = step(now, layout, 5, 6);
  expect([...now.samples]).toEqual([255, 255]);
});

it("follows consumers to their new rows", () => {
  const before = step(step(null, layoutOf("a", "b"), 1, 9), layoutOf("a", "b"), 1, 9);
  const after = step(before, layoutOf("b", "new", "a"), 9, 1, 2);
  expect([...after.samples]).toEqual([2, 0, 0]);
});

it("neither counts nor starts over where a sample is missing", () => {
  const layout = layoutOf("a");
  let now = step(step(null, layout, 5), layout, 5);
  now = step(now, layout, Number.NaN);
  expect([...now.samples]).toEqual([1]);
  expect([...step(now, layout, 5).samples]).toEqual([2]);
  expect([...step(now, layout, 6).samples]).toEqual([0]);
});
