import { expect, it } from "vitest";
import { countLost, type Standing, unreadAt } from "./losses.ts";

/** Ten of its messages wait at 101 … 190 of a stream 1 … 200; none was ever delivered. */
const BEFORE: Standing = { position: 1, floor: 1, last: 200, pending: 10, delivered: 0 };
const lostAfter = (...changes: Partial<Standing>[]) => {
  const unread = unreadAt(101, BEFORE);
  countLost(unread, BEFORE);
  return changes.map((change) => countLost(unread, { ...BEFORE, ...change }));
};

it("is nothing while the message that was seen is there, whatever lies below", () => {
  expect(lostAfter({ floor: 101 }, { floor: 50, pending: 8 })).toEqual([0, 0]);
});

it("is one at least when the floor is past that message, though others came meanwhile", () => {
  expect(lostAfter({ floor: 102, last: 400, pending: 25 })).toEqual([1]);
});

it("is as many as are due less, and is not taken back when others come", () => {
  expect(lostAfter({ floor: 150, pending: 6 }, { floor: 150, pending: 9 })).toEqual([4, 4]);
});

it("is all that waited when the floor is past the last of then, less what was delivered since", () => {
  expect(lostAfter({ floor: 201, last: 300, pending: 3, delivered: 4 })).toEqual([6]);
});

it("goes on with what waited then, and counts nothing twice", () => {
  const lost = lostAfter(
    { floor: 201, last: 300, pending: 3 },
    { floor: 250, last: 350, pending: 4 },
    { floor: 351, last: 500, pending: 0 },
    { floor: 351, last: 500, pending: 0 },
  );
  expect(lost).toEqual([10, 10, 13, 13]);
});

it("does not take a consumer that is past the message for one that has lost it", () => {
  expect(lostAfter({ floor: 150, position: 102, pending: 5, delivered: 5 })).toEqual([0]);
});

it("is never more than the messages removed, and not made up of what is not known", () => {
  expect(lostAfter({ position: 98, floor: 102, pending: 0 })).toEqual([4]);
  expect(lostAfter({ floor: Number.NaN })).toEqual([0]);
  expect(lostAfter({ position: Number.NaN, floor: 150 })).toEqual([0]);
  expect(lostAfter({ floor: 150, pending: Number.NaN })).toEqual([1]);
});
