import { expect, test } from "vitest";
import { windowOf, withTime } from "./use-time-window";

const AT = Date.UTC(2026, 10, 30, 2, 13, 4, 5);

test.each([
  ["/consumers", "15m", null, "/consumers"],
  ["/consumers", "5m", null, "/consumers?window=5m"],
  ["/consumers?q=a%23b", "5m", null, "/consumers?q=a%23b&window=5m"],
  ["/sources#source-prod", "5m", null, "/sources?window=5m#source-prod"],
  ["/sources#source-prod", "90s", AT, "/sources?window=90s&at=2026-11-30T02:13:04.005Z#source-prod"],
  ["/consumers?q=a", "15m", AT, "/consumers?q=a&at=2026-11-30T02:13:04.005Z"],
] as const)("%s with %s and %s is %s", (href, window, at, expected) => {
  expect(withTime(href, window, at)).toBe(expected);
});

test.each([
  [1, "5s"],
  [90_400, "90s"],
  [120_000, "2m"],
  [3_600_000, "1h"],
  [5_400_000, "90m"],
  [86_400_000, "24h"],
  [604_800_000, "7d"],
  [1_209_600_000, "14d"],
  [1e12, "366d"],
])("%s ms are shown by a window of %s", (ms, window) => {
  expect(windowOf(ms)).toBe(window);
});
