import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sentenceText } from "../format/index.ts";
import type { Reading } from "../model/reading.ts";
import { STATUSES, STREAM_ONLY_STATUSES, type Status } from "../model/status.ts";
import { type ConsumerEvidence, explainStatus } from "./because.ts";
import { contradictionsIn } from "./contradictions.fixture.ts";
import { DEFAULT_LIMITS } from "./default-limits.fixture.ts";
import { drainOf } from "./drain.ts";
import { evidenceOf, type LaneText, NOW } from "./lane-evidence.fixture.ts";
import { withLimits } from "./limits.ts";
import { TRENDS } from "./low-points.ts";
import { classifyLane, stoodStillMs } from "./status.ts";

const none = Number.NaN;
const ago = (seconds: number) => NOW - seconds * 1_000;
const reading = (value: number, provenance: "measured" | "atLeast" | "atMost" = "measured"): Reading => ({
  value,
  provenance,
});
const unknown: Reading = { value: null, provenance: "unknown" };

type Text = Partial<Omit<ConsumerEvidence, "worst">> & { readonly lane?: LaneText };

/** Of a group of twelve partitions, 48,210 behind, the oldest for three minutes; orders · 7 is the worst of them. */
function explain({ lane, ...rest }: Text): string {
  const sentence = explainStatus({
    at: NOW,
    status: "ok",
    limits: DEFAULT_LIMITS.kafka,
    backlog: reading(48_210),
    unit: "messages",
    pace: { duePerSecond: 1_200, outPerSecond: 800, overMs: 55_000 },
    trend: lane?.trend ?? "level",
    latencyMs: reading(192_000),
    inFlight: null,
    lanes: 12,
    unknownLanes: null,
    left: null,
    recovering: null,
    worst: {
      name: "orders · 7",
      evidence: evidenceOf({
        position: 1_000,
        highWater: 1_000,
        head: 49_210,
        backlog: 48_210,
        readers: 2,
        movedAt: ago(90),
        waitingSince: ago(120),
        ...lane,
      }),
    },
    ...rest,
  });
  return sentenceText(sentence, NOW);
}

const alone = { lanes: 1 } as const;
const slower = { pace: { duePerSecond: 800, outPerSecond: 1_200, overMs: 55_000 } } as const;
const even = { pace: { duePerSecond: 800, outPerSecond: 800, overMs: 55_000 } } as const;
const nothing = { backlog: reading(0), latencyMs: reading(0), lane: { backlog: 0 } } as const;

