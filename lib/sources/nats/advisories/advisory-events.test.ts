import { expect, it } from "vitest";
import { fold, type Told } from "./advisory-events.ts";

const many = (what: string, count: number, at = 1): Told[] =>
  Array.from({ length: count }, (_, i) => ({ what, event: { at, kind: what, title: `${what} ${i}` } }));

it("tells what happens seldom one by one, and of the rest how many there were", () => {
  const events = fold(
    [
      ...many("streams were created", 100),
      ...many("streams were deleted", 90),
      ...many("streams were edited", 80),
      ...many("quorums were lost", 15, 2),
    ],
    3,
  );
  const titles = events.map(({ title }) => title);
  expect(titles).toHaveLength(38);
  expect(titles.filter((title) => title.startsWith("quorums were lost"))).toHaveLength(15);
  expect(titles).toContain("60 more streams were edited");
  expect(titles).toContain("100 streams were created");
  expect(titles).toContain("90 streams were deleted");
});

it("puts them in the order of their times, and as they were told", () => {
  const told = [...many("a", 2, 5), ...many("b", 1, 4), ...many("c", 1, 5)];
  expect(fold(told, 6).map(({ title }) => title)).toEqual(["b 0", "a 0", "a 1", "c 0"]);
});
