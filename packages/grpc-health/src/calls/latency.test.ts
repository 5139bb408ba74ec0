import { expect, test } from "vitest";
import { LatencyHistogram, latencyAtMs, latencyBetween } from "./latency.ts";

test("percentiles within the resolution, exact maximum, exact sum", () => {
  const histogram = new LatencyHistogram();
  for (let ms = 1; ms <= 1000; ms += 1) histogram.recordMs(ms);
  const row = histogram.row("CALL_DURATION");
  expect(row).toMatchObject({ count: 1000, maxUs: 1_000_000, sumUs: 500_500_000 });
  expect(row.bucketCounts.reduce((a, b) => a + b)).toBe(1000);
  expect(row.bucketUpperUs).toEqual([...row.bucketUpperUs].sort((a, b) => a - b));
  expect(latencyAtMs(row, 0.5)! / 500).toBeCloseTo(1, 1);
  expect(latencyAtMs(row, 0.99)! / 990).toBeCloseTo(1, 1);
  expect(latencyAtMs(row, 1)).toBe(1000);
});

test("the difference of two rows is what came between them", () => {
  const histogram = new LatencyHistogram();
  histogram.recordMs(5000);
  const before = histogram.row("MESSAGE_GAP");
  expect(latencyBetween(undefined, before)).toBe(before);
  histogram.recordMs(2);
  histogram.recordMs(2);
  const between = latencyBetween(before, histogram.row("MESSAGE_GAP"));
  expect(between.count).toBe(2);
  expect(between.sumUs).toBe(4000);
  expect(latencyAtMs(between, 1)! / 2).toBeCloseTo(1, 1);
  expect(latencyAtMs(latencyBetween(before, before), 0.5)).toBeUndefined();
});

test("absurd durations are kept within range and throw nothing", () => {
  const histogram = new LatencyHistogram();
  for (const ms of [-5, 0, 1e12]) histogram.recordMs(ms);
  expect(histogram.row("CALL_DURATION")).toMatchObject({ count: 3, maxUs: 1e15 });
});

test("every value is in a bucket of its own or in one of at most 1 %", () => {
  const upperOf = (us: number): number => {
    const histogram = new LatencyHistogram();
    histogram.recordMs(us / 1000);
    return histogram.row("CALL_DURATION").bucketUpperUs[0]!;
  };
  for (let us = 0; us < 256; us += 1) expect(upperOf(us)).toBe(us);
  for (let us = 256; us < 3_600_000_000; us = Math.ceil(us * 1.037)) {
    const upper = upperOf(us);
    expect(upper).toBeGreaterThanOrEqual(us);
    expect(upper / us).toBeLessThan(1.01);
    // A bucket begins where the one before ends.
    expect(upperOf(upper)).toBe(upper);
    expect(upperOf(upper + 1)).toBeGreaterThan(upper);
  }
});
