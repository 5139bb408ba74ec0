import { describe, expect, it } from "vitest";
import { type CounterWindow, ratesOf } from "./rate.ts";

/** A window from `[time, value]`, oldest first. */
function windowOf(...samples: [at: number, value: number][]): CounterWindow {
  const newestFirst = samples.toReversed();
  return {
    rows: 1,
    length: samples.length,
    timeAt: (back) => newestFirst[back]![0],
    columnAt: (back) => Float64Array.of(newestFirst[back]![1]),
    backTo(now, ageMs) {
      const back = newestFirst.findIndex(([at]) => now - at >= ageMs);
      return back < 0 ? samples.length - 1 : back;
    },
  };
}

const { NaN: none } = Number;

describe("ratesOf", () => {
  it.each<[string, [number, number][], number]>([
    ["nothing sampled", [], none],
    ["one sample", [[0, 5]], none],
    [
      "two samples",
      [
        [0, 5],
        [1_000, 25],
      ],
      20,
    ],
    [
      "no growth is 0, not unknown",
      [
        [0, 5],
        [1_000, 5],
      ],
      0,
    ],
    [
      "growth over the window only",
      [
        [0, 0],
        [5_000, 900],
        [15_000, 1_000],
      ],
      10,
    ],
    [
      "as much as there is of it",
      [
        [0, 0],
        [4_000, 100],
      ],
      25,
    ],
    [
      "by time, not by samples",
      [
        [0, 0],
        [1_000, 10],
        [2_500, 40],
      ],
      16,
    ],
    [
      "not known now",
      [
        [0, 5],
        [1_000, none],
      ],
      none,
    ],
    [
      "known for part of the window (a new row)",
      [
        [0, none],
        [1_000, none],
        [2_000, 10],
        [4_000, 30],
      ],
      10,
    ],
    [
      "known only now",
      [
        [0, none],
        [1_000, 7],
      ],
      none,
    ],
    [
      "a gap in the middle",
      [
        [0, 0],
        [1_000, none],
        [2_000, 60],
      ],
      30,
    ],
  ])("%s", (_case, samples, rate) => {
    expect(ratesOf(windowOf(...samples))[0]).toBe(rate);
  });
});
