import type { MethodRow } from "@streamside/grpc-health";
import { describe, expect, it } from "vitest";
import { createCounterTurns } from "./counter-turns.ts";

const row = (id: number, started: number, figures: Partial<MethodRow> = {}): MethodRow => ({
  ...{ id, path: `/a.B/${id}`, kind: "UNARY", side: "SERVER", statuses: [], latencies: [] },
  ...{ started, completed: Number.NaN, ...figures },
});

/** The processes that the pages are from, numbered as they come. */
function turns(...pages: readonly (readonly [startedAtS: number, ...rows: MethodRow[]])[]): number[] {
  const processOf = createCounterTurns();
  const seen: string[] = [];
  return pages.map(([startedAtS, ...rows]) => {
    const process = processOf(rows, startedAtS);
    if (!seen.includes(process)) seen.push(process);
    return seen.indexOf(process);
  });
}

describe("counters of a page", () => {
  it("are another process's where one of them goes back", () => {
    expect(turns([Number.NaN, row(1, 5)], [Number.NaN, row(1, 5)], [Number.NaN, row(1, 2)])).toEqual([
      0, 0, 1,
    ]);
    const sent = (messagesFlushed: number) => row(1, 5, { messagesFlushed });
    expect(turns([1e9, sent(7)], [1e9, sent(6)], [1e9, sent(6)])).toEqual([0, 1, 1]);
  });

  it("are another process's where it was started at another time", () => {
    expect(turns([1e9, row(1, 5)], [1e9 + 60, row(1, 9)], [1e9 + 60, row(1, 9)])).toEqual([0, 1, 1]);
  });

  it("are the same process's where its clock is set a little, methods come and go, and figures are not told", () => {
    expect(turns([1e9, row(1, 5)], [1e9 + 1, row(1, 5)], [1e9 - 1, row(1, 5)])).toEqual([0, 0, 0]);
    expect(
      turns([1e9, row(1, 5)], [1e9, row(2, 1)], [1e9, row(1, Number.NaN), row(2, 1)], [1e9, row(1, 5)]),
    ).toEqual([0, 0, 0, 0]);
  });
});
