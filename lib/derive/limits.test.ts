import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "./default-limits.fixture.ts";
import { stillLimitMs, withLimits } from "./limits.ts";

const none = Number.NaN;

describe("stillLimitMs", () => {
  it.each<[string, "kafka" | "grpc", rhythm: number, seen: number, set: number | null, number]>([
    ["nothing is known", "kafka", none, none, null, 60_000],
    ["something was seen: not less than without", "kafka", none, 5_000, null, 60_000],
    ["a long pause was seen: it has more time", "kafka", none, 40_000, null, 120_000],
    ["three times its rhythm", "kafka", 5_000, 5_000, null, 15_000],
    ["at least 10 s", "kafka", 100, 100, null, 10_000],
    ["at most 15 min", "kafka", 400_000, 400_000, null, 900_000],
    ["at most 15 min while it is learned, too", "kafka", none, 400_000, null, 900_000],
    ["as it was set", "kafka", 5_000, 5_000, 120_000, 120_000],
    ["as it was set, before anything is known", "kafka", none, none, 0, 0],
    ["in gRPC a second", "grpc", none, none, null, 1_000],
    ["in gRPC three times a slow reader's", "grpc", 2_000, 2_000, null, 6_000],
  ])("%s", (_case, system, rhythm, seen, set, expected) => {
    expect(stillLimitMs(DEFAULT_LIMITS[system], rhythm, seen, set)).toBe(expected);
  });
});

describe("withLimits", () => {
  it("lets the later go before the earlier, and leaves what nobody set", () => {
    const merged = withLimits(
      DEFAULT_LIMITS.nats,
      { lateMs: 5_000, minBacklog: 10 },
      { lateMs: 3_600_000, stalledMs: undefined },
      { ignore: true },
    );
    expect(merged).toEqual({ ...DEFAULT_LIMITS.nats, lateMs: 3_600_000, minBacklog: 10, ignore: true });
  });

  it("takes what is set to nothing as set", () => {
    const merged = withLimits(
      DEFAULT_LIMITS.kafka,
      { ignore: true, stoppedMs: 5 },
      { ignore: false, stoppedMs: 0 },
    );
    expect([merged.ignore, merged.stoppedMs]).toEqual([false, 0]);
  });
});