const SENTENCES: [Status, Text, string][] = [
  ["ok", { ...nothing }, "Keeps up: nothing is waiting; 800/s are finished."],
  ["ok", { ...nothing, pace: null }, "Keeps up: nothing is waiting."],
  [
    "ok",
    { ...even, lane: { movedAt: ago(1) } },
    "Keeps up: 48,210 messages waiting, the oldest for 3 m 12 s, neither more nor fewer each time; 800/s are finished.",
  ],
  [
    "ok",
    { ...slower, lane: { movedAt: ago(1), trend: "shrinking" } },
    "Keeps up: 48,210 messages waiting, the oldest for 3 m 12 s, fewer each time; 1.20 k/s are finished.",
  ],
  [
    "ok",
    { ...even, lane: { movedAt: ago(70), rhythmMs: 90_000 } },
    "Keeps up: 48,210 messages waiting, the oldest for 3 m 12 s, neither more nor fewer each time; it finishes in steps up to 1 m 30 s apart, the last one 1 m 10 s ago; 800/s are finished.",
  ],
  [
    "ok",
    { pace: null, unit: "bytes", backlog: reading(1), latencyMs: unknown, lane: { movedAt: ago(1) } },
    "Keeps up: 1 byte waiting, neither more nor fewer each time.",
  ],
  [
    "ok",
    {
      ...nothing,
      pace: null,
      backlog: reading(0, "atLeast"),
      unknownLanes: { count: 3, name: "orders · 1" },
    },
    "Keeps up: nothing is waiting where that is known. What waits on orders · 1 and 2 more is not known.",
  ],
  [
    "ok",
    { ...nothing, pace: null, left: { messages: 1_000, name: "refunds" } },
    "Keeps up: nothing is waiting. Apart from that, 1,000 messages on refunds, which it no longer reads.",
  ],
  [
    "idle",
    { ...nothing, lane: { quietMs: 300_000 } },
    "Nothing is waiting and nothing has arrived for 5 m 00 s.",
  ],
  [
    "idle",
    { backlog: reading(501, "atMost"), lane: { backlog: 501, readable: 0, quietMs: 60_000 } },
    "At most 501 messages waiting: a reader of committed messages only has none of them, another one will get them; nothing has arrived for 1 m 00 s.",
  ],
  [
    "ok",
    { backlog: reading(501, "atMost"), pace: null, lane: { backlog: 501, readable: 0 } },
    "At most 501 messages waiting: a reader of committed messages only has none of them, another one will get them.",
  ],
  [
    "behind",
    { lane: { trend: "growing", growth: { from: 100, to: 48_210, overMs: 55_000 } } },
    "Falls behind: 48,210 messages waiting, the oldest for 3 m 12 s; 1.20 k/s arrive, 800/s are finished. Worst is orders · 7, which grew from 100 to 48,210 messages in 55 s.",
  ],
  [
    "behind",
    {
      ...alone,
      ...slower,
      latencyMs: reading(9_000, "atLeast"),
      lane: { trend: "growing", growth: { from: 1, to: 5, overMs: 14_000 } },
    },
    "Falls behind: 48,210 messages waiting, the oldest for at least 9.0 s. It grew from 1 to 5 messages in 14 s.",
  ],
  [
    "late",
    { ...alone, ...even, lane: { lowAgeMs: 180_000 } },
    "Late: 48,210 messages waiting, and right after its last move the oldest had waited for 3 m 00 s (limit 1 m 00 s), neither more nor fewer each time; 800/s arrive, 800/s are finished.",
  ],
  [
    "late",
    { ...slower, lane: { lowAgeMs: 180_000, trend: "shrinking" } },
    "Late on orders · 7: 48,210 messages waiting, and right after its last move the oldest had waited for 3 m 00 s (limit 1 m 00 s), fewer each time; 800/s arrive, 1.20 k/s are finished.",
  ],
  [
    "stalled",
    {},
    "Stalled on orders · 7: 48,210 messages waiting, and nothing was finished for 1 m 30 s although 2 readers are there (it usually pauses for 1 s at most), the oldest for 3 m 12 s.",
  ],
  [
    "stalled",
    { ...alone, latencyMs: unknown, lane: { readers: 1, rhythmMs: 20 } },
    "Stalled: 48,210 messages waiting, and nothing was finished for 1 m 30 s although 1 reader is there.",
  ],
  [
    "stalled",
    { ...alone, limits: withLimits(DEFAULT_LIMITS.kafka, { stalledMs: 30_000 }), lane: { readers: none } },
    "Stalled: 48,210 messages waiting, and nothing was finished for 1 m 30 s (limit 30 s), the oldest for 3 m 12 s.",
  ],
  [
    "stopped",
    { ...alone, lane: { readers: 0, movedAt: ago(240), waitingSince: ago(240) } },
    "Nobody reads: 48,210 messages waiting, and nothing was finished for 4 m 00 s (it usually pauses for 1 s at most), the oldest for 3 m 12 s.",
  ],
  [
    "losing",
    { lane: { lost: 500 } },
    "500 messages on orders · 7 were removed before they were read; 48,210 messages still waiting.",
  ],
  [
    "losing",
    { ...nothing, lane: { lost: 1, lostAtLeast: true, backlog: 0 } },
    "At least 1 message on orders · 7 was removed before it was read; 0 messages still waiting.",
  ],
  [
    "losing",
    { lane: { lost: 1_500, lostSeen: 1_200 } },
    "1,500 messages on orders · 7 were removed before they were read, 1,200 of them marked as seen before; 48,210 messages still waiting.",
  ],
  [
    "rewound",
    { lane: { highWater: 1_001 } },
    "The position on orders · 7 went back by 1 message and has not caught up; 48,210 messages waiting.",
  ],
  [
    "blocked",
    { ...alone, inFlight: 1_000 },
    "It cannot be given more: 1,000 handed out and not finished, which is the limit, and nothing was finished for 1 m 30 s.",
  ],
  [
    "blocked",
    { ...alone },
    "It cannot be given more: 48,210 messages waiting, and nothing was finished for 1 m 30 s.",
  ],
  [
    "blocked",
    { lane: { inTransaction: true } },
    "Held up by an open transaction on orders · 7: 48,210 messages from its beginning on wait for it to end, and nothing was finished for 1 m 30 s, the oldest for 3 m 12 s.",
  ],
  [
    "failing",
    {},
    "Too many of its calls end in an error of the server; 1.20 k/s arrive, 800/s are finished.",
  ],
  [
    "redelivering",
    { inFlight: 20 },
    "The same messages were delivered again: 48,210 messages waiting, 20 of them handed out and not finished.",
  ],
  ["held", {}, "Given less than there is, as it is set up: 48,210 messages waiting."],
  ["paused", {}, "Paused by an administrator; 48,210 messages waiting."],
  ["paused", { backlog: unknown }, "Paused by an administrator; an unknown number of messages waiting."],
  [
    "paused",
    { backlog: reading(501, "atMost") },
    "Paused by an administrator; at most 501 messages waiting.",
  ],
  ["paused", { backlog: reading(9, "atLeast") }, "Paused by an administrator; at least 9 messages waiting."],
  [
    "leaving",
    { lane: { leavesInMs: 252_000 } },
    "Its reader is gone, and the consumer goes away by itself in about 4 m 12 s unless it comes back; 48,210 messages waiting until then.",
  ],
  [
    "leaving",
    { lane: { leavesInMs: -500 } },
    "Its reader is gone, and the consumer goes away by itself any moment unless it comes back; 48,210 messages waiting until then.",
  ],
  ["left", {}, "None of its readers reads orders · 7 any more; 48,210 messages waiting there."],
  [
    "unknown",
    { lane: { hasMoved: false, rhythmMs: none, seenRhythmMs: none, movedAt: ago(40) } },
    "48,210 messages waiting; whether anybody works on orders · 7 is known once it is seen to move, or after 1 m 00 s without (40 s so far).",
  ],
  [
    "unknown",
    { lane: { rhythmMs: none, seenRhythmMs: 2_000, movedAt: ago(20) } },
    "48,210 messages waiting, and nothing was finished for 20 s; how long its pauses usually are is not known yet, so it is called standing still after 1 m 00 s.",
  ],
  [
    "unknown",
    { lane: { trend: "unknown", movedAt: ago(1) } },
    "48,210 messages waiting; whether that grows is known after a few more of its moves.",
  ],
  [
    "unknown",
    { backlog: unknown, lane: { backlog: none, position: none } },
    "It has no position on orders · 7 yet, so nobody knows what waits there.",
  ],
  [
    "unknown",
    { backlog: unknown, lane: { backlog: none, head: 20 } },
    "The position on orders · 7 is past the end of the lane, which was recreated or cut: what is unread depends on where the consumer resumes.",
  ],
  [
    "unknown",
    { backlog: unknown, lane: { backlog: none, head: none } },
    "How much is waiting on orders · 7 could not be read this time.",
  ],
  ["unknown", { worst: null } as Text, "Nothing has been read yet, so there is no position to measure from."],
  [
    "stalled",
    { recovering: { to: "ok", forMs: 4_000, afterMs: 10_000 }, latencyMs: unknown },
    "It was stalled until 4 s ago and is called ok once that has held for 10 s: 48,210 messages waiting.",
  ],
];

