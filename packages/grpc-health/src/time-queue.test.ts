import { expect, test } from "vitest";
import { TimeQueue } from "./time-queue.ts";

test("keeps order while it grows, wraps and drains", () => {
  const queue = new TimeQueue();
  const model: number[] = [];
  let time = 0;
  for (let round = 0; round < 60; round += 1) {
    for (let i = 0; i < round * 2 + 1; i += 1) {
      time += 1;
      queue.push(time);
      model.push(time);
    }
    for (let i = 0; i < round; i += 1) {
      queue.shift();
      model.shift();
      expect(queue.oldest()).toBe(model[0]);
    }
    expect(queue.size).toBe(model.length);
  }
  while (model.length > 0) {
    expect(queue.oldest()).toBe(model.shift());
    queue.shift();
  }
  expect(queue.oldest()).toBeUndefined();
  queue.shift();
  expect(queue.size).toBe(0);
  queue.push(1);
  expect(queue.oldest()).toBe(1);
});
