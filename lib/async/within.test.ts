import { expect, it } from "vitest";
import { ManualClock, settled } from "./manual-clock.fixture.ts";
import { within } from "./within.ts";

it("takes what comes in time, and leaves no timer", async () => {
  const clock = new ManualClock();
  const late = () => new Error("late");
  await expect(within(clock, 100, Promise.resolve(7), late)).resolves.toBe(7);
  await expect(within(clock, 100, Promise.reject(new Error("broken")), late)).rejects.toThrow("broken");
  await settled();
  expect(clock.pending).toBe(0);
});

it("is late when the time is over", async () => {
  const clock = new ManualClock();
  const waiting = within(clock, 100, new Promise(() => {}), () => new Error("late"));
  const ended = expect(waiting).rejects.toThrow("late");
  await clock.advance(100);
  await ended;
});
