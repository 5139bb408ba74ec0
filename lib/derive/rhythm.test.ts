import { describe, expect, it } from "vitest";
import { Rhythm } from "./rhythm.ts";

/** One position, told of its moves: after which pause (s), and for how much of it something waited (all of it). */
class Told {
  private rhythm = new Rhythm(1);
  private now = 0;
  private movedAt = 0;

  first(seconds = 0): this {
    return this.move(seconds * 1_000, Number.NaN, 0);
  }

  pauses(...seconds: readonly number[]): this {
    for (const pause of seconds) this.move(pause * 1_000, pause * 1_000, pause * 1_000);
    return this;
  }

  /** Nothing to do for most of a gap of so long, and something waiting for the rest. */
  waits(gapSeconds: number, seconds: number): this {
    return this.move(gapSeconds * 1_000, gapSeconds * 1_000, seconds * 1_000);
  }

  /** A gap in which nobody watched for a while. */
  unwatched(seconds: number): this {
    return this.move(seconds * 1_000, Number.NaN, 0);
  }

  get known(): number {
    return this.rhythm.knownMs(0, this.movedAt) / 1_000;
  }

  get seen(): number {
    return this.rhythm.seenMs(0) / 1_000;
  }

  get hasMoved(): boolean {
    return this.rhythm.hasMoved(0);
  }

  private move(aheadMs: number, gapMs: number, stoodMs: number): this {
    const before = this.movedAt;
    this.now += aheadMs;
    this.rhythm.moved(0, this.now, before, gapMs, stoodMs);
    this.movedAt = this.now;
    return this;
  }
}

const told = () => new Told();
const times = (count: number, seconds: number) => Array.from({ length: count }, () => seconds);

describe("Rhythm", () => {
  it("knows nothing of who never moved, nor of who moved once", () => {
    expect(told().hasMoved).toBe(false);
    const once = told().first();
    expect(once.hasMoved).toBe(true);
    expect([once.known, once.seen]).toEqual([Number.NaN, Number.NaN]);
  });

  it.each<[string, number[], number, number]>([
    ["seen at once, and known after 45 s", times(44, 1), Number.NaN, 1],
    ["then it is known", times(45, 1), 1, 1],
    ["of few pauses nothing is known, however long they took", times(7, 30), Number.NaN, 30],
    ["after eight it is", times(8, 30), 30, 30],
    ["the longest counts", [...times(45, 1), 1.9], 1.9, 1.9],
    ["while it learns, any pause counts at once", [1, 1, 40, 1, 1, 1, 1, 1], 40, 40],
    ["once known, a much longer one may be an incident", [...times(45, 1), 60], 1, 1],
    ["and counts from its second time on, as the shorter of the two", [...times(45, 1), 60, 1, 50], 50, 50],
    ["the third makes it the longer", [...times(45, 1), 50, 60, 60], 60, 60],
    ["two within a quarter of an hour", [...times(45, 1), 60, ...times(830, 1), 60], 60, 60],
    ["not two that are further apart", [...times(45, 1), 60, ...times(910, 1), 60], 1, 1],
  ])("%s", (_case, pauses, known, seen) => {
    const rhythm = told()
      .first()
      .pauses(...pauses);
    expect([rhythm.known, rhythm.seen]).toEqual([known, seen]);
  });

  it("forgets by halves what has not come again for a quarter of an hour", () => {
    const rhythm = told()
      .first()
      .pauses(...times(10, 40));
    expect(rhythm.pauses(...times(90, 10)).known).toBe(40);
    expect(rhythm.pauses(10).known).toBe(20);
    // Half of that has come: it is confirmed.
    expect(rhythm.pauses(...times(200, 10)).known).toBe(20);
  });

  it("forgets nothing because of a few pauses, however long they took to come", () => {
    const rhythm = told()
      .first()
      .pauses(...times(10, 40));
    for (let count = 0; count < 7; count++) rhythm.waits(600, 3);
    expect(rhythm.known).toBe(40);
    rhythm.waits(600, 3);
    expect(rhythm.known).toBe(20);
  });

  it("takes what was dealt with at once as no pause, however long nothing came before it", () => {
    const rhythm = told().first();
    for (let count = 0; count < 8; count++) rhythm.waits(100, 2);
    expect(rhythm.known).toBe(2);
  });

  it("takes the whole gap as a pause where something waited for an eighth of it: it may have polled in between", () => {
    expect(told().first().waits(80, 10).seen).toBe(80);
    expect(told().first().waits(80, 9.9).seen).toBeCloseTo(9.9);
  });

  it("learns nothing from a pause that was not seen whole", () => {
    const rhythm = told()
      .first()
      .pauses(...times(50, 1));
    expect(rhythm.unwatched(3_600).unwatched(3_600).known).toBe(1);
  });

  it("goes with its position into another layout, and new positions know nothing", () => {
    const rhythm = new Rhythm(2);
    for (let at = 0; at <= 60_000; at += 1_000) rhythm.moved(1, at, at - 1_000, 1_000, 1_000);
    const next = rhythm.remapped(Int32Array.of(1, -1));
    expect([next.knownMs(0, 60_000), next.hasMoved(0)]).toEqual([1_000, true]);
    expect([next.seenMs(1), next.hasMoved(1)]).toEqual([Number.NaN, false]);
  });
});
