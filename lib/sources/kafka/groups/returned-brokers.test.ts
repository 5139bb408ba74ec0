import { expect, test } from "vitest";
import type { GroupRound } from "../offsets/broker-sampler.ts";
import { ReturnedBrokers } from "./returned-brokers.ts";

const round = (node: number, ...ids: string[]) =>
  ({
    ...{ node, complete: true, asked: ids, about: new Set(ids) },
    groups: ids.map((id) => ({ id })),
    described: ids.map((id) => ({ id })),
  }) as unknown as GroupRound;
const told = (rounds: readonly GroupRound[]) =>
  Object.fromEntries(
    rounds.map(({ node, groups, asked, about, described }) => {
      const ids = groups.map(({ id }) => id);
      expect([asked, [...about], described.map(({ id }) => id)]).toEqual([ids, ids, ids]);
      return [node, ids];
    }),
  );

test("who was silent has no say for a while in groups that a broker lists which was not", () => {
  const returned = new ReturnedBrokers();
  const all = [round(1, "a", "b"), round(2, "c")];
  expect(returned.sift(all, [], 0)).toBe(all);
  expect(told(returned.sift([round(2, "a", "c")], [1], 1_000))).toEqual({ 2: ["a", "c"] });
  // It goes on where it stood.
  const both = [round(1, "a", "b"), round(2, "a", "c")];
  expect(told(returned.sift(both, [], 9_000))).toEqual({ 1: ["b"], 2: ["a", "c"] });
  expect(told(returned.sift(both, [], 11_900))).toEqual({ 1: ["b"], 2: ["a", "c"] });
  expect(returned.sift(both, [], 12_000)).toBe(both);
});

test("what nobody else lists is its own, and so is what another one lists that was silent, too", () => {
  const returned = new ReturnedBrokers();
  expect(told(returned.sift([], [1, 2, 3], 0))).toEqual({});
  const all = [round(1, "a"), round(2, "a", "b")];
  expect(told(returned.sift(all, [3], 1_000))).toEqual({ 1: ["a"], 2: ["a", "b"] });
  // The third one comes back later, and is silent again before it has learned.
  expect(told(returned.sift([...all, round(3, "b")], [], 4_500))).toEqual({ 1: ["a"], 2: ["a", "b"], 3: [] });
  expect(told(returned.sift(all, [3], 5_000))).toEqual({ 1: ["a"], 2: ["a", "b"] });
  expect(told(returned.sift([round(3, "b"), round(2, "b")], [], 7_600))).toEqual({ 2: ["b"], 3: [] });
});
