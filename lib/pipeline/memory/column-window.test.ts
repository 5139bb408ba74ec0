import { describe, expect, it } from "vitest";
import { ColumnWindow } from "./column-window.ts";

function filled(
  slots: number,
  stepMs: number,
  ...samples: [at: number, ...values: number[]][]
): ColumnWindow {
  const window = new ColumnWindow(samples[0]!.length - 1, slots, stepMs);
  for (const [at, ...values] of samples) window.push(at, Float64Array.from(values));
  return window;
}
const held = (window: ColumnWindow) =>
  Array.from({ length: window.length }, (_, back) => [window.timeAt(back), ...window.columnAt(back)]);

describe("ColumnWindow", () => {
  it("keeps copies, newest first, and forgets the oldest", () => {
    const column = Float64Array.of(1);
    const window = new ColumnWindow(1, 3, 0);
    for (let at = 1; at <= 5; at++) {
      column[0] = at * 10;
      window.push(at, column);
    }
    expect(held(window)).toEqual([
      [5, 50],
      [4, 40],
      [3, 30],
    ]);
  });

  it("keeps samples no closer than its step", () => {
    const window = filled(9, 1_000, [0, 1], [400, 2], [999, 3], [1_000, 4], [1_900, 5], [2_500, 6]);
    expect(held(window).map(([at]) => at)).toEqual([2_500, 1_000, 0]);
  });

  it("finds the newest sample of an age, or the oldest there is", () => {
    const window = filled(9, 0, [0, 1], [1_000, 2], [2_000, 3], [3_500, 4]);
    expect(window.backTo(3_500, 0)).toBe(0);
    expect(window.backTo(3_500, 1_500)).toBe(1);
    expect(window.backTo(3_500, 1_501)).toBe(2);
    expect(window.backTo(3_500, 60_000)).toBe(3);
    expect(new ColumnWindow(1, 3, 0).backTo(0, 0)).toBe(-1);
  });

  it("follows its rows to another layout, and goes on from there", () => {
    const window = filled(3, 0, [1, 10, 11], [2, 20, 21], [3, 30, 31], [4, 40, 41]);
    const moved = window.remapped(Int32Array.of(-1, 1, 0));
    expect(held(moved)).toEqual([
      [4, Number.NaN, 41, 40],
      [3, Number.NaN, 31, 30],
      [2, Number.NaN, 21, 20],
    ]);
    moved.push(5, Float64Array.of(1, 2, 3));
    expect(held(moved)[0]).toEqual([5, 1, 2, 3]);
    expect(held(moved)).toHaveLength(3);
    expect(held(window)[0]).toEqual([4, 40, 41]);
  });
});
