import type { LatencyRow } from "@streamside/grpc-health";
import { expect, test } from "vitest";
import { FakeProcess } from "../fake-process.ts";
import { Reader } from "../test-reader.ts";

test("latencies are in ms, the same object until their row changes; what cannot be meant is left out", () => {
  const process = new FakeProcess("a");
  const reader = new Reader();
  const call = process.begin("UNARY");
  const method = process.methods.get(call.methodId)!;
  const latency: LatencyRow = {
    measure: "CALL_DURATION",
    count: 7,
    sumUs: 9_000,
    maxUs: 4_500,
    bucketUpperUs: [1_000, 2_500, 2_400, 5_000],
    bucketCounts: [4, 2, 9, 1],
  };
  method.latencies = [latency, { ...latency, measure: 7 as unknown as "ROUND_TRIP" }];
  const totalsOf = (seen: ReturnType<Reader["observe"]>) => seen.streams.calls![0]![0]!;
  const first = totalsOf(reader.take(process.next()));
  expect(first.latencies).toEqual([
    { measure: "callDuration", count: 7, sumMs: 9, maxMs: 4.5, upperMs: [1, 2.5, 5], counts: [4, 2, 1] },
  ]);
  expect(first).toMatchObject({
    process: "a",
    from: "instrumented",
    started: 1,
    completed: 0,
    retries: Number.NaN,
  });
  expect(totalsOf(reader.observe()).latencies[0]).toBe(first.latencies[0]);
  latency.count = 8;
  expect(totalsOf(reader.take(process.next())).latencies[0]!.count).toBe(8);
});
