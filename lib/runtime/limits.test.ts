import { expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../derive/default-limits.fixture.ts";
import { createLimitsOf } from "./limits.ts";

it("is the usual of its kind where nothing is set", () => {
  expect(createLimitsOf(DEFAULT_LIMITS.grpc, { consumers: [] }, { consumers: [] })("any")).toEqual(
    DEFAULT_LIMITS.grpc,
  );
});

it("puts names before everyone, the source before the top, later before earlier", () => {
  const limitsOf = createLimitsOf(
    DEFAULT_LIMITS.kafka,
    {
      lateMs: 1,
      stalledMs: 2,
      minBacklog: 3,
      consumers: [
        { match: "^batch-", lateMs: 10, stoppedMs: 11 },
        { match: "nightly", lateMs: 20 },
      ],
    },
    { lateMs: 100, stoppedMs: 101, consumers: [{ match: "nightly$", stalledMs: 200, ignore: true }] },
  );
  const own = ({ lateMs, stalledMs, stoppedMs, minBacklog, ignore }: ReturnType<typeof limitsOf>) => [
    lateMs,
    stalledMs,
    stoppedMs,
    minBacklog,
    ignore,
  ];
  expect(own(limitsOf("orders"))).toEqual([100, 2, 101, 3, false]);
  expect(own(limitsOf("batch-orders"))).toEqual([10, 2, 11, 3, false]);
  expect(own(limitsOf("batch-nightly-1"))).toEqual([20, 2, 11, 3, false]);
  expect(own(limitsOf("batch-nightly"))).toEqual([20, 200, 11, 3, true]);
  expect(limitsOf("batch-nightly")).toBe(limitsOf("batch-nightly"));
});
