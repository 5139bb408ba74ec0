import { describe, expect, it } from "vitest";
import { ConsumerTurns } from "./consumer-turns.ts";
import { consumerEntry, streamEntry } from "./entries.fixture.ts";

const nobody: ReadonlySet<string> = new Set();
const streams = (count: number, change = {}) =>
  Array.from({ length: count }, (_, i) => streamEntry({ name: `S${i}`, ...change }));
const told = (change = {}) => ({ items: [consumerEntry(change)], missing: [] });

/** Plans and, as a sample would, takes what is told of everything that was asked for. */
function take(turns: ConsumerTurns, entries: ReturnType<typeof streams>, now: number, change = {}) {
  const asked = turns.plan(entries, nobody, now);
  for (const entry of entries) if (asked.has(entry.name)) turns.took(entry, told(change), now);
  return asked;
}

/** Two looks at the same: as many as it takes to call a stream quiet. */
function quieted(entries: ReturnType<typeof streams>): ConsumerTurns {
  const turns = new ConsumerTurns();
  expect(take(turns, entries, 0).size).toBe(entries.length);
  expect(take(turns, entries, 1_000).size).toBe(entries.length);
  return turns;
}

describe("the turns of streams", () => {
  it("ask quiet ones in turn, each within five seconds", () => {
    const entries = streams(10);
    const turns = quieted(entries);
    const asked = [2, 3, 4, 5, 6].map((second) => take(turns, entries, second * 1_000));
    expect(asked.map(({ size }) => size)).toEqual([2, 2, 2, 2, 2]);
    expect(new Set(asked.flatMap((names) => [...names])).size).toBe(10);
  });

  it("hold what was told at the last one", () => {
    const entries = streams(1);
    const turns = quieted(entries);
    expect(turns.last(entries[0]!)).toEqual(told());
    expect(turns.last(streamEntry({ name: "never" }))).toEqual({ items: [], missing: [] });
  });

  it.each([
    ["something was written", { lastSeq: 101 }],
    ["a consumer came", { consumerCount: 2 }],
    ["it was edited", { subjects: "other" }],
    ["another server leads", { cluster: { leader: "b", replicas: [] } }],
    ["it was made anew", { createdAt: "2027-01-01T00:00:00Z" }],
  ])("do not count where %s", (_, change) => {
    const entries = streams(10);
    const turns = quieted(entries);
    const now = entries.map((entry, i) => (i === 9 ? { ...entry, ...change } : entry));
    expect([...turns.plan(now, nobody, 1_001)]).toContain("S9");
  });

  it("do not count for what someone looks at", () => {
    const entries = streams(10);
    expect([...quieted(entries).plan(entries, new Set(["S8"]), 1_001)]).toContain("S8");
  });

  it.each([
    ["waits", { numPending: 1 }],
    ["is out", { numAckPending: 1 }],
    ["is not known", { numPending: Number.NaN }],
    ["is paused", { paused: true }],
  ])("do not count where something %s", (_, change) => {
    const entries = streams(10);
    const turns = new ConsumerTurns();
    for (const now of [0, 1_000]) take(turns, entries, now, change);
    expect(turns.plan(entries, nobody, 2_000).size).toBe(10);
  });

  it("do not count where something moved at the last look, where it failed, or was not complete", () => {
    const entries = streams(3);
    const turns = quieted(entries);
    turns.took(entries[0]!, told({ deliveredConsumerSeq: 101 }), 1_000);
    turns.took(entries[1]!, "failed", 1_000);
    turns.took(entries[2]!, { ...told(), missing: ["x"] }, 1_000);
    expect(turns.plan(entries, nobody, 2_000).size).toBe(3);
  });

  it("spare the server where all of them move: those that waited longest come first", () => {
    const entries = streams(10, { consumerCount: 500 });
    const turns = new ConsumerTurns();
    for (const now of [0, 1_000]) take(turns, entries, now, { numPending: 1 });
    const asked = [2, 3].map((second) => take(turns, entries, second * 1_000, { numPending: 1 }));
    expect(asked.map(({ size }) => size)).toEqual([6, 6]);
    expect(new Set(asked.flatMap((names) => [...names])).size).toBe(10);
  });

  it("put what moves before what stands still, for a while", () => {
    const entries = streams(10, { consumerCount: 500 });
    const turns = new ConsumerTurns();
    for (const now of [0, 1_000, 1_001]) take(turns, entries, now, { numPending: 1 });
    const moving = entries.slice(5);
    const rounds = [2, 3, 4, 5].map((second) => {
      const now = entries.map((entry) =>
        moving.includes(entry) ? { ...entry, lastSeq: 100 + second } : entry,
      );
      return take(turns, now, second * 1_000, { numPending: 1 });
    });
    for (const { name } of moving)
      expect(rounds.filter((asked) => asked.has(name)).length).toBeGreaterThan(2);
    for (const { name } of entries) expect(rounds.some((asked) => asked.has(name))).toBe(true);
  });

  it("ask for nothing where there are no consumers, and forget streams that are gone", () => {
    const entries = streams(2);
    const turns = quieted(entries);
    expect([...turns.plan([{ ...entries[0]!, consumerCount: 0 }], nobody, 9_000)]).toEqual([]);
    expect(turns.last(entries[0]!)).toEqual({ items: [], missing: [] });
    expect(turns.last(entries[1]!)).toEqual({ items: [], missing: [] });
  });
});
