import { expect, it } from "vitest";
import type { Layout } from "../../../../sample/layout.ts";
import { nextLayout, rowsSince } from "../../../../sample/row-map.ts";
import { noteStill, type Stillness } from "./stillness.ts";

/** Consumers of one stream, `key` or `key@generation`; the first version. */
const layoutOf = (...keys: string[]): Layout =>
  nextLayout(null, {
    streams: [{ key: "s", name: "s", kind: "jetstream" }],
    lanes: { count: 1, stream: Int32Array.of(0), number: Int32Array.of(0) },
    consumers: keys.map((text) => {
      const [key, generation] = text.split("@") as [string, string];
      const told = { key, name: key, kind: "pull consumer", streams: [0], backlogUnit: "messages" } as const;
      return { ...told, generation };
    }),
    positions: {
      count: keys.length,
      consumer: Int32Array.from(keys, (_, row) => row),
      lane: new Int32Array(keys.length),
      start: Int32Array.from({ length: keys.length + 1 }, (_, row) => row),
    },
  });
const changedTo = (before: Layout, ...keys: string[]) => nextLayout(before, layoutOf(...keys));

/** One sample: when it looked, and what had been delivered. */
const step = (previous: Stillness | null, layout: Layout, at: number, ...delivered: number[]) =>
  noteStill(
    previous,
    layout,
    Float64Array.from(delivered),
    delivered.map(() => at),
    previous && (rowsSince(previous.layout, layout)?.consumers ?? null),
  );

it("remembers since when nothing is delivered", () => {
  const layout = layoutOf("a", "b");
  let now = step(null, layout, 1, 5, 5);
  now = step(now, layout, 2, 5, 6);
  now = step(now, layout, 3, 5, 6);
  expect([...now.since]).toEqual([1, 2]);
});

it("follows consumers to their new rows", () => {
  const layout = layoutOf("a", "b");
  const before = step(step(null, layout, 1, 1, 9), layout, 2, 1, 9);
  const after = step(before, changedTo(layout, "b", "new", "a"), 3, 9, 1, 2);
  expect([...after.since]).toEqual([1, 3, 3]);
});

it("starts over with a consumer that was made anew", () => {
  const layout = layoutOf("a@1", "b@1");
  const before = step(null, layout, 1, 5, 5);
  expect([...step(before, changedTo(layout, "a@2", "b@1"), 2, 5, 5).since]).toEqual([2, 1]);
});

it("neither goes on nor starts over where a sample is missing", () => {
  const layout = layoutOf("a");
  let now = step(step(null, layout, 1, 5), layout, 2, 5);
  now = step(now, layout, 3, Number.NaN);
  expect([...now.since]).toEqual([1]);
  expect([...step(now, layout, 4, 5).since]).toEqual([1]);
  expect([...step(now, layout, 4, 6).since]).toEqual([4]);
});
