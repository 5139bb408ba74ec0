import { describe, expect, it } from "vitest";
import { LowPoints, type Trend } from "./low-points.ts";

/** Low points so many seconds apart. */
function lows(everySeconds: number, ...waiting: readonly number[]): LowPoints {
  const points = new LowPoints(1);
  for (const [index, value] of waiting.entries()) points.note(0, index * everySeconds * 1_000, value);
  return points;
}

const ramp = (count: number, from: number, step: number) =>
  Array.from({ length: count }, (_, i) => from + i * step);

describe("LowPoints.trend", () => {
  it.each<[Trend, string, LowPoints, number?]>([
    ["unknown", "nothing", lows(5)],
    ["unknown", "one", lows(5, 300)],
    ["unknown", "three of a busy reader", lows(5, 100, 200, 300)],
    ["growing", "four of a busy reader", lows(5, 100, 200, 300, 400)],
    ["growing", "three of a slow one", lows(15, 100, 200, 300)],
    ["growing", "from nothing", lows(5, 0, 0, 0, 0, 0, 0, 100, 200, 300, 400, 500, 600)],
    ["growing", "in noise", lows(5, 100, 180, 150, 260, 240, 330, 400, 520, 480, 640, 700, 900)],
    ["growing", "in steps of rare commits", lows(5, 100, 100, 100, 100, 500, 500, 500, 900)],
    ["level", "a level", lows(5, 300, 300, 300, 300)],
    ["level", "noise around a level", lows(5, 90, 110, 95, 105, 100, 92, 108, 97, 103, 99, 101, 95)],
    ["level", "growth within the noise of a sample", lows(5, ...ramp(12, 10, 8)), 100],
    ["growing", "the same growth with less noise", lows(5, ...ramp(12, 10, 8)), 10],
    ["level", "nothing waits any more", lows(5, 500, 400, 300, 0)],
    ["level", "came down to nothing in the newer half, whatever came after", lows(5, 1, 2, 3, 0, 800)],
    [
      "shrinking",
      "grew and is falling again",
      lows(5, 100, 400, 800, 900, 900, 800, 700, 600, 500, 450, 420, 400),
    ],
    ["shrinking", "drains", lows(5, ...ramp(12, 5_000, -300))],
    ["shrinking", "drains slowly", lows(30, 5_000, 4_900, 4_800, 4_700)],
    ["level", "a single burst a while ago", lows(5, 50, 50, 50, 50, 50, 9_000, 50, 50, 50, 50)],
  ])("%s: %s", (trend, _case, points, noise = 1) => {
    expect(points.trend(0, noise)).toBe(trend);
  });

  it("keeps the lowest of what comes within five seconds", () => {
    const points = lows(5, 400, 400, 400);
    for (const waiting of [900, 350, 700]) points.note(0, 10_500, waiting);
    points.note(0, 16_000, 400);
    expect(points.trend(0, 1)).toBe("level");
    expect(points.growth(0)).toBeNull();
  });

  it("knows of twelve, and forgets what came before them", () => {
    const points = lows(5, ...ramp(12, 10_000, 0), ...ramp(12, 300, 0));
    expect(points.trend(0, 1)).toBe("level");
    expect(points.growth(0)).toBeNull();
  });

  it("takes a long time of nothing as one low point, so that it does not push out the others", () => {
    const points = lows(5, 900, 0);
    for (let at = 10_000; at <= 3_600_000; at += 1_000) points.note(0, at, 0);
    for (const [index, waiting] of [100, 200].entries()) points.note(0, 3_605_000 + index * 5_000, waiting);
    expect(points.growth(0)).toEqual({ from: 0, to: 200, overMs: 10_000 });
  });

  it("does not take what nobody knows as a low point", () => {
    expect(lows(5, Number.NaN, 1, Number.NaN, 2, Number.NaN, 3).trend(0, 1)).toBe("unknown");
  });
});

describe("LowPoints", () => {
  it("tells a growth from the lowest of the older half to the newest", () => {
    expect(lows(5, 300, 100, 200, 400, 500, 600).growth(0)).toEqual({ from: 100, to: 600, overMs: 20_000 });
    expect(lows(5, 300, 200).growth(0)).toBeNull();
  });

  it("tells how fast it shrinks, in all and lately", () => {
    expect(lows(10, 1_000, 900, 800, 400).shrinking(0)).toEqual({ whole: 20, lately: 40 });
    expect(lows(10, 1_000).shrinking(0)).toEqual({ whole: Number.NaN, lately: Number.NaN });
  });

  it("goes with its row into another layout", () => {
    const next = lows(5, 100, 200, 300, 400).remapped(Int32Array.of(-1, 0));
    expect([next.trend(0, 1), next.trend(1, 1)]).toEqual(["unknown", "growing"]);
  });
});
