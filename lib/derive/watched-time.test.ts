import { describe, expect, it } from "vitest";
import { watchedAt } from "../sample/derived.ts";
import { WatchedTime } from "./watched-time.ts";

const START = 1_700_000_000_000;

/** Samples at these seconds. */
function watch(intervalMs: number, ...seconds: readonly number[]): WatchedTime {
  const watched = new WatchedTime(intervalMs);
  for (const second of seconds) watched.advance(START + second * 1_000);
  return watched;
}

describe("WatchedTime", () => {
  it.each<[string, WatchedTime, now: number, broken: boolean]>([
    ["the first sample", watch(1_000, 0), 0, false],
    ["a sample a second", watch(1_000, 0, 1, 2, 3), 3_000, false],
    ["some that were missed", watch(1_000, 0, 1, 9, 19), 19_000, false],
    ["five intervals of a slow source", watch(10_000, 0, 50), 50_000, false],
    ["nobody looked for 11 s: one interval", watch(1_000, 0, 1, 12), 2_000, true],
    ["a clock set an hour ahead", watch(1_000, 0, 1, 3_602, 3_603), 3_000, true],
    ["a clock set an hour back", watch(1_000, 0, 1, -3_598, -3_597), 3_000, true],
    [
      "a source that always takes 12 s: a break, and then its pace",
      watch(1_000, 0, 12, 24, 36),
      25_000,
      true,
    ],
    ["one that takes longer than a minute is not watched in between", watch(1_000, 0, 70, 140), 2_000, true],
    ["two samples of one moment", watch(1_000, 0, 0), 0, false],
  ])("%s", (_case, watched, now, broken) => {
    expect(watched.now).toBe(now);
    expect(watched.brokenAt > 0).toBe(broken);
  });

  it("takes a step after a failure as one interval, unless it is a short one", () => {
    const watched = watch(1_000, 0);
    watched.advance(START + 2_500, true);
    expect([watched.now, watched.before]).toEqual([2_500, 0]);
    watched.advance(START + 6_000, true);
    expect([watched.now, watched.before, watched.brokenAt]).toEqual([3_500, 2_500, 3_500]);
  });

  it("knows when a moment was by the clock, on both sides of a break", () => {
    const watched = watch(1_000, 0, 1, 2, 3_602, 3_603);
    expect(watched.now).toBe(4_000);
    expect(watched.clockOf(1_500)).toBe(START + 1_500);
    expect(watched.clockOf(3_500)).toBe(START + 3_602_500);
  });

  it("knows how long it had watched at a moment by the clock, on both sides of a break", () => {
    const { clock } = watch(1_000, 0, 1, 2, 3_602, 3_603);
    const at = (second: number) => watchedAt(clock, START + second * 1_000);
    expect([at(1.5), at(2), at(1_800), at(3_602), at(3_602.5)]).toEqual([1_500, 2_000, 3_000, 3_000, 3_500]);
    // What was read ahead of this clock was read just now, and of what was read before the first sample it is told, too.
    expect([at(9_999), at(-1), watchedAt(clock, Number.NaN)]).toEqual([4_000, -1_000, 4_000]);
  });

  it("remembers the last breaks only, and still answers for what was before them", () => {
    const watched = watch(1_000, ...Array.from({ length: 200 }, (_, index) => index * 100));
    expect(watched.clockOf(watched.now)).toBe(START + 19_900_000);
    expect(Number.isFinite(watched.clockOf(0))).toBe(true);
    expect(new WatchedTime(1_000).clockOf(0)).toBeNaN();
  });
});
