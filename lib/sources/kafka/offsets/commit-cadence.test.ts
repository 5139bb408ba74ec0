import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CommitCadence } from "./commit-cadence.ts";

const ids = (count: number) => Array.from({ length: count }, (_, n) => `group-${n}`);
const nobody = new Set<string>();

/** Lets a broker be read for some seconds; each position takes it `msEach`. Returns when each group was read. */
function read(
  cadence: CommitCadence,
  groups: readonly string[],
  seconds: number,
  o: {
    positions?: number;
    msEach?: number;
    moving?: ReadonlySet<string>;
    focus?: ReadonlySet<string>;
    from?: number;
  } = {},
) {
  const { positions = 100, msEach = 0.001, moving = nobody, focus = nobody, from = 0 } = o;
  const times = new Map<string, number[]>(groups.map((id) => [id, []]));
  const cost: number[] = [];
  for (let now = from; now < from + seconds * 1_000; now += 1_000) {
    const picked = cadence.pick(groups, focus, now);
    for (const id of picked) {
      times.get(id)!.push(now);
      cadence.note(id, positions, moving.has(id), now);
    }
    cost.push(picked.length * positions * msEach);
    cadence.took(picked, picked.length * positions * msEach, picked.length * positions, now);
  }
  return { times, cost };
}
const longestGap = (times: readonly number[]) => Math.max(...times.slice(1).map((at, n) => at - times[n]!));

describe("the cadence of reading commits", () => {
  it("reads everything every time while that fits into the budget, as the same array", () => {
    const cadence = new CommitCadence(30, 1_000);
    const groups = ids(100); // 10 ms
    read(cadence, groups, 30);
    expect(cadence.pick(groups, nobody, 30_000)).toBe(groups);
    expect(cadence.facts).toMatchObject({ stillEvery: 1, movingEvery: 1 });
    expect(cadence.facts.brokerMsPerSecond).toBeCloseTo(10, 0);
  });

  it("reads all at the start, whatever it costs", () => {
    const cadence = new CommitCadence(0.001, 1_000);
    const groups = ids(500);
    expect(new Set(cadence.pick(groups, nobody, 0)).size).toBe(500);
  });

  it("lets groups that stand still take turns, within 5 s, and reads those that move every time", () => {
    const cadence = new CommitCadence(30, 1_000);
    const groups = ids(1_000); // 100 ms
    const moving = new Set(groups.slice(0, 100)); // 10 ms
    read(cadence, groups, 40, { moving });
    const { times, cost } = read(cadence, groups, 60, { moving, from: 40_000 });
    expect(cadence.facts).toMatchObject({ stillEvery: 5, movingEvery: 1 });
    for (const [id, at] of times)
      expect(longestGap(at), id).toBeLessThanOrEqual(moving.has(id) ? 1_000 : 5_000);
    // 10 for those that move, 90 / 5 for the others, in even parts.
    expect(Math.max(...cost)).toBeLessThan(32);
  });

  it("reads a group every time from the moment it is seen to move, and until it has stood still for a while", () => {
    const cadence = new CommitCadence(20, 1_000);
    const groups = ids(1_000);
    read(cadence, groups, 30);
    const woken = new Set(["group-7"]);
    const awake = read(cadence, groups, 20, { moving: woken, from: 30_000 }).times.get("group-7")!;
    expect(awake[0]! - 30_000).toBeLessThanOrEqual(5_000);
    expect(longestGap(awake)).toBe(1_000);
    const after = read(cadence, groups, 60, { from: 50_000 }).times.get("group-7")!;
    expect(after.filter((at) => at < 60_000)).toHaveLength(10);
    expect(longestGap(after)).toBe(5_000);
  });

  it("always reads what someone looks at", () => {
    const cadence = new CommitCadence(1, 1_000);
    const groups = ids(1_000);
    const focus = new Set(["group-9"]);
    expect(longestGap(read(cadence, groups, 60, { focus }).times.get("group-9")!)).toBe(1_000);
  });

  it("slows moving groups, too, where even they do not fit, and never beyond 5 s", () => {
    const cadence = new CommitCadence(30, 1_000);
    const groups = ids(1_000);
    const moving = new Set(groups);
    read(cadence, groups, 40, { moving });
    const { times } = read(cadence, groups, 60, { moving, from: 40_000 });
    expect(cadence.facts).toMatchObject({ stillEvery: 5, movingEvery: 4 });
    for (const at of times.values()) expect(longestGap(at)).toBeLessThanOrEqual(5_000);
  });

  it("is not thrown by one slow answer", () => {
    const cadence = new CommitCadence(30, 1_000);
    const groups = ids(200); // 20 ms
    read(cadence, groups, 30);
    cadence.took(groups, 5_000, 20_000, 30_000);
    expect(read(cadence, groups, 20, { from: 31_000 }).cost.at(-1)).toBe(20);
  });

  it("takes as many turns as 5 s have samples", () => {
    const cadence = new CommitCadence(1, 2_500);
    const groups = ids(1_000);
    for (let now = 0; now < 60_000; now += 2_500) {
      const picked = cadence.pick(groups, nobody, now);
      for (const id of picked) cadence.note(id, 100, false, now);
      cadence.took(picked, picked.length / 10, picked.length * 100, now);
    }
    expect(cadence.facts.stillEvery).toBe(2);
  });

  it("reads every group within 5 s, whatever comes and goes", () => {
    const round = fc.record({
      groups: fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 40 }),
      moving: fc.array(fc.integer({ min: 0, max: 40 })),
      msEach: fc.double({ min: 0.0001, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.array(round, { minLength: 5, maxLength: 40 }),
        fc.double({ min: 0.1, max: 100, noNaN: true }),
        (rounds, budget) => {
          const cadence = new CommitCadence(budget, 1_000);
          const readAt = new Map<string, number>();
          rounds.forEach(({ groups, moving, msEach }, second) => {
            const now = second * 1_000;
            const listed = groups.map((n) => `g${n}`);
            const picked = cadence.pick(listed, nobody, now);
            for (const id of picked) {
              readAt.set(id, now);
              cadence.note(id, 50, moving.includes(Number(id.slice(1))), now);
            }
            cadence.took(picked, picked.length * 50 * msEach, picked.length * 50, now);
            for (const id of listed)
              expect(now - (readAt.get(id) ?? Number.NEGATIVE_INFINITY)).toBeLessThan(5_000);
            const known = new Set(listed);
            cadence.retain(known);
            for (const id of readAt.keys()) if (!known.has(id)) readAt.delete(id);
          });
        },
      ),
    );
  });
});
