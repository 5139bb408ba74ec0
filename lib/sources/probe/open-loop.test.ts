import { afterEach, beforeEach, expect, it } from "vitest";
import { ManualClock } from "../../async/manual-clock.fixture.ts";
import { startOpenLoop } from "./open-loop.ts";

let clock: ManualClock;
/** How much later than it should the next timer runs, by its turn. */
let lateMs: number[];
let due: number[];
let sends: number;
let end: () => void;
beforeEach(() => {
  clock = new ManualClock();
  due = [];
  sends = 0;
});
afterEach(() => end());

function start(...late: number[]): void {
  lateMs = late;
  end = startOpenLoop({
    intervalMs: 200,
    clock: {
      now: () => clock.now(),
      elapsed: () => clock.elapsed(),
      after: (delayMs, run) => clock.after(delayMs + (lateMs.shift() ?? 0), run),
    },
    plan: (dueAt) => due.push(dueAt),
    send: () => sends++,
  });
}

it("has something due at once and every interval", async () => {
  start();
  await clock.advance(600);
  expect(due).toEqual([0, 200, 400, 600]);
  expect(sends).toBe(4);
});

it("makes up for what it was late for, with the times it was meant for", async () => {
  start(650);
  await clock.advance(850);
  expect(due).toEqual([0, 200, 400, 600, 800]);
  expect(sends, "all in one go").toBe(2);
});

it("does not take a timer's own slack for somebody else's time", async () => {
  start(2, 10);
  await clock.advance(202);
  expect(due).toEqual([0, 202]);
  await clock.advance(208);
  expect(due.at(-1), "and keeps its beat").toBe(400);
});

it("leaves out what was due while this process slept", async () => {
  start(199_000);
  await clock.advance(199_200);
  expect(due).toEqual([0, 199_200]);
});

it("ends", async () => {
  start();
  end();
  await clock.advance(10_000);
  expect(due).toEqual([0]);
});