describe("explainStatus", () => {
  it.each(SENTENCES)("%s: %j", (status, given, sentence) => {
    expect(explain({ ...given, status })).toBe(sentence);
  });

  it("has a sentence for every status a consumer can have", () => {
    const ofStreams: readonly Status[] = STREAM_ONLY_STATUSES;
    const told = new Set(SENTENCES.map(([status]) => status));
    expect(STATUSES.filter((status) => !told.has(status) && !ofStreams.includes(status))).toEqual([]);
  });

  it("never says what is no number, however little is known", () => {
    const count = fc.oneof(fc.nat(1e9), fc.constant(none));
    const at = fc.oneof(fc.integer({ min: 0, max: NOW }), fc.constant(none));
    fc.assert(
      fc.property(
        fc.record({
          position: count,
          head: count,
          lost: fc.nat(2_000),
          backlog: count,
          readers: count,
          movedAt: at,
          waitingSince: at,
          quietMs: fc.nat(1e7),
          highWater: count,
          rhythmMs: count,
          lowAgeMs: count,
          leavesInMs: count,
          inTransaction: fc.boolean(),
          hasMoved: fc.boolean(),
          trend: fc.constantFrom(...TRENDS),
        }),
        fc.constantFrom(unknown, reading(5), reading(0, "atLeast"), reading(7, "atMost")),
        fc.option(fc.record({ duePerSecond: fc.nat(), outPerSecond: fc.nat(), overMs: fc.nat() })),
        fc.option(fc.nat(1e6)),
        fc.integer({ min: 1, max: 3 }),
        (lane, backlog, pace, inFlight, lanes) => {
          const status = classifyLane(evidenceOf(lane), DEFAULT_LIMITS.kafka);
          const text = explain({ status, backlog, pace, inFlight, lanes, lane });
          expect(text).toMatch(/^[^\s].*\.$/);
          expect(text).not.toMatch(/NaN|undefined|null|Infinity|—| {2}/);
        },
      ),
    );
  });
});

