import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { startOpenLoop } from "./open-loop.ts";

let due: number[];
let sends: number;
let end: () => void;
beforeEach(() => {
  vi.useFakeTimers({ now: 1_000 });
  due = [];
  sends = 0;
  end = startOpenLoop({
    intervalMs: 200,
    now: Date.now,
    plan: (dueAt) => due.push(dueAt),
    send: () => sends++,
  });
});
afterEach(() => {
  end();
  vi.useRealTimers();
});

it("has something due at once and every interval", () => {
  vi.advanceTimersByTime(600);
  expect(due).toEqual([1_000, 1_200, 1_400, 1_600]);
  expect(sends).toBe(4);
});

it("makes up for what it was late for, with the times it was meant for", () => {
  vi.setSystemTime(1_650);
  vi.advanceTimersToNextTimer();
  expect(due).toEqual([1_000, 1_200, 1_400, 1_600, 1_800]);
  expect(sends, "all in one go").toBe(2);
});

it("does not take a timer's own slack for somebody else's time", () => {
  vi.setSystemTime(1_002);
  vi.advanceTimersToNextTimer();
  expect(due).toEqual([1_000, 1_202]);
  vi.setSystemTime(1_210);
  vi.advanceTimersToNextTimer();
  expect(due.at(-1), "and keeps its beat").toBe(1_400);
});

it("leaves out what was due while this process slept", () => {
  vi.setSystemTime(200_000);
  vi.advanceTimersToNextTimer();
  expect(due).toEqual([1_000, 200_200]);
});

it("ends", () => {
  end();
  vi.advanceTimersByTime(10_000);
  expect(due).toEqual([1_000]);
});
