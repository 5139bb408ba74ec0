import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Cursor, WireError } from "./cursor.ts";
import { decodeFetch, type FetchedPartition } from "./fetch.ts";
import { fetched } from "./fixtures/fetched.ts";
import { ledger } from "./fixtures/ledger.ts";
import { unreadableRun } from "./unreadable.ts";

const answerIn = (body: Buffer): FetchedPartition => decodeFetch(new Cursor(body)).partitions[0]!;
const { stable, aborted, records } = answerIn(ledger);
const run = (offset: number, bytes = records, of = aborted) => {
  const { next, readable } = unreadableRun(bytes, offset, of);
  return [next, readable];
};

describe("a Fetch answer for readers of committed transactions", () => {
  it("says where the first open transaction begins, and which were aborted", () => {
    expect(stable).toBe(9);
    expect(aborted).toEqual([{ producer: 5, from: 3 }]);
  });
});

describe("what can never be read", () => {
  it("is markers and messages of aborted transactions", () => {
    expect([0, 1].map((offset) => run(offset))).toEqual([
      [0, true],
      [1, true],
    ]);
    for (const offset of [2, 3, 4, 5, 6, 7]) expect(run(offset)).toEqual([7, true]);
    expect([8, 9].map((offset) => run(offset))).toEqual([
      [9, false],
      [9, false],
    ]);
  });

  it("is not what the same producer commits after it aborted something", () => {
    expect(run(7)).toEqual([7, true]);
  });

  it("is not what an aborted transaction of somebody else leaves in between", () => {
    expect(run(3, records, [{ producer: 6, from: 3 }])).toEqual([3, true]);
  });

  it("is told by headers alone: of a batch that is cut, too", () => {
    const abortedBatch = records.indexOf(Buffer.from("00000000000000030000004c", "hex"));
    expect(run(3, records.subarray(abortedBatch, abortedBatch + 61))).toEqual([6, false]);
    expect(run(3, records.subarray(abortedBatch, abortedBatch + 60))).toEqual([3, false]);
    expect(run(0, records.subarray(0, 61))).toEqual([0, true]);
  });

  it("is nothing where there are no transactions", () => {
    const plain = answerIn(fetched.plain);
    expect(unreadableRun(plain.records, 2, plain.aborted)).toMatchObject({
      next: 2,
      readable: true,
      transactional: false,
      blank: 2,
    });
  });

  it("is told apart: markers, which nobody is shown, and what was aborted; what can be read is counted", () => {
    const told = (offset: number, bytes = records) => {
      const { blank, count, seen } = unreadableRun(bytes, offset, aborted);
      return [blank, count, seen];
    };
    expect([0, 1, 2, 3, 6, 7, 8].map((offset) => told(offset))).toEqual([
      [0, 3, 9],
      [1, 2, 9],
      [3, 1, 9],
      [3, 1, 9],
      [7, 1, 9],
      [7, 1, 9],
      [9, 0, 9],
    ]);
    expect(told(0, records.subarray(0, 61)), "of a batch that is cut").toEqual([0, 2, 2]);
  });

  it("is never guessed from bytes that lie: an answer, or a WireError, and not for long", () => {
    fc.assert(
      fc.property(fc.nat(records.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(records);
        changed[at] = changed[at]! ^ change;
        try {
          unreadableRun(changed, 2, aborted);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
