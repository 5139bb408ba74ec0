// import fc from "fast-check";
// import { describe, expect, it } from "vitest";
// import { STATUSES, type Status } from "../model/status.ts";
// import { classifyLane, type LaneEvidence } from "./status.ts";
// import { THRESHOLDS } from "./thresholds.ts";
//
// const { NaN: none } = Number;
// const NOW = 1_000_000;
// const ago = (seconds: number) => NOW - seconds * 1_000;
//
// /** A position that keeps up: one reader, moving, traffic, nothing waiting. */
// const KEEPS_UP = {
//   now: NOW,
//   position: 500,
//   head: 500,
//   lost: 0,
//   lostAtLeast: false,
//   backlog: 0,
//   readers: 1,
//   readersGoneSince: none,
//   movedAt: ago(1),
//   waitingSince: none,
//   stillSince: none,
//   arrivedAt: ago(1),
//   highWater: 500,
//   arriving: 0,
//   blocked: false,
//   failing: false,
//   paused: false,
//   redelivering: false,
// };
//
// type Case = Partial<Omit<LaneEvidence, "window" | "samples">> & { window?: readonly number[] };
//
// function evidence({ window = [], ...rest }: Case): LaneEvidence {
//   return { ...KEEPS_UP, ...rest, window: Float64Array.from(window), samples: window.length };
// }
//
// /** A position with `backlog` waiting for two minutes, moving, and a window that does not grow. */
// const waiting = (backlog: number): Case => ({
//   head: 500 + backlog,
//   backlog,
//   waitingSince: ago(120),
//   window: new Array(12).fill(backlog),
// });
// const gone = (seconds: number): Case => ({ readers: 0, readersGoneSince: ago(seconds) });
// const still = (seconds: number): Case => ({ movedAt: ago(seconds) });
// const ramp = (from: number, step: number) => Array.from({ length: 12 }, (_, i) => from + i * step);
//
// /** The specification of design section 2, in Kafka's and JetStream's thresholds. */
// const TABLE: [Status, string, Case][] = [
//   // ok and idle
//   ["ok", "nothing waiting, traffic", {}],
//   ["ok", "nothing waiting, quiet for 29 s", { arrivedAt: ago(29) }],
//   ["idle", "nothing waiting, quiet for 30 s", { arrivedAt: ago(30) }],
//   [
//     "idle",
//     "nothing waiting, quiet, nobody there: nothing to do is no alarm",
//     { arrivedAt: ago(300), ...gone(300) },
//   ],
//   ["ok", "a steady backlog", waiting(300)],
//   [
//     "ok",
//     "one message waiting for one sample",
//     { ...waiting(1), waitingSince: NOW, window: [0, 0, 0, 0, 0, 1] },
//   ],
//   [
//     "ok",
//     "one message waiting, the first sample ever with one",
//     { ...waiting(1), waitingSince: NOW, window: [0] },
//   ],
//   ["ok", "a burst just now", { ...waiting(9_000), window: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9_000] }],
//   [
//     "ok",
//     "one sample of a burst on a steady backlog",
//     { ...waiting(9_000), window: [...ramp(50, 0).slice(1), 9_000] },
//   ],
//   [
//     "ok",
//     "one sample of a burst a while ago",
//     { ...waiting(50), window: [50, 50, 50, 50, 50, 50, 9_000, 50, 50, 50, 50, 50] },
//   ],
//   ["ok", "draining", { ...waiting(1_000), window: ramp(5_000, -300) }],
//   [
//     "ok",
//     "grew and is draining again",
//     { ...waiting(400), window: [100, 400, 800, 900, 900, 800, 700, 600, 500, 450, 420, 400] },
//   ],
//   [
//     "ok",
//     "noise around a level",
//     { ...waiting(95), window: [90, 110, 95, 105, 100, 92, 108, 97, 103, 99, 101, 95] },
//   ],
//   [
//     "ok",
//     "zero a few commits ago: it caught up",
//     { ...waiting(800), window: [5, 9, 14, 20, 25, 30, 40, 0, 50, 60, 70, 800] },
//   ],
//   [
//     "ok",
//     "growth within what arrives between two samples",
//     { ...waiting(100), arriving: 100, window: ramp(10, 8) },
//   ],
//   [
//     "ok",
//     "moves every 30 s and stands at the same backlog each time",
//     { ...waiting(3_000), ...still(25), window: ramp(40, 0) },
//   ],
//   [
//     "ok",
//     "a burst that is being worked off",
//     { ...waiting(400), window: [0, 0, 0, 0, 0, 0, 900, 800, 700, 600, 500, 400] },
//   ],
//   // behind
//   [
//     "behind",
//     "grows from nothing",
//     { ...waiting(600), window: [0, 0, 0, 0, 0, 0, 100, 200, 300, 400, 500, 600] },
//   ],
//   ["behind", "grows steadily", { ...waiting(1_200), window: ramp(100, 100) }],
//   [
//     "behind",
//     "grows by more than arrives between two samples",
//     { ...waiting(1_200), arriving: 100, window: ramp(100, 100) },
//   ],
//   [
//     "behind",
//     "grows in noise",
//     { ...waiting(900), window: [100, 180, 150, 260, 240, 330, 400, 520, 480, 640, 700, 900] },
//   ],
//   [
//     "behind",
//     "grows in steps of rare commits",
//     { ...waiting(900), window: [100, 100, 100, 100, 100, 500, 500, 500, 500, 500, 500, 900] },
//   ],
//   [
//     "behind",
//     "grows over the few samples there are",
//     { ...waiting(400), waitingSince: ago(15), window: [100, 200, 300, 400] },
//   ],
//   [
//     "behind",
//     "grows, some samples not known",
//     { ...waiting(900), window: [100, none, 150, 200, none, 300, 500, 600, none, 700, 800, 900] },
//   ],
//   [
//     "behind",
//     "grows, nobody knows whether anyone reads",
//     { ...waiting(1_200), readers: none, window: ramp(100, 100) },
//   ],
//   [
//     "behind",
//     "grows, the reader left 5 s ago (a restart)",
//     { ...waiting(1_200), ...gone(5), window: ramp(100, 100) },
//   ],
//   // stalled
//   ["stalled", "has not moved for a minute with a reader there", { ...waiting(10), ...still(60) }],
//   ["stalled", "and the backlog grows meanwhile", { ...waiting(1_200), ...still(60), window: ramp(100, 100) }],
//   ["stalled", "nobody knows whether anyone reads", { ...waiting(10), ...still(60), readers: none }],
//   ["ok", "has not moved for 59 s", { ...waiting(10), ...still(59) }],
//   [
//     "ok",
//     "has not moved for an hour, waiting for 5 s: it had nothing to do",
//     { ...waiting(10), ...still(3_600), waitingSince: ago(5) },
//   ],
//   [
//     "ok",
//     "its position is not known, so nobody can say it stands still",
//     { ...waiting(10), ...still(3_600), position: none, highWater: none },
//   ],
//   // stopped
//   ["stopped", "nobody there for 10 s", { ...waiting(10), ...gone(10) }],
//   [
//     "stopped",
//     "nobody there, and the position stands: not stalled",
//     { ...waiting(10), ...gone(90), ...still(90) },
//   ],
//   [
//     "stopped",
//     "nobody there and growing: not behind",
//     { ...waiting(1_200), ...gone(20), window: ramp(100, 100) },
//   ],
//   ["ok", "nobody there for 9 s (a rebalance)", { ...waiting(10), ...gone(9) }],
//   [
//     "ok",
//     "nobody there for an hour, waiting for 5 s",
//     { ...waiting(10), ...gone(3_600), waitingSince: ago(5) },
//   ],
//   // blocked
//   [
//     "blocked",
//     "cannot be given more and has not moved for 10 s",
//     { ...waiting(10), ...still(10), blocked: true },
//   ],
//   ["blocked", "and for so long that it would be stalled", { ...waiting(10), ...still(120), blocked: true }],
//   ["ok", "at its limit, but moving", { ...waiting(10), ...still(1), blocked: true }],
//   // failing
//   ["failing", "nothing waits, and too many calls end in errors", { failing: true }],
//   ["failing", "what waits is not known", { backlog: none, failing: true }],
//   ["failing", "moves with a backlog", { ...waiting(300), failing: true }],
//   [
//     "stalled",
//     "stands still and fails: what stops it goes first",
//     { ...waiting(10), ...still(90), failing: true },
//   ],
//   ["stopped", "nobody there, and what was there failed", { ...waiting(10), ...gone(60), failing: true }],
//   // losing and rewound
//   ["losing", "below the floor", { ...waiting(100), lost: 100 }],
//   ["losing", "below the floor, nobody there", { ...waiting(100), lost: 100, ...gone(60) }],
//   ["ok", "below the floor, nothing left to read: past", { position: 400, highWater: 400, lost: 100 }],
//   ["rewound", "went back", { ...waiting(300), position: 200, highWater: 500, head: 500 }],
//   [
//     "rewound",
//     "went back and reads on",
//     { ...waiting(101), position: 399, highWater: 500, window: ramp(300, -18) },
//   ],
//   ["ok", "regained", { ...waiting(10), position: 500, highWater: 500 }],
//   [
//     "losing",
//     "went back below the floor: the worse",
//     { ...waiting(100), position: 100, highWater: 500, lost: 300 },
//   ],
//   // redelivering and paused
//   [
//     "redelivering",
//     "the same messages for 10 s",
//     { ...waiting(10), redelivering: true, waitingSince: ago(10) },
//   ],
//   [
//     "redelivering",
//     "one message holds the position back while others pass it",
//     { ...waiting(10), ...still(600), redelivering: true },
//   ],
//   ["ok", "one redelivery", { ...waiting(10), redelivering: true, waitingSince: ago(5) }],
//   [
//     "blocked",
//     "redelivering and blocked: what stops it goes first",
//     { ...waiting(10), ...still(30), redelivering: true, blocked: true },
//   ],
//   [
//     "paused",
//     "by an administrator",
//     { ...waiting(1_200), paused: true, ...gone(300), window: ramp(100, 100) },
//   ],
//   ["paused", "before it ever read", { position: none, backlog: none, paused: true }],
//   // unknown
//   ["unknown", "no position yet", { position: none, backlog: none, highWater: none }],
//   ["unknown", "past the end of a recreated lane", { position: 500, head: 20, backlog: none }],
//   ["unknown", "the head could not be read", { head: none, backlog: none }],
//   ["unknown", "waiting, first sample", { ...waiting(500), waitingSince: NOW, window: [500] }],
//   ["unknown", "waiting, three samples", { ...waiting(500), waitingSince: ago(12), window: [300, 400, 500] }],
//   [
//     "unknown",
//     "waiting, no move seen yet",
//     { ...waiting(500), ...still(40), window: new Array(9).fill(none) },
//   ],
//   ["ok", "waiting, four samples", { ...waiting(500), waitingSince: ago(15), window: [500, 500, 500, 500] }],
// ];
//
// describe("classifyLane: the specification", () => {
//   it.each(TABLE)("%s: %s", (status, _case, given) => {
//     expect(classifyLane(evidence(given), THRESHOLDS.kafka)).toBe(status);
//   });
//
//   it("has a case for every status", () => {
//     expect([...new Set(TABLE.map(([status]) => status))].sort()).toEqual([...STATUSES].sort());
//   });
//
//   it.each<[Status, string, Case]>([
//     [
//       "stalled",
//       "queued writes and no flush for a second, as the process tells it in its first sample",
//       { ...waiting(10), waitingSince: NOW, stillSince: ago(1) },
//     ],
//     ["blocked", "a closed window for a second", { ...waiting(10), stillSince: ago(1), blocked: true }],
//     ["ok", "queued writes flushed half a second ago", { ...waiting(10), ...still(3), stillSince: ago(0.5) }],
//     ["stalled", "not told when it last flushed, and no move seen for 2 s", { ...waiting(10), ...still(2) }],
//     ["idle", "nothing queued and nothing written: never stalled", { ...still(600), arrivedAt: ago(600) }],
//   ])("in gRPC %s: %s", (status, _case, given) => {
//     expect(classifyLane(evidence(given), THRESHOLDS.grpc)).toBe(status);
//   });
// });
//
// describe("classifyLane", () => {
//   const count = fc.oneof(fc.nat(2_000), fc.constant(none));
//   const at = fc.oneof(fc.integer({ min: ago(200), max: NOW }), fc.constant(none));
//   const any = fc.record({
//     position: count,
//     head: count,
//     lost: fc.nat(2_000),
//     backlog: count,
//     readers: fc.oneof(fc.nat(3), fc.constant(none)),
//     readersGoneSince: at,
//     movedAt: at,
//     waitingSince: at,
//     stillSince: at,
//     arrivedAt: at,
//     highWater: count,
//     arriving: count,
//     blocked: fc.boolean(),
//     failing: fc.boolean(),
//     paused: fc.boolean(),
//     redelivering: fc.boolean(),
//     window: fc.array(count, { maxLength: 12 }),
//   });
//
//   it("gives one of the statuses to any evidence, and the same one again", () => {
//     fc.assert(
//       fc.property(any, fc.constantFrom("kafka", "grpc"), (given, system) => {
//         const status = classifyLane(evidence(given), THRESHOLDS[system]);
//         expect(STATUSES).toContain(status);
//         expect(classifyLane(evidence(given), THRESHOLDS[system])).toBe(status);
//       }),
//     );
//   });
//
//   it("raises no alarm about movement while nothing waits", () => {
//     fc.assert(
//       fc.property(any, (given) => {
//         const status = classifyLane(evidence({ ...given, backlog: 0, failing: false }), THRESHOLDS.kafka);
//         expect(["ok", "idle", "paused", "rewound"]).toContain(status);
//       }),
//     );
//   });
//
//   it("never calls a backlog of one message behind", () => {
//     fc.assert(
//       fc.property(any, fc.array(fc.nat(1), { maxLength: 12 }), (given, window) => {
//         expect(classifyLane(evidence({ ...given, backlog: 1, window }), THRESHOLDS.kafka)).not.toBe("behind");
//       }),
//     );
//   });
// });
