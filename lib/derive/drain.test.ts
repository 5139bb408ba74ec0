// import fc from "fast-check";
// import { describe, expect, it } from "vitest";
// import type { Drain } from "../model/status.ts";
// import { drainOf } from "./drain.ts";
//
// const inSeconds = (seconds: number): Drain => ({ kind: "in", seconds, most: seconds });
// const never: Drain = { kind: "never" };
// const unknown: Drain = { kind: "unknown" };
//
// describe("drainOf", () => {
//   it.each<[string, backlog: number | null, due: number | null, out: number | null, Drain]>([
//     ["nothing waits", 0, 100, 100, { kind: "none" }],
//     ["nothing waits, rates not known", 0, null, null, { kind: "none" }],
//     ["out exceeds due", 1_000, 100, 150, inSeconds(20)],
//     ["nothing arrives any more", 1_000, 0, 50, inSeconds(20)],
//     ["two seconds of work are a full pipeline", 200, 100, 100, inSeconds(2)],
//     ["more than that at an equal pace is a debt", 201, 100, 100, never],
//     ["due exceeds out", 1_000, 150, 100, never],
//     ["nothing is finished", 1_000, 0, 0, never],
//     ["a net within the noise promises no date", 1_000_000, 1_000, 1_000.5, never],
//     ["the backlog is not known", null, 100, 150, unknown],
//     ["the backlog is NaN", Number.NaN, 100, 150, unknown],
//     ["due is not known", 1_000, null, 150, unknown],
//     ["out is not known", 1_000, 100, null, unknown],
//     ["due is NaN", 1_000, Number.NaN, 150, unknown],
//     ["out is NaN", 1_000, 100, Number.NaN, unknown],
//   ])("%s: %d waiting, %d due, %d out", (_case, backlog, due, out, drain) => {
//     expect(drainOf(backlog, due, out)).toEqual(drain);
//   });
//
//   it("never promises a time that is negative or endless", () => {
//     const rate = fc.option(fc.nat(1e9).map((n) => n / 100));
//     fc.assert(
//       fc.property(fc.option(fc.nat()), rate, rate, (backlog, due, out) => {
//         const drain = drainOf(backlog, due, out);
//         if (drain.kind !== "in") return;
//         expect(drain.seconds).toBeGreaterThan(0);
//         expect(Number.isFinite(drain.seconds)).toBe(true);
//       }),
//     );
//   });
// });
