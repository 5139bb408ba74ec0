import { expect, it } from "vitest";
import { ManualClock } from "./manual-clock.fixture.ts";
import { pause } from "./pause.ts";

it("waits as long as it is told to", async () => {
  const clock = new ManualClock();
  const { signal } = new AbortController();
  await pause(clock, 0, signal);
  await pause(clock, Number.NEGATIVE_INFINITY, signal);
  let isOver = false;
  void pause(clock, 500, signal).then(() => {
    isOver = true;
  });
  await clock.advance(499);
  expect(isOver).toBe(false);
  await clock.advance(1);
  expect(isOver).toBe(true);
});

it("ends with the signal, and leaves no timer", async () => {
  const clock = new ManualClock();
  const abort = new AbortController();
  const paused = pause(clock, 500, abort.signal);
  abort.abort("enough");
  await expect(paused).rejects.toBe("enough");
  expect(clock.pending).toBe(0);
  await expect(pause(clock, 500, abort.signal)).rejects.toBe("enough");
  expect(clock.pending).toBe(0);
});
