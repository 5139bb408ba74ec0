import { describe, expect, it } from "vitest";
import { consumerEntry, streamEntry } from "../entries.fixture.ts";
import type { ConsumerEntry, StreamConfigEntry, StreamEntry } from "../entries.ts";
import { againMs, carryProgress, createProgress, follow, type Progress } from "./progress.ts";

type ConsumerChange = Parameters<typeof consumerEntry>[0];
type StreamChange = Parameters<typeof streamEntry>[0];

/** One consumer through some samples; the answer is what it made of them. */
function followed(
  steps: readonly (readonly [StreamChange, ConsumerChange])[],
  { isFiltered = false }: { isFiltered?: boolean } = {},
) {
  let before: Progress | null = null;
  for (const [stream, consumer] of steps) {
    const progress: Progress = before === null ? createProgress(1) : carryProgress(before, null);
    const [entry, read]: [StreamEntry, ConsumerEntry] = [streamEntry(stream), consumerEntry(consumer)];
    follow(progress, { row: 0, stream: entry, consumer: read, isFiltered });
    before = progress;
  }
  return before!;
}

const delivered = (sequence: number, change: ConsumerChange = {}) => ({
  ...{ deliveredConsumerSeq: sequence, deliveredStreamSeq: sequence },
  ...change,
});
const limits: Partial<StreamConfigEntry> = { maxMessages: 100 };

describe("what was finished", () => {
  const out = delivered(500, {
    numAckPending: 500,
    numPending: 500,
    ackFloorStreamSeq: 0,
    ackFloorConsumerSeq: 0,
  });
  const full = { lastSeq: 1_000, firstSeq: 1, messages: 1_000 };

  it("is not what a purge took from its readers, whenever the stream was read", () => {
    const purged = {
      ...{ deliveredConsumerSeq: 500, deliveredStreamSeq: 990, numAckPending: 0, numPending: 10 },
      ...{ ackFloorStreamSeq: 990, ackFloorConsumerSeq: 500 },
    };
    const before = followed([[full, out]]).finished[0];
    expect(
      followed([
        [full, out],
        [full, purged],
      ]).finished[0],
    ).toBe(before);
    expect(
      followed([
        [full, out],
        [{ ...full, firstSeq: 991 }, purged],
      ]).finished[0],
    ).toBe(before);
    // With some acknowledged in the same second, as many as that can have been at least.
    const acked = { ...purged, ackedAt: "2026-01-01T00:59:59Z" };
    expect(
      followed([
        [full, out],
        [{ ...full, firstSeq: 991 }, acked],
      ]).finished[0],
    ).toBe(before);
  });

  it("is not what limits took from its readers", () => {
    const slow = delivered(50, {
      numAckPending: 10,
      ackFloorStreamSeq: 40,
      ackFloorConsumerSeq: 40,
      numPending: 60,
    });
    const later = delivered(50, {
      ...{ numAckPending: 4, ackFloorStreamSeq: 46, ackFloorConsumerSeq: 46, numPending: 66 },
      ackedAt: "2026-01-01T00:59:59Z",
    });
    const grown = (firstSeq: number, config: Partial<StreamConfigEntry>) =>
      followed([
        [{ firstSeq: 41, lastSeq: 110, config }, slow],
        [{ firstSeq, lastSeq: 116, config }, later],
      ]).finished[0]! - followed([[{}, slow]]).finished[0]!;
    expect(grown(47, limits)).toBe(0);
    expect(grown(41, limits)).toBe(6);
    expect(grown(47, { ...limits, retention: "workqueue" })).toBe(6);
  });

  it("is what was given up, which moves no floor", () => {
    const one = delivered(10, { numAckPending: 1, ackFloorStreamSeq: 9, ackFloorConsumerSeq: 9 });
    const gone = { ...one, numAckPending: 0 };
    expect(
      followed([
        [{}, one],
        [{}, gone],
      ]).finished[0],
    ).toBe(10);
  });

  it("goes on after samples that told nothing", () => {
    const unknown = { deliveredConsumerSeq: Number.NaN, numPending: Number.NaN, asOf: Number.NaN };
    expect(
      followed([
        [{}, delivered(10)],
        [{}, unknown],
        [{}, delivered(15)],
      ]).finished[0],
    ).toBe(15);
  });
});

