import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createClock } from "./clock.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 10_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("clock", () => {
  it("ticks once a second while somebody listens", () => {
    const clock = createClock(Date.now);
    const listener = vi.fn();
    const stop = clock.subscribe(listener);
    vi.advanceTimersByTime(3_000);
    expect(listener).toHaveBeenCalledTimes(3);
    expect(clock.now()).toBe(13_000);
    stop();
    vi.advanceTimersByTime(3_000);
    expect(listener).toHaveBeenCalledTimes(3);
  });

  it("ticks with data that comes once a second, not beside it", () => {
    const clock = createClock(Date.now);
    const listener = vi.fn();
    clock.subscribe(listener);
    vi.advanceTimersByTime(700);
    for (let second = 0; second < 5; second++) {
      clock.nudge();
      clock.nudge();
      expect(clock.now()).toBe(Date.now());
      vi.advanceTimersByTime(1_000);
    }
    expect(listener).toHaveBeenCalledTimes(5);
  });
});
