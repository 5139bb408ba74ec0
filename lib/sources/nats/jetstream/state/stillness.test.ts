import { expect, it } from "vitest";
import type { Layout } from "../../../../sample/layout.ts";
import { noteStill, rowsBefore, type Stillness } from "./stillness.ts";

const layoutOf = (...keys: string[]) =>
  ({
    consumers: keys.map((text) => {
      const [key, generation] = text.split("@");
      return { key, generation };
    }),
  }) as unknown as Layout;

/** One sample: when it looked, and what had been delivered. */
const step = (previous: Stillness | null, layout: Layout, at: number, ...delivered: number[]) =>
  noteStill(
    previous,
    layout,
    Float64Array.from(delivered),
    delivered.map(() => at),
    rowsBefore(previous?.layout ?? null, layout),
  );

it("remembers since when nothing is delivered", () => {
  const layout = layoutOf("a", "b");
  let now = step(null, layout, 1, 5, 5);
  now = step(now, layout, 2, 5, 6);
  now = step(now, layout, 3, 5, 6);
  expect([...now.since]).toEqual([1, 2]);
});

it("follows consumers to their new rows", () => {
  const before = step(step(null, layoutOf("a", "b"), 1, 1, 9), layoutOf("a", "b"), 2, 1, 9);
  const after = step(before, layoutOf("b", "new", "a"), 3, 9, 1, 2);
  expect([...after.since]).toEqual([1, 3, 3]);
});

it("starts over with a consumer that was made anew", () => {
  const before = step(null, layoutOf("a@1", "b@1"), 1, 5, 5);
  expect([...step(before, layoutOf("a@2", "b@1"), 2, 5, 5).since]).toEqual([2, 1]);
});

it("neither goes on nor starts over where a sample is missing", () => {
  const layout = layoutOf("a");
  let now = step(step(null, layout, 1, 5), layout, 2, 5);
  now = step(now, layout, 3, Number.NaN);
  expect([...now.since]).toEqual([1]);
  expect([...step(now, layout, 4, 5).since]).toEqual([1]);
  expect([...step(now, layout, 4, 6).since]).toEqual([4]);
});
