import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProbeBook } from "./probe-book.ts";

const bookOf = (more = {}) =>
  new ProbeBook({ deadlineMs: 1_000, lostAfterMs: 60_000, windowMs: 900_000, ...more });

describe("what becomes of the messages of a probe", () => {
  it("tells nothing before the first", () => {
    expect(bookOf().reading(0)).toEqual({
      ...{ sent: 0, inTime: 0, late: 0, lost: 0, outstanding: 0, waitingMs: 0, waitingSince: Number.NaN },
      ...{ p50: null, p99: null, max: null },
    });
  });

  it("takes time from when a message was due", () => {
    const book = bookOf();
    for (const [due, took] of [
      [0, 5],
      [200, 3],
      [400, 4],
    ] as const) {
      book.arrived(book.plan(due, 0), due + took);
    }
    expect(book.reading(600)).toMatchObject({
      ...{ sent: 3, inTime: 3, outstanding: 0, waitingMs: 0 },
      p50: { ms: 4, atLeast: false },
      p99: { ms: 5, atLeast: false },
      max: { ms: 5, atLeast: false },
    });
  });

  it("counts what comes after the deadline as late, with its true time", () => {
    const book = bookOf();
    const [quick, slow] = [book.plan(0, 0), book.plan(200, 0)];
    book.arrived(quick, 1_000);
    expect(book.reading(30_000)).toMatchObject({
      ...{ inTime: 1, late: 0, outstanding: 1, waitingMs: 29_800, waitingSince: 200 },
      max: { ms: 29_800, atLeast: true },
    });
    book.arrived(slow, 40_200);
    expect(book.reading(50_000)).toMatchObject({
      ...{ inTime: 1, late: 1, lost: 0, outstanding: 0, waitingMs: 0 },
      max: { ms: 40_000, atLeast: false },
    });
    book.arrived(slow, 50_000);
    expect(book.reading(50_000), "a second copy says nothing").toMatchObject({
      late: 1,
      max: { ms: 40_000 },
    });
  });

  it("calls lost what was stored and is not there, at once, and what never came, in the end", () => {
    const book = bookOf();
    const [there, gone, doubtful] = [book.plan(0, 3), book.plan(200, 3), book.plan(400, 3)];
    book.stored(there, 10);
    book.stored(gone, 11);
    book.readUpTo(4, 100); // another partition
    book.readUpTo(3, 11);
    expect(book.reading(500), "stored at 10, read up to 11, and not seen").toMatchObject({
      lost: 1,
      outstanding: 2,
    });
    book.arrived(gone, 600);
    book.readUpTo(3, 12);
    expect(book.reading(60_400)).toMatchObject({ lost: 1, inTime: 1, outstanding: 1 });
    expect(book.reading(60_401)).toMatchObject({ lost: 2, outstanding: 0 });
    expect(book.isOutstanding(doubtful)).toBe(false);
  });

  it("calls lost what is known not to arrive, once", () => {
    const book = bookOf();
    const number = book.plan(0);
    book.gone(number);
    book.gone(number);
    book.arrived(number, 5);
    expect(book.reading(10)).toMatchObject({ sent: 1, lost: 1, outstanding: 0, inTime: 0, max: null });
  });

  it("does not make the tail shorter while the slowest are on their way", () => {
    const book = bookOf();
    for (let n = 0; n < 980; n++) book.arrived(book.plan(n, 0), n + 4);
    for (let n = 0; n < 20; n++) book.plan(1_000, 0);
    const { p50, p99, max } = book.reading(6_000);
    expect(p50).toEqual({ ms: 4, atLeast: false });
    expect(p99).toEqual({ ms: 5_000, atLeast: true });
    expect(max).toEqual({ ms: 5_000, atLeast: true });
  });

  it("does not make it quicker either by one that has just been sent", () => {
    const book = bookOf();
    for (let n = 0; n < 9; n++) book.arrived(book.plan(n, 0), n + 40);
    book.plan(100, 0);
    expect(book.reading(101)).toMatchObject({
      p50: { ms: 40, atLeast: false },
      max: { ms: 40, atLeast: false },
    });
  });

  it("forgets the times of before the window, and no counts", () => {
    const book = bookOf({ windowMs: 10_000 });
    book.arrived(book.plan(0, 0), 5_000);
    book.arrived(book.plan(9_000, 0), 9_002);
    expect(book.reading(15_000).max).toEqual({ ms: 5_000, atLeast: false });
    expect(book.reading(15_001)).toMatchObject({ sent: 2, late: 1, max: { ms: 2, atLeast: false } });
  });

  it("loses track of no message, whatever happens in whatever order", () => {
    const step = fc.record({
      what: fc.constantFrom("plan", "arrived", "stored", "readUpTo", "gone", "wait"),
      number: fc.nat(30),
      amount: fc.nat(400),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const book = bookOf({ deadlineMs: 300, lostAfterMs: 2_000, windowMs: 1e9 });
        let now = 0;
        for (const { what, number, amount } of steps) {
          if (what === "plan") book.plan(now, number % 2);
          else if (what === "arrived") book.arrived(number, now);
          else if (what === "stored") book.stored(number, amount);
          else if (what === "gone") book.gone(number);
          else if (what === "readUpTo") book.readUpTo(number % 2, amount);
          else now += amount;
        }
        const { sent, inTime, late, lost, outstanding, p50, p99, max } = book.reading(now);
        expect(inTime + late + lost + outstanding).toBe(sent);
        if (p50 && p99 && max) {
          expect(p50.ms).toBeLessThanOrEqual(p99.ms);
          expect(p99.ms).toBeLessThanOrEqual(max.ms);
        }
      }),
    );
  });
});
