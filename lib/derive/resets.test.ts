import { describe, expect, it } from "vitest";
import { findResets, type PositionStep } from "./resets.ts";

const none = Number.NaN;

/** One position of one consumer that has had no reader since 10 and was read at 20. */
function resetsOf(from: number, to: number, more: Partial<PositionStep> = {}): [number, number][] {
  const found: [number, number][] = [];
  findResets(
    {
      previous: Float64Array.of(from),
      position: Float64Array.of(to),
      previousAsOf: Float64Array.of(20),
      previousRow: null,
      consumer: Int32Array.of(0),
      lane: Int32Array.of(0),
      head: Float64Array.of(1_000),
      readers: Float64Array.of(0),
      readersGoneSince: Float64Array.of(10),
      ...more,
    },
    (_row, before, after) => found.push([before, after]),
  );
  return found;
}

const reading = { readers: Float64Array.of(2), readersGoneSince: Float64Array.of(none) };

describe("findResets", () => {
  it.each<[string, number, number, Partial<PositionStep>, boolean]>([
    ["back while nobody reads", 500, 100, {}, true],
    ["back while somebody reads", 500, 100, reading, true],
    ["ahead while nobody reads", 500, 700, {}, true],
    ["ahead while somebody reads", 500, 700, reading, false],
    ["standing still", 500, 500, {}, false],
    ["not known before", none, 700, {}, false],
    ["not known now", 500, none, {}, false],
    ["readers not known", 500, 700, { readers: Float64Array.of(none) }, false],
    ["the last commit of who has just left", 500, 700, { readersGoneSince: Float64Array.of(none) }, false],
    ["a commit read before the reader was gone", 500, 700, { previousAsOf: Float64Array.of(5) }, false],
    ["ahead of what could not be read last time", 500, 700, { previousAsOf: Float64Array.of(none) }, false],
    ["back from what could not be read last time", 500, 100, { previousAsOf: Float64Array.of(none) }, false],
    ["a row that is new", 500, 700, { previousRow: Int32Array.of(-1) }, false],
    ["a lane that was cut or made anew", 500, 3, { head: Float64Array.of(10) }, false],
    ["a lane whose head is not known", 500, 3, { head: Float64Array.of(none) }, true],
  ])("%s: %d → %d", (_what, from, to, more, isReset) => {
    expect(resetsOf(from, to, more)).toEqual(isReset ? [[from, to]] : []);
  });

  it("finds the row a position had before the layout changed", () => {
    const previousAsOf = Float64Array.of(5, 20);
    expect(resetsOf(500, 700, { previousAsOf, previousRow: Int32Array.of(1) })).toEqual([[500, 700]]);
    expect(resetsOf(500, 700, { previousAsOf, previousRow: Int32Array.of(0) })).toEqual([]);
  });
});
