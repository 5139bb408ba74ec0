import { describe, expect, it } from "vitest";
import { firstLossMs } from "./first-loss.ts";

const pace = (duePerSecond: number, outPerSecond: number) => ({ duePerSecond, outPerSecond, overMs: 60_000 });

describe("firstLossMs", () => {
  it.each<[string, number, ReturnType<typeof pace> | null, number]>([
    ["nobody works on it", 60_000, null, 60_000],
    ["nothing is finished", 60_000, pace(100, 0), 60_000],
    ["half of what arrives is finished", 60_000, pace(100, 50), 120_000],
    ["nearly all of it is", 60_000, pace(100, 90), 600_000],
    ["it keeps pace", 60_000, pace(100, 100), Number.POSITIVE_INFINITY],
    ["it keeps pace but for noise", 60_000, pace(100, 99.5), Number.POSITIVE_INFINITY],
    ["it works the backlog off", 60_000, pace(100, 150), Number.POSITIVE_INFINITY],
    ["nothing arrives and it reads on", 60_000, pace(0, 10), Number.POSITIVE_INFINITY],
    ["the message may go any moment, whatever the pace", 0, pace(100, 150), 0],
  ])("where %s", (_what, safeMs, given, expected) => {
    const found = firstLossMs(safeMs, given);
    if (expected === Number.POSITIVE_INFINITY) expect(found).toBe(expected);
    else expect(found).toBeCloseTo(expected, 0);
  });
});