describe("what came", () => {
  it("is what is written, also where limits remove as much of what waits", () => {
    const stuck = delivered(10, { numPending: 100 });
    const at = (firstSeq: number): StreamChange => ({ firstSeq, lastSeq: firstSeq + 99, config: limits });
    const { due, dueHidden } = followed([
      [at(11), stuck],
      [at(29), stuck],
      [at(47), stuck],
    ]);
    expect([due[0]! - 110, dueHidden[0]]).toEqual([36, 0]);
  });

  it("is not known of one that reads only some", () => {
    const stuck = delivered(10, { numPending: 20 });
    const at = (firstSeq: number): StreamChange => ({ firstSeq, lastSeq: firstSeq + 99, config: limits });
    expect(
      followed(
        [
          [at(11), stuck],
          [at(29), stuck],
        ],
        { isFiltered: true },
      ).dueHidden[0],
    ).toBe(1);
    const taken = delivered(60, { numPending: 5 });
    expect(
      followed(
        [
          [at(11), taken],
          [at(29), taken],
        ],
        { isFiltered: true },
      ).dueHidden[0],
    ).toBe(0);
  });

  it("is what is written, also where newer ones take the place of what waits", () => {
    const stuck = delivered(10, { numPending: 5 });
    const at = (lastSeq: number): StreamChange => ({ lastSeq, config: { maxPerSubject: 1 } });
    expect(
      followed([
        [at(100), stuck],
        [at(118), stuck],
      ]).due[0]! - 15,
    ).toBe(18);
  });
});

describe("what limits removed of a filtered consumer's messages", () => {
  const at = (firstSeq: number, lastSeq: number): StreamChange => ({
    firstSeq,
    lastSeq,
    config: { maxAgeMs: 5 },
  });
  const waiting = (numPending: number, floor = 0) =>
    delivered(floor, { numPending, ackFloorStreamSeq: floor, ackFloorConsumerSeq: floor });
  const vanished = (...steps: (readonly [StreamChange, ConsumerChange])[]) =>
    followed(steps, { isFiltered: true }).vanished[0];

  it("is told at least, and adds up, until it is past that", () => {
    const all = [
      [at(1, 40), waiting(20)],
      [at(41, 40), waiting(0)],
    ] as const;
    expect(vanished(...all)).toBe(20);
    const more = [...all, [at(41, 42), waiting(2)], [at(43, 42), waiting(0)]] as const;
    expect(vanished(...more)).toBe(22);
    expect(vanished(...more, [at(43, 50), waiting(0, 43)])).toBe(0);
  });

  it("is nothing where somebody deletes messages and nothing else would", () => {
    const by = (firstSeq: number): StreamChange => ({ firstSeq, lastSeq: 40 });
    expect(vanished([by(1), waiting(20)], [by(41), waiting(0)])).toBe(0);
  });
});

it("knows when messages were last delivered again", () => {
  const once = delivered(10, { asOf: 1_000 });
  const again = { ...once, deliveredConsumerSeq: 11, asOf: 2_000 };
  const told = { ...once, numRedelivered: 1, deliveredConsumerSeq: 12, deliveredStreamSeq: 30, asOf: 2_000 };
  const still = (entry: ConsumerChange) => ({ ...entry, asOf: 9_000 });
  expect(
    againMs(
      followed([
        [{}, once],
        [{}, still(once)],
      ]),
      0,
      9_000,
    ),
  ).toBeNaN();
  expect(
    againMs(
      followed([
        [{}, once],
        [{}, again],
        [{}, still(again)],
      ]),
      0,
      9_000,
    ),
  ).toBe(7_000);
  expect(
    againMs(
      followed([
        [{}, once],
        [{}, told],
        [{}, still(told)],
      ]),
      0,
      9_000,
    ),
  ).toBe(7_000);
});
