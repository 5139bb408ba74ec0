import { expect, test } from "vitest";
import { withWindow } from "./use-time-window";

test.each([
  ["/consumers", "15m", "/consumers"],
  ["/consumers", "5m", "/consumers?window=5m"],
  ["/consumers?q=a%23b", "5m", "/consumers?q=a%23b&window=5m"],
  ["/sources#source-prod", "5m", "/sources?window=5m#source-prod"],
] as const)("%s with %s is %s", (href, window, expected) => {
  expect(withWindow(href, window)).toBe(expected);
});
