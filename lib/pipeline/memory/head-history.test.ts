import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Arrival, HeadHistory } from "./head-history.ts";

const INTERVAL = 1_000;
const { NaN: none } = Number;

/** When message `n` of a producer was written. */
type Producer = (n: number) => number;
const steady =
  (perSecond: number): Producer =>
  (n) =>
    (n * 1_000) / perSecond;
const bursty =
  (size: number, everyMs: number): Producer =>
  (n) =>
    Math.floor(n / size) * everyMs;

/** Messages written up to and including a moment. */
function headAt(producer: Producer, at: number): number {
  let low = 0;
  let high = 10_000_000;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (producer(middle) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** One lane sampled once an interval until `end`. */
function sample(producer: Producer, end: number): HeadHistory {
  const history = new HeadHistory(1);
  for (let at = 0; at <= end; at += INTERVAL) history.push(at, Float64Array.of(headAt(producer, at)));
  return history;
}

function arrival(history: HeadHistory, position: number, lane = 0): Arrival | null {
  const into: Arrival = { at: none, bracketed: false };
  return history.arrivalOf(lane, position, into) ? into : null;
}

function push(history: HeadHistory, ...samples: [at: number, ...heads: number[]][]): void {
  for (const [at, ...heads] of samples) history.push(at, Float64Array.from(heads));
}

describe("HeadHistory", () => {
  const producer = fc.oneof(
    fc.integer({ min: 1, max: 5_000 }).map(steady),
    fc
      .tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 300, max: 20_000 }))
      .map(([n, ms]) => bursty(n, ms)),
  );

  it("tells when a message of the last minute was written, to within one sample interval", () => {
    fc.assert(
      fc.property(
        producer,
        fc.integer({ min: 70, max: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (written, seconds, share) => {
          const end = seconds * INTERVAL;
          const history = sample(written, end);
          const oldest = headAt(written, end - 60_000);
          const newest = headAt(written, end) - 1;
          fc.pre(oldest <= newest);
          const position = oldest + Math.floor(share * (newest - oldest));
          const found = arrival(history, position)!;
          expect(found.bracketed).toBe(true);
          expect(Math.abs(found.at - written(position))).toBeLessThanOrEqual(INTERVAL);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("tells older ones to within the thinned distance", () => {
    fc.assert(
      fc.property(producer, fc.double({ min: 0, max: 1, noNaN: true }), (written, share) => {
        const end = 800_000;
        const history = sample(written, end);
        const position = Math.max(headAt(written, 0), Math.floor(share * (headAt(written, end) - 1)));
        const found = arrival(history, position)!;
        expect(Math.abs(found.at - written(position))).toBeLessThanOrEqual(15_000 + INTERVAL);
      }),
      { numRuns: 50 },
    );
  });

  it("spreads messages evenly over their bracket, in order", () => {
    const history = new HeadHistory(1);
    push(history, [1_000, 100], [2_000, 104]);
    expect([100, 101, 102, 103].map((position) => arrival(history, position)?.at)).toEqual([
      1_125, 1_375, 1_625, 1_875,
    ]);
    expect(arrival(history, 104)).toBeNull();
  });

  it("gives a lower bound for what was there before the first sample", () => {
    const history = new HeadHistory(1);
    push(history, [1_000, 100], [2_000, 104]);
    expect(arrival(history, 99)).toEqual({ at: 1_000, bracketed: false });
    expect(arrival(new HeadHistory(1), 0)).toBeNull();
  });

  it("carries a head that is not known now, and takes a late lane from its first known head", () => {
    const history = new HeadHistory(2);
    push(history, [1_000, 10, none], [2_000, none, none], [3_000, 20, 7], [4_000, 20, 9]);
    expect(arrival(history, 15)).toMatchObject({ bracketed: true, at: 2_550 });
    expect(arrival(history, 5, 1)).toEqual({ at: 3_000, bracketed: false });
    expect(arrival(history, 7, 1)).toMatchObject({ bracketed: true });
  });

  it("forgets a lane that was recreated, and only that lane", () => {
    const history = new HeadHistory(2);
    push(history, [1_000, 500, 10], [2_000, 600, 11], [3_000, 2, 12], [4_000, 6, 13]);
    expect(arrival(history, 0)).toEqual({ at: 3_000, bracketed: false });
    expect(arrival(history, 4)).toMatchObject({ bracketed: true, at: 3_625 });
    expect(arrival(history, 10, 1)).toMatchObject({ bracketed: true, at: 1_500 });
  });

  it("stays bounded, however long it runs", () => {
    const history = new HeadHistory(1);
    const held = () => (history as unknown as { slots: unknown[] }).slots.length;
    let most = 0;
    for (let second = 0; second < 4_000; second++) {
      history.push(second * 1_000, Float64Array.of(second));
      most = Math.max(most, held());
    }
    expect(most).toBeLessThanOrEqual(64 + 60 + 3);
    expect(held()).toBeGreaterThan(100);
    expect(arrival(history, 3_999 - 14 * 60)?.bracketed).toBe(true);
    expect(arrival(history, 10)?.bracketed).toBe(false);
  });

  it("tells of each of many lanes what it would tell of it alone, wherever the others go", () => {
    const LANES = 700;
    // A few of them move at a time, or fall back, or are not known; then all of them change places.
    const step = fc.record({
      moves: fc.array(
        fc.tuple(fc.nat(LANES - 1), fc.oneof(fc.integer({ min: -3, max: 9 }), fc.constant(none))),
        { maxLength: 6 },
      ),
      turned: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(LANES - 1) }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 25 }), (steps) => {
        let together = new HeadHistory(LANES);
        let alone = Array.from({ length: LANES }, () => new HeadHistory(1));
        let heads = Array.from({ length: LANES }, (_, lane) => lane + 10);
        const concerned = new Set([0, 255, 256, 511, 512, LANES - 1]);
        for (const [second, { moves, turned }] of steps.entries()) {
          const told = Float64Array.from(heads);
          for (const [lane, by] of moves) {
            told[lane] = heads[lane]! + by;
            if (!Number.isNaN(by)) heads[lane] = told[lane]!;
            concerned.add(lane);
          }
          together.push(second * INTERVAL, told);
          for (let lane = 0; lane < LANES; lane++)
            alone[lane]!.push(second * INTERVAL, told.slice(lane, lane + 1));
          if (turned === 0) continue;
          const oldRow = Int32Array.from(heads, (_, lane) => (lane + turned) % LANES);
          together = together.remapped(oldRow);
          alone = Array.from(oldRow, (lane) => alone[lane]!);
          heads = Array.from(oldRow, (lane) => heads[lane]!);
        }
        for (const lane of concerned) {
          for (let position = heads[lane]! - 12; position <= heads[lane]!; position++) {
            expect(arrival(together, position, lane)).toEqual(arrival(alone[lane]!, position));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("takes no room for lanes that stand", () => {
    const history = new HeadHistory(10_000);
    const head = new Float64Array(10_000);
    for (let second = 0; second < 60; second++) {
      head[4_321]!++;
      history.push(second * 1_000, head);
    }
    const { slots } = history as unknown as { slots: { head: object[] }[] };
    const blocks = new Set(slots.flatMap((slot) => slot.head));
    expect(blocks.size).toBe(slots[0]!.head.length + 59);
  });

  it("follows a lane to its row in another layout", () => {
    const history = new HeadHistory(2);
    push(history, [1_000, 10, 100], [2_000, 20, 200]);
    const moved = history.remapped(Int32Array.of(1, -1, 0));
    expect(arrival(moved, 150, 0)).toEqual(arrival(history, 150, 1));
    expect(arrival(moved, 15, 2)).toEqual(arrival(history, 15, 0));
    expect(arrival(moved, 0, 1)).toBeNull();
    moved.push(3_000, Float64Array.of(300, 5, 30));
    expect(arrival(moved, 250, 0)?.bracketed).toBe(true);
    expect(arrival(moved, 3, 1)).toEqual({ at: 3_000, bracketed: false });
  });
});

describe("paces", () => {
  const history = (...points: [at: number, head: number][]) => {
    const kept = new HeadHistory(1);
    for (const [at, head] of points) kept.push(at, Float64Array.of(head));
    return kept;
  };

  it("is messages a second over the window, or over what there is of it", () => {
    const kept = history([0, 0], [10_000, 100], [30_000, 100], [40_000, 400]);
    expect(kept.paces(60_000)[0]).toBe(10);
    expect(kept.paces(30_000)[0]).toBe(10);
    expect(kept.paces(10_000)[0]).toBe(30);
  });

  it("is not known from less than ten seconds, or where a head is not known", () => {
    expect(history().paces(60_000)[0]).toBeNaN();
    expect(history([0, 0], [9_000, 100]).paces(60_000)[0]).toBeNaN();
    expect(history([0, Number.NaN], [20_000, 100]).paces(60_000)[0]).toBeNaN();
  });

  it("is that of the lane's own time where it is younger than the window", () => {
    expect(history([0, Number.NaN], [20_000, 100], [40_000, 300]).paces(60_000)[0]).toBe(10);
  });
});
