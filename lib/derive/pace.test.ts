import { describe, expect, it } from "vitest";
import { Paces } from "./pace.ts";

/** Moves so many seconds apart, with what was due and finished by each. */
function moves(everySeconds: number, totals: readonly (readonly [due: number, out: number])[]): Paces {
  const paces = new Paces(1);
  for (const [index, [due, out]] of totals.entries()) paces.note(0, index * everySeconds * 1_000, due, out);
  return paces;
}

const steady = (count: number, due: number, out: number) =>
  Array.from({ length: count }, (_, i) => [i * due, i * out] as const);

/** The average of a consumer; null: there is none. */
function over({ duePerSecond, outPerSecond, overMs }: Paces, row: number) {
  if (Number.isNaN(overMs[row]!)) return null;
  return { duePerSecond: duePerSecond[row], outPerSecond: outPerSecond[row], overMs: overMs[row] };
}

describe("Paces", () => {
  it("says nothing before the second move", () => {
    expect(over(moves(5, []), 0)).toBeNull();
    expect(over(moves(5, [[100, 50]]), 0)).toBeNull();
  });

  it("averages from one move to another", () => {
    expect(over(moves(90, steady(2, 900, 810)), 0)).toEqual({
      duePerSecond: 10,
      outPerSecond: 9,
      overMs: 90_000,
    });
  });

  it("goes back a minute, and not further", () => {
    const paces = moves(5, [
      ...steady(40, 0, 0),
      ...steady(40, 50, 25).map(([due, out]) => [due, out] as const),
    ]);
    expect(over(paces, 0)).toEqual({ duePerSecond: 10, outPerSecond: 5, overMs: 55_000 });
  });

  it("ends at a move: what has become due since does not count yet", () => {
    const paces = moves(10, steady(3, 100, 100));
    paces.note(0, 21_000, 900, 200);
    expect(over(paces, 0)?.duePerSecond).toBe(10);
  });

  it("goes with its consumer into another layout", () => {
    const next = moves(10, steady(3, 100, 50)).remapped(Int32Array.of(-1, 0));
    expect(over(next, 0)).toBeNull();
    next.note(1, 30_000, 300, 150);
    expect(over(next, 1)).toEqual({ duePerSecond: 10, outPerSecond: 5, overMs: 30_000 });
  });
});