describe("a sentence, its numbers and the numbers beside it", () => {
  const ms = (max: number) => fc.oneof(fc.nat(max), fc.constant(none));
  const flag = fc.boolean().map((on) => on);
  const rare = fc.nat(9).map((n) => n === 0);
  const about = fc
    .record({
      backlog: fc.oneof(fc.constant(0), fc.nat(10_000), fc.constant(none)),
      lost: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.nat(2_000)),
      readers: fc.oneof(fc.nat(3), fc.constant(none)),
      stillMs: fc.nat(400_000),
      quietMs: fc.nat(100_000),
      hasMoved: flag,
      rhythmMs: ms(100_000),
      lowAgeMs: ms(200_000),
      leavesInMs: fc.oneof({ weight: 5, arbitrary: fc.constant(none) }, fc.nat(300_000)),
      blocked: rare,
      inTransaction: rare,
      failing: rare,
      paused: rare,
      held: rare,
      redelivering: rare,
      left: rare,
      trend: fc.constantFrom(...TRENDS),
    })
    .map(({ stillMs, backlog, trend, ...rest }): LaneText => {
      const grew =
        trend === "growing" ? { from: Math.floor(backlog / 2), to: backlog, overMs: 55_000 } : null;
      return {
        ...rest,
        trend,
        growth: grew,
        backlog,
        head: 500 + backlog,
        movedAt: NOW - stillMs,
        waitingSince: backlog > 0 ? NOW - stillMs : none,
        seenRhythmMs: rest.rhythmMs,
      };
    });

  it("never contradict each other", () => {
    const rate = fc.nat(100_000).map((n) => n / 10);
    fc.assert(
      fc.property(
        about,
        fc.record({ duePerSecond: rate, outPerSecond: rate }),
        fc.constantFrom("measured" as const, "atLeast" as const, "atMost" as const),
        fc.option(fc.nat(600_000)),
        (text, { duePerSecond, outPerSecond }, provenance, age) => {
          const limits = DEFAULT_LIMITS.kafka;
          const evidence = evidenceOf(text);
          const status = classifyLane(evidence, limits);
          const isKnown = !Number.isNaN(evidence.backlog);
          const backlog = isKnown ? reading(evidence.backlog, provenance) : unknown;
          const latencyMs =
            evidence.backlog === 0 ? reading(0) : age === null ? unknown : reading(age, "atLeast");
          const sentence = explainStatus({
            at: NOW,
            status,
            limits,
            backlog,
            unit: "messages",
            pace: { duePerSecond, outPerSecond, overMs: 55_000 },
            trend: evidence.trend(),
            latencyMs,
            inFlight: null,
            lanes: 1,
            unknownLanes: null,
            left: null,
            recovering: null,
            worst: { name: "orders", evidence },
          });
          const because = sentenceText(sentence, NOW);
          const [trend, stood] = [evidence.trend(), stoodStillMs(evidence)];
          const row = {
            status,
            because,
            backlog,
            backlogUnit: "messages" as const,
            kind: "classic group" as const,
            inFlight: null,
            latencyMs,
            inPerSecond: reading(evidence.quietMs >= 10_000 ? 0 : duePerSecond),
            outPerSecond: reading(stood >= 10_000 ? 0 : outPerSecond),
            drain: drainOf({
              backlog: evidence.backlog,
              status,
              trend,
              shrinking: { whole: outPerSecond, lately: outPerSecond },
            }),
          };
          expect(contradictionsIn(row)).toEqual([]);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it.each<[string, Partial<Parameters<typeof contradictionsIn>[0]>]>([
    [
      "growth told as none",
      {
        because:
          "Keeps up: 10 messages waiting, neither more nor fewer each time; 42/s arrive, 0/s are finished.",
      },
    ],
    [
      "a pace against its trend",
      {
        status: "behind",
        because:
          "Falls behind: 10 messages waiting; 240/s arrive, 296/s are finished. It grew from 1 to 10 messages in 9 s.",
        drain: { kind: "never" },
      },
    ],
    [
      "growth that goes down",
      {
        status: "behind",
        because: "Falls behind: 10 messages waiting. It grew from 20 to 10 messages in 9 s.",
        drain: { kind: "never" },
      },
    ],
    ["nothing that is something", { because: "Keeps up: nothing is waiting." }],
    ["another amount", { because: "Keeps up: 11 messages waiting." }],
    ["an amount without its bound", { backlog: reading(10, "atMost") }],
    ["another age", { because: "Keeps up: 10 messages waiting, the oldest for 9.0 s." }],
    ["a sentence of another status", { status: "idle" }],
    ["no end in sight beside ok", { drain: { kind: "never" } }],
    ["something to drain beside nothing", { drain: { kind: "none" } }],
    [
      "nothing finished beside what is",
      {
        status: "stalled",
        because: "Stalled: 10 messages waiting, and nothing was finished for 1 m 30 s.",
        drain: { kind: "never" },
        outPerSecond: reading(5),
      },
    ],
    [
      "a pause that is usual",
      {
        status: "stalled",
        because:
          "Stalled: 10 messages waiting, and nothing was finished for 30 s (it usually pauses for 1 m 00 s at most).",
        drain: { kind: "never" },
      },
    ],
    [
      "late within its limit",
      {
        status: "late",
        because:
          "Late: 10 messages waiting, and right after its last move the oldest had waited for 30 s (limit 1 m 00 s).",
      },
    ],
    [
      "a drain time of what neither grows nor shrinks",
      {
        because: "Keeps up: 10 messages waiting, neither more nor fewer each time.",
        drain: { kind: "in", seconds: 5, most: 9 },
      },
    ],
  ])("finds %s", (_case, wrong) => {
    const right = {
      status: "ok" as const,
      because: "Keeps up: 10 messages waiting.",
      backlog: reading(10),
      backlogUnit: "messages" as const,
      kind: "classic group" as const,
      inFlight: null,
      latencyMs: reading(2_000),
      inPerSecond: reading(0),
      outPerSecond: reading(0),
      drain: { kind: "steady" } as const,
    };
    expect(contradictionsIn(right)).toEqual([]);
    expect(contradictionsIn({ ...right, ...wrong })).not.toEqual([]);
  });
});
