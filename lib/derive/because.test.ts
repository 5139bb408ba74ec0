// import fc from "fast-check";
// import { describe, expect, it } from "vitest";
// import { STATUSES } from "../model/status.ts";
// import { type ConsumerEvidence, explainStatus } from "./because.ts";
// import type { LaneEvidence } from "./status.ts";
//
// const { NaN: none } = Number;
// const NOW = 1_000_000;
// const ago = (seconds: number) => NOW - seconds * 1_000;
//
// type Lane = Partial<Omit<LaneEvidence, "window" | "samples">> & { window?: readonly number[] };
//
// function lane({ window = [], ...rest }: Lane = {}): LaneEvidence {
//   return {
//     now: NOW,
//     position: 1_000,
//     head: 49_210,
//     lost: 0,
//     lostAtLeast: false,
//     backlog: 48_210,
//     readers: 2,
//     readersGoneSince: none,
//     movedAt: ago(90),
//     waitingSince: ago(120),
//     stillSince: Number.NaN,
//     arrivedAt: ago(1),
//     highWater: 1_000,
//     arriving: 0,
//     blocked: false,
//     failing: false,
//     paused: false,
//     redelivering: false,
//     ...rest,
//     window: Float64Array.from(window),
//     samples: window.length,
//   };
// }
//
// type Text = Partial<Omit<ConsumerEvidence, "worst">> & { lane?: Lane };
//
// function explain({ lane: about, ...rest }: Text): string {
//   return explainStatus({
//     status: "ok",
//     backlog: 48_210,
//     unit: "messages",
//     duePerSecond: 1_200,
//     outPerSecond: 800,
//     latencyMs: { value: 192_000, asOf: NOW, provenance: "interpolated" },
//     inFlight: null,
//     lanes: 12,
//     worst: { name: "orders · 7", evidence: lane(about) },
//     ...rest,
//   });
// }
//
// describe("explainStatus", () => {
//   it.each<[Text, string]>([
//     [
//       { status: "ok" },
//       "Keeps up: 48,210 messages waiting and not growing, the oldest for 3 m 12 s; 1.20 k/s arrive, 800/s are finished.",
//     ],
//     [{ status: "ok", backlog: 0 }, "Keeps up: nothing is waiting; 1.20 k/s arrive, 800/s are finished."],
//     [{ status: "ok", backlog: 0, duePerSecond: null }, "Keeps up: nothing is waiting."],
//     [
//       { status: "idle", lane: { arrivedAt: ago(300) } },
//       "Nothing is waiting and nothing has arrived for 5 m 00 s.",
//     ],
//     [
//       { status: "behind", lane: { window: [none, 100, 20_000, 48_210] } },
//       "Falls behind: 48,210 messages waiting, the oldest for 3 m 12 s; 1.20 k/s arrive, 800/s are finished. Worst is orders · 7, which grew from 100 to 48,210 messages in 14 s.",
//     ],
//     [
//       {
//         status: "behind",
//         lanes: 1,
//         latencyMs: { value: 9_000, asOf: NOW, provenance: "atLeast" },
//         lane: { window: [1, 5] },
//       },
//       "Falls behind: 48,210 messages waiting, the oldest for at least 9.0 s; 1.20 k/s arrive, 800/s are finished. It grew from 1 to 5 messages in 5 s.",
//     ],
//     [
//       { status: "stalled" },
//       "Stalled on orders · 7: 48,210 messages waiting, and the position has not moved for 1 m 30 s although 2 readers are there, the oldest for 3 m 12 s.",
//     ],
//     [
//       {
//         status: "stalled",
//         lanes: 1,
//         lane: { readers: 1 },
//         latencyMs: { value: null, asOf: NOW, provenance: "unknown" },
//       },
//       "Stalled: 48,210 messages waiting, and the position has not moved for 1 m 30 s although 1 reader is there.",
//     ],
//     [
//       { status: "stalled", lanes: 1, lane: { readers: none } },
//       "Stalled: 48,210 messages waiting, and the position has not moved for 1 m 30 s, the oldest for 3 m 12 s.",
//     ],
//     [
//       { status: "stopped", lane: { readers: 0, readersGoneSince: ago(240) } },
//       "Nobody has been reading for 4 m 00 s: 48,210 messages waiting, the oldest for 3 m 12 s.",
//     ],
//     [
//       { status: "losing", lane: { lost: 500 } },
//       "500 messages on orders · 7 were removed by retention before they were read; 48,210 messages still waiting.",
//     ],
//     [
//       { status: "losing", lanes: 1, lane: { lost: 1, lostAtLeast: true } },
//       "At least 1 message on orders · 7 was removed by retention before it was read; 48,210 messages still waiting.",
//     ],
//     [
//       { status: "rewound", lane: { highWater: 1_001 } },
//       "The position on orders · 7 went back by 1 message and has not caught up; 48,210 messages waiting.",
//     ],
//     [
//       { status: "blocked", lanes: 1, inFlight: 1_000 },
//       "It cannot be given more: 1,000 handed out and not acknowledged, which is the limit, and the position has not moved for 1 m 30 s.",
//     ],
//     [
//       { status: "blocked", lanes: 1 },
//       "It cannot be given more: 48,210 messages waiting, and the position has not moved for 1 m 30 s.",
//     ],
//     [
//       { status: "redelivering", inFlight: 20 },
//       "The same messages are delivered again and again: 48,210 messages waiting, 20 of them handed out and not acknowledged.",
//     ],
//     [{ status: "paused" }, "Paused by an administrator; 48,210 messages waiting."],
//     [
//       { status: "paused", backlog: null },
//       "Paused by an administrator; an unknown number of messages waiting.",
//     ],
//     [
//       { status: "unknown", lane: { waitingSince: ago(3) } },
//       "48,210 messages waiting; whether that grows is known after 14 s of samples (3 s so far).",
//     ],
//     [
//       { status: "unknown", lane: { waitingSince: ago(40) } },
//       "48,210 messages waiting; whether that grows is known once the position on orders · 7 has been seen to move for 14 s.",
//     ],
//     [
//       { status: "unknown", backlog: null, lane: { backlog: none, head: 20 } },
//       "The position on orders · 7 is past the end of the lane, which was recreated or cut: what is unread depends on where the consumer resumes.",
//     ],
//     [
//       { status: "unknown", backlog: null, lane: { backlog: none, head: none } },
//       "How much is waiting on orders · 7 could not be read this time.",
//     ],
//     [
//       { status: "unknown", worst: null } as Text,
//       "Nothing has been committed or delivered yet, so there is no position to measure from.",
//     ],
//     [
//       {
//         status: "ok",
//         unit: "bytes",
//         backlog: 1,
//         duePerSecond: null,
//         latencyMs: { value: null, asOf: null, provenance: "unknown" },
//       },
//       "Keeps up: 1 byte waiting and not growing.",
//     ],
//   ])("%j", (given, sentence) => {
//     expect(explain(given)).toBe(sentence);
//   });
//
//   it("never says what is no number, and always ends its sentence", () => {
//     const count = fc.oneof(fc.nat(1e9), fc.constant(none));
//     const at = fc.oneof(fc.integer({ min: 0, max: NOW }), fc.constant(none));
//     const known = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }));
//     const about = fc.record({
//       position: count,
//       head: count,
//       lost: fc.nat(2_000),
//       backlog: count,
//       readers: count,
//       readersGoneSince: at,
//       movedAt: at,
//       waitingSince: at,
//       stillSince: at,
//       failing: fc.boolean(),
//       arrivedAt: at,
//       highWater: count,
//       window: fc.array(count, { maxLength: 12 }),
//     });
//     fc.assert(
//       fc.property(
//         fc.constantFrom(...STATUSES),
//         about,
//         fc.option(fc.nat(1e9)),
//         known,
//         known,
//         fc.option(fc.nat(1e6)),
//         fc.integer({ min: 1, max: 3 }),
//         (status, lane, backlog, duePerSecond, outPerSecond, inFlight, lanes) => {
//           const text = explain({ status, backlog, duePerSecond, outPerSecond, inFlight, lanes, lane });
//           expect(text).not.toMatch(/NaN|undefined|null|Infinity| {2}/);
//           expect(text).toMatch(/\.$/);
//         },
//       ),
//     );
//   });
// });
