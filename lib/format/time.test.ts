import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatAge,
  formatClock,
  formatCountdown,
  formatDrain,
  formatDuration,
  formatInterval,
  formatMoment,
  formatTimestamp,
} from "./time.ts";

const S = 1000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

describe("formatDuration", () => {
  test.each([
    [0, "0 ms"],
    [0.01, "< 0.1 ms"],
    [0.9, "0.9 ms"],
    [9.96, "10 ms"],
    [210, "210 ms"],
    [999.6, "1.0 s"],
    [38_200, "38.2 s"],
    [59_960, "1 m 00 s"],
    [3 * M + 12 * S, "3 m 12 s"],
    [H - 300, "1 h 00 m"],
    [2 * H + 5 * M, "2 h 05 m"],
    [6 * D + 23 * H, "6 d 23 h"],
    [400 * D, "400 d"],
    [1e300, "> 9,999 d"],
    [-1, "—"],
    [Number.NaN, "—"],
  ])("%d ms is %s", (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe("moments that may be long ago", () => {
  const at = new Date(2026, 10, 21, 2, 13, 40, 7).getTime();
  test("are told with the day, to the millisecond where that matters", () => {
    expect(formatTimestamp(at)).toBe("2026-11-21 02:13:40.007");
    expect(formatMoment(at, at + 13 * H)).toBe("2026-11-21 02:13:40");
    expect(formatMoment(at, at - 13 * H)).toBe("2026-11-21 02:13:40");
  });
  test("are a time of day where it can only be this one", () => {
    expect(formatMoment(at, at + 11 * H)).toBe("02:13:40");
    expect(formatMoment(at, at - 5 * S)).toBe("02:13:40");
  });
  test("are not known where they are none", () => {
    expect([formatTimestamp(Number.NaN), formatMoment(Number.NaN, at)]).toEqual(["—", "—"]);
  });
});

describe("formatAge", () => {
  test.each([
    [400, "0.4 s"],
    [-80, "0.0 s"],
    [9960, "10 s"],
    [12_400, "12 s"],
    [59_600, "1 m"],
    [3 * M + 59 * S, "3 m"],
    [2 * H, "2 h"],
    [6 * D, "6 d"],
  ])("%d ms is %s", (ms, text) => expect(formatAge(ms)).toBe(text));
});

test("formatDrain tells apart soon, later, never and nothing to say", () => {
  expect(formatDrain({ kind: "in", seconds: 0.2, most: 0.2 })).toBe("< 1 s");
  expect(formatDrain({ kind: "in", seconds: 12.2, most: 12.2 })).toBe("12 s");
  expect(formatDrain({ kind: "in", seconds: 200, most: 200 })).toBe("3 m");
  expect(formatDrain({ kind: "in", seconds: Number.POSITIVE_INFINITY, most: Number.POSITIVE_INFINITY })).toBe(
    "—",
  );
  expect(formatDrain({ kind: "in", seconds: 120, most: 200 })).toBe("2 m – 3 m");
  expect(formatDrain({ kind: "steady" })).toBe("steady");
  expect(formatDrain({ kind: "never" })).toBe("no end");
  expect(formatDrain({ kind: "none" })).toBe("—");
  expect(formatDrain({ kind: "unknown" })).toBe("—");
});

test("formatCountdown steps by whole seconds down to now", () => {
  expect([61_000, 4700, 4001, 300, 0, -5].map(formatCountdown)).toEqual([
    "in 1 m",
    "in 5 s",
    "in 5 s",
    "in 1 s",
    "now",
    "now",
  ]);
});

test("formatInterval is a setting: no decimals it does not have", () => {
  expect([250, 1000, 2500, 30_000, 60_000].map(formatInterval)).toEqual([
    "250 ms",
    "1 s",
    "2.5 s",
    "30 s",
    "1 m 00 s",
  ]);
});

test("formatClock is the local time of day", () => {
  expect(formatClock(new Date(2026, 10, 3, 2, 13, 40).getTime())).toBe("02:13:40");
  expect(formatClock(Number.NaN)).toBe("—");
});

const anyDrain = (n: number) => formatDrain({ kind: "in", seconds: n, most: n });

describe.each(Object.entries({ formatDuration, formatAge, formatClock, anyDrain }))("%s", (_name, format) => {
  test("never says NaN, Infinity, -0 or an exponent", () => {
    const anyNumber = fc.oneof(fc.double(), fc.integer(), fc.double({ min: 0, max: 1e12 }));
    fc.assert(
      fc.property(anyNumber, (n) => {
        expect(format(n)).not.toMatch(/NaN|Infinity|-|e\+/);
      }),
    );
  });
});

describe.each(Object.entries({ formatDuration, formatAge, anyDrain }))("%s", (_name, format) => {
  test("a longer time never reads shorter", () => {
    const time = fc.oneof(
      ...[1e3, 1e5, 1e7, 1e10, 1e13].map((max) => fc.double({ min: 0, max, noNaN: true })),
    );
    fc.assert(
      fc.property(time, time, (a, b) => {
        const [low, high] = a <= b ? [a, b] : [b, a];
        expect(read(format(low))).toBeLessThanOrEqual(read(format(high)));
      }),
    );
  });
});

/** The milliseconds a text stands for. */
function read(text: string): number {
  const units: Record<string, number> = { ms: 1, s: S, m: M, h: H, d: D };
  if (text.startsWith("< ")) return 0.01;
  const parts = [...text.matchAll(/([\d,.]+) (ms|s|m|h|d)/g)];
  return parts.reduce((sum, [, n, unit]) => sum + Number(n!.replaceAll(",", "")) * units[unit!]!, 0);
}
