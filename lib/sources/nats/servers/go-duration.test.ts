import { expect, it } from "vitest";
import { parseGoDuration } from "./go-duration.ts";

it.each([
  ["0s", 0],
  ["599µs", 0.599],
  ["599μs", 0.599],
  ["1.5ms", 1.5],
  ["250ns", 0.00025],
  ["2m3s", 123_000],
  ["1h0m0.5s", 3_600_500],
  ["1y2d3h4m5s", 365 * 86_400_000 + 2 * 86_400_000 + 11_045_000],
])("reads %s", (text, ms) => {
  expect(parseGoDuration(text)).toBeCloseTo(ms, 9);
});

it.each(["", "5", "s", "-1s", "1s!", "1 s", "2parsec", "9".repeat(400)])("does not make %o up", (text) => {
  expect(parseGoDuration(text)).toBeNaN();
});
