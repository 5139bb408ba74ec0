import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { STATUSES, STREAM_ONLY_STATUSES, type Status } from "../model/status.ts";
import { SYSTEMS, type System } from "../model/system.ts";
import { DEFAULT_LIMITS } from "./default-limits.fixture.ts";
import { evidenceOf, type LaneText, NOW } from "./lane-evidence.fixture.ts";
import { type UserLimits, withLimits } from "./limits.ts";
import { TRENDS } from "./low-points.ts";
import { classifyLane, type LaneEvidence, nextChangeAt, stillAllowedMs, stoodStillMs } from "./status.ts";

type Case = LaneText;

const none = Number.NaN;
const ago = (seconds: number) => NOW - seconds * 1_000;
/** So many wait, for two minutes by now, and the position moves. */
const waiting = (backlog: number): Case => ({ head: 500 + backlog, backlog, waitingSince: ago(120) });
/** Something has waited all the while that the position stood. */
const still = (seconds: number): Case => ({
  ...waiting(10),
  movedAt: ago(seconds),
  waitingSince: ago(9_000),
});
/** The process tells itself that it has finished nothing for so long. */
const tells = (seconds: number): Case => ({
  ...waiting(10),
  ...pausesFor(0.01),
  toldStillMs: seconds * 1_000,
});
const pausesFor = (seconds: number): Case => ({ rhythmMs: seconds * 1_000, seenRhythmMs: seconds * 1_000 });
/** Not watched for long enough to rely on what was seen. */
const seenFor = (seconds: number): Case => ({ rhythmMs: none, seenRhythmMs: seconds * 1_000 });
const neverMoved: Case = { hasMoved: false, rhythmMs: none, seenRhythmMs: none };
const nobody: Case = { readers: 0 };
const notTold: Case = { readers: none };
const unread: Case = { position: none, highWater: none, backlog: none };

type Row = [Status, string, Case, UserLimits?];

/** What holds in every system, in the limits of Kafka and JetStream. */
const EVERYWHERE: Row[] = [
  // ok and idle
  ["ok", "nothing waits, and messages arrive", {}],
  ["ok", "nothing waits, nothing has arrived for 29 s", { quietMs: 29_999 }],
  ["idle", "nothing waits, nothing has arrived for 30 s", { quietMs: 30_000 }],
  ["idle", "the same with nobody there: nothing to do is no alarm", { quietMs: 300_000, ...nobody }],
  ["idle", "the same of a position that never moved", { quietMs: 300_000, ...neverMoved }],
  ["ok", "a quiet stream with something waiting is not idle", { ...waiting(3), quietMs: 300_000 }],
  ["ok", "a steady backlog", waiting(300)],
  ["ok", "a backlog that shrinks", { ...waiting(3_000), trend: "shrinking" }],
  ["ok", "a full stop of an hour with nothing waiting", { movedAt: ago(3_600) }],
  ["ok", "an hour without a move, and something waits for 9 s", { ...still(3_600), waitingSince: ago(9) }],

  // behind and late
  ["behind", "the low points grow", { ...waiting(900), trend: "growing" }],
  [
    "behind",
    "they grow and the oldest is old: growing goes first",
    { ...waiting(900), trend: "growing", lowAgeMs: 600_000 },
  ],
  ["behind", "they grow, and nobody knows who reads", { ...waiting(900), trend: "growing", ...notTold }],
  [
    "behind",
    "they grow and nobody is in the group, but it moves: it is being read",
    { ...waiting(900), trend: "growing", ...nobody },
  ],
  [
    "late",
    "level, and the oldest was 60.001 s old after the last move",
    { ...waiting(900), lowAgeMs: 60_001 },
  ],
  ["late", "shrinking, and the oldest too old", { ...waiting(900), trend: "shrinking", lowAgeMs: 61_000 }],
  ["late", "level with nobody in the group, but it moves", { ...waiting(900), lowAgeMs: 61_000, ...nobody }],
  ["ok", "level, and the oldest was 60 s old", { ...waiting(900), lowAgeMs: 60_000 }],
  ["ok", "level, and nobody knows how old the oldest is", { ...waiting(900), lowAgeMs: none }],
  ["late", "of 5 s where so much is allowed", { ...waiting(900), lowAgeMs: 5_001 }, { lateMs: 5_000 }],
  [
    "ok",
    "not of an hour where so much is allowed",
    { ...waiting(900), lowAgeMs: 3_600_000 },
    { lateMs: 3_600_000 },
  ],
  [
    "ok",
    "a few old ones where that few do not count",
    { ...waiting(9), lowAgeMs: 600_000 },
    { minBacklog: 10 },
  ],
  ["late", "as many as count", { ...waiting(10), lowAgeMs: 600_000 }, { minBacklog: 10 }],
  ["behind", "as many as count, and they grow", { ...waiting(10), trend: "growing" }, { minBacklog: 10 }],
  ["ok", "fewer than count, and they grow", { ...waiting(9), trend: "growing" }, { minBacklog: 10 }],

  // unknown
  ["unknown", "no position yet", unread],
  ["unknown", "a position past the end of a lane that was recreated", { head: 20, backlog: none }],
  ["unknown", "the head could not be read", { head: none, backlog: none }],
  [
    "unknown",
    "something waits, and too few low points say whether it grows",
    { ...waiting(500), trend: "unknown" },
  ],
  [
    "unknown",
    "too few low points to say whether an old one is late",
    { ...waiting(500), trend: "unknown", lowAgeMs: 600_000 },
  ],
  ["unknown", "never seen to move, for 59 s", { ...still(59.999), ...neverMoved, trend: "unknown" }],
  [
    "unknown",
    "stands for three times what was seen of its pauses, and for 10 s",
    { ...still(10), ...seenFor(2) },
  ],
  ["ok", "stands for 9 s while it is being learned", { ...still(9.999), ...seenFor(2) }],
  ["unknown", "stands for 12 s, and pauses of 4 s were seen", { ...still(12), ...seenFor(4) }],
  ["ok", "stands for 11 s, and pauses of 4 s were seen", { ...still(11.999), ...seenFor(4) }],
  [
    "ok",
    "without a position the backlog is what it is, and nobody can say that it stands",
    { ...still(3_600), position: none, highWater: none },
  ],

  // stalled
  ["stalled", "pauses under a second, and stands for 10 s", { ...still(10), ...pausesFor(0.1) }],
  ["ok", "pauses under a second, and stands for 9 s", { ...still(9.999), ...pausesFor(0.1) }],
  ["stalled", "pauses of 5 s, and stands for 15 s", { ...still(15), ...pausesFor(5) }],
  ["ok", "pauses of 5 s, and stands for 14 s", { ...still(14.999), ...pausesFor(5) }],
  ["ok", "commits each 90 s, and stands for 89 s", { ...still(89), ...pausesFor(90) }],
  ["stalled", "commits each 90 s, and stands for 270 s", { ...still(270), ...pausesFor(90) }],
  ["ok", "checkpoints each 5 min, and stands for 14 min", { ...still(899), ...pausesFor(300) }],
  ["stalled", "checkpoints each 5 min, and stands for 15 min", { ...still(900), ...pausesFor(300) }],
  ["stalled", "pauses of an hour are waited for 15 min", { ...still(900), ...pausesFor(3_600) }],
  ["stalled", "never seen to move, for 60 s", { ...still(60), ...neverMoved }],
  ["stalled", "pauses not known yet, and stands for 60 s", { ...still(60), ...seenFor(2) }],
  [
    "unknown",
    "pauses of 40 s were seen once, and stands for 119 s: as if they were known",
    { ...still(119.999), ...seenFor(40), trend: "unknown" },
  ],
  ["stalled", "pauses of 40 s were seen once, and stands for 120 s", { ...still(120), ...seenFor(40) }],
  ["stalled", "nobody knows whether anybody reads", { ...still(10), ...notTold }],
  ["stalled", "and the backlog grows meanwhile", { ...still(10), trend: "growing" }],
  ["stalled", "and is late meanwhile", { ...still(10), lowAgeMs: 600_000 }],
  [
    "stalled",
    "stands for as long as was set, whatever its rhythm",
    { ...still(30), ...pausesFor(90) },
    { stalledMs: 30_000 },
  ],
  [
    "ok",
    "stands for less than was set, whatever its rhythm",
    { ...still(119), ...pausesFor(0.1) },
    { stalledMs: 120_000 },
  ],
  [
    "stalled",
    "what was set for readers that are gone is not for this one",
    { ...still(10) },
    { stoppedMs: 120_000 },
  ],
  [
    "stalled",
    "what is not known to have a reader goes by what was set for those that have one",
    { ...still(30), ...notTold },
    { stalledMs: 30_000, stoppedMs: 5_000 },
  ],
  ["ok", "stands with fewer than count", { ...still(3_600), backlog: 9, readable: 9 }, { minBacklog: 10 }],
  ["stalled", "stands with as many as count", still(3_600), { minBacklog: 10 }],

  // stopped
  ["stopped", "nobody there, and stands for 10 s", { ...still(10), ...nobody }],
  ["ok", "nobody there, and stands for 9 s (a restart)", { ...still(9.999), ...nobody }],
  ["ok", "nobody there for hours, and it moves: somebody reads", { ...waiting(300), ...nobody }],
  ["ok", "a job each 30 s, between two turns", { ...still(29), ...nobody, ...pausesFor(30) }],
  ["stopped", "a job each 30 s that has not come for 90 s", { ...still(90), ...nobody, ...pausesFor(30) }],
  [
    "unknown",
    "nobody there, never seen to move, for 59 s",
    { ...still(59), ...nobody, ...neverMoved, trend: "unknown" },
  ],
  ["stopped", "nobody there, never seen to move, for 60 s", { ...still(60), ...nobody, ...neverMoved }],
  ["stopped", "and it grows: not behind", { ...still(10), ...nobody, trend: "growing" }],
  ["stopped", "stands for as long as was set", { ...still(5), ...nobody }, { stoppedMs: 5_000 }],
  ["ok", "stands for less than was set", { ...still(299), ...nobody }, { stoppedMs: 300_000 }],
  [
    "stopped",
    "what was set for readers that hang is not for this one",
    { ...still(10), ...nobody },
    { stalledMs: 300_000 },
  ],

  // losing and rewound
  ["losing", "below the floor with something waiting", { ...waiting(100), lost: 100 }],
  ["losing", "below the floor with nothing left to read", { lost: 1 }],
  ["losing", "below the floor, and what waits is not known", { backlog: none, lost: 100 }],
  ["losing", "below the floor in a quiet stream: not idle", { lost: 900, quietMs: 600_000 }],
  ["losing", "with nobody there: loss goes first", { ...still(600), ...nobody, lost: 100 }],
  ["losing", "with fewer waiting than count", { ...waiting(9), lost: 9 }, { minBacklog: 10 }],
  [
    "losing",
    "went back below the floor: the worse of the two",
    { ...waiting(100), position: 100, lost: 300 },
  ],
  ["rewound", "one below where it was", { ...waiting(101), position: 499 }],
  ["rewound", "far below, and reads on", { ...waiting(300), position: 200, trend: "shrinking" }],
  ["rewound", "with nobody there", { ...still(600), ...nobody, position: 200 }],
  ["rewound", "and what waits is not known", { position: 200, backlog: none }],
  ["ok", "back where it was", { ...waiting(10), position: 500 }],

  // blocked
  ["blocked", "cannot be given more, and stands for 10 s", { ...still(10), blocked: true }],
  ["ok", "cannot be given more, and stands for 9 s", { ...still(9.999), blocked: true }],
  ["ok", "at its limit, but moving", { ...waiting(10), blocked: true }],
  ["blocked", "so long that it would be stalled", { ...still(120), blocked: true }],
  [
    "blocked",
    "with nobody to give it to: what was handed out is in the way",
    { ...still(120), ...nobody, blocked: true },
  ],
  ["blocked", "never seen to move, for 10 s", { ...still(10), ...neverMoved, blocked: true }],
  ["unknown", "never seen to move, for 9 s", { ...still(9), ...neverMoved, blocked: true, trend: "unknown" }],
  ["ok", "its handler takes 5 s a turn: 14 s are usual", { ...still(14), ...pausesFor(5), blocked: true }],
  ["blocked", "its handler takes 5 s a turn: 15 s are not", { ...still(15), ...pausesFor(5), blocked: true }],
  ["blocked", "where less was set than usual", { ...still(5), blocked: true }, { stalledMs: 5_000 }],
  ["blocked", "stands at an open transaction for 10 s", { ...still(10), readable: 0, inTransaction: true }],
  ["ok", "stands at an open transaction for 9 s", { ...still(9.999), readable: 0, inTransaction: true }],
  ["ok", "an open transaction ahead, and it moves", { ...waiting(10), inTransaction: true }],
  [
    "blocked",
    "an open transaction, and nobody knows who reads",
    { ...still(10), ...notTold, inTransaction: true },
  ],
  [
    "stopped",
    "an open transaction, and nobody reads: that is the reason",
    { ...still(10), ...nobody, inTransaction: true },
  ],

  // what not every reader can have
  ["ok", "stands before records of an aborted transaction alone", { ...still(3_600), readable: 0 }],
  ["idle", "the same in a quiet topic", { ...still(3_600), readable: 0, quietMs: 30_000 }],
  ["stalled", "stands before one that it can have", { ...still(10), readable: 1 }],
  [
    "ok",
    "one that it can have, where one does not count",
    { ...still(3_600), readable: 1 },
    { minBacklog: 2 },
  ],

  // redelivering and failing
  [
    "redelivering",
    "messages came again, and something waits for 10 s",
    { ...waiting(10), redelivering: true, waitingSince: ago(10) },
  ],
  [
    "ok",
    "messages came again, and something waits for 9 s",
    { ...waiting(10), redelivering: true, waitingSince: ago(9.999) },
  ],
  [
    "redelivering",
    "one of them holds the position back while others pass it",
    { ...still(600), redelivering: true },
  ],
  [
    "redelivering",
    "and the rest grows: what comes again is the reason",
    { ...waiting(10), redelivering: true, trend: "growing" },
  ],
  ["stopped", "came again, and now nobody is there", { ...still(10), ...nobody, redelivering: true }],
  [
    "blocked",
    "came again, and the limit is reached: what stops it goes first",
    { ...still(30), redelivering: true, blocked: true },
  ],
  ["ok", "came again, and all are finished", { redelivering: true }],
  ["failing", "too many calls end in errors, and nothing waits", { failing: true }],
  ["failing", "in a quiet hour: not idle", { failing: true, quietMs: 3_600_000 }],
  ["failing", "what waits is not known", { ...unread, failing: true }],
  ["failing", "the position is past the end", { head: 20, backlog: none, failing: true }],
  ["failing", "with a backlog that moves", { ...waiting(300), failing: true }],
  [
    "failing",
    "with a backlog that grows: the errors are the reason",
    { ...waiting(300), failing: true, trend: "growing" },
  ],
  ["stalled", "stands still and fails: what stops it goes first", { ...still(90), failing: true }],
  ["stopped", "nobody there, and what was there failed", { ...still(60), ...nobody, failing: true }],

  // held, paused, leaving, left
  ["held", "given less than there is by configuration, stands for 10 s", { ...still(10), held: true }],
  ["ok", "held for 9 s", { ...still(9.999), held: true }],
  ["ok", "would be held, and moves", { ...waiting(10), held: true }],
  ["ok", "would be held, and nothing waits", { held: true }],
  ["held", "for longer than any rhythm", { ...still(3_600), held: true }],
  ["held", "never seen to move, for 10 s", { ...still(10), ...neverMoved, held: true }],
  [
    "held",
    "its rhythm is slow: known to be held, so it need not last as long",
    { ...still(10), ...pausesFor(90), held: true },
  ],
  ["held", "where less was set than 10 s", { ...still(5), held: true }, { stalledMs: 5_000 }],
  [
    "paused",
    "by an administrator, with nobody there and growing",
    { ...still(600), ...nobody, paused: true, trend: "growing" },
  ],
  ["paused", "before it ever read", { ...unread, paused: true }],
  [
    "leaving",
    "nobody there, stands for 10 s, goes by itself in 4 min",
    { ...still(10), ...nobody, leavesInMs: 240_000 },
  ],
  ["ok", "the same for 9 s", { ...still(9.999), ...nobody, leavesInMs: 290_000 }],
  ["leaving", "any moment now", { ...still(300), ...nobody, leavesInMs: -1 }],
  [
    "leaving",
    "nobody knows whether anybody reads, and it stands",
    { ...still(10), ...notTold, leavesInMs: 240_000 },
  ],
  ["stalled", "would go by itself, but its reader is there and hangs", { ...still(10), leavesInMs: 240_000 }],
  ["ok", "would go by itself, and is being read", { ...waiting(10), leavesInMs: 240_000 }],
  ["left", "its members read other streams, and it stands", { ...still(10), ...nobody, left: true }],
  ["left", "they never read this one", { ...still(1), ...nobody, ...neverMoved, left: true }],
  [
    "ok",
    "they read other streams, and somebody else moves this one",
    { ...waiting(10), ...nobody, left: true },
  ],
  ["idle", "left with nothing to read", { quietMs: 60_000, left: true }],
];

/** What goes before what, where several are true of one standing position: each row adds the next one. */
const ORDER: readonly [Status, Case][] = [
  ["stalled", { ...still(600), trend: "growing", lowAgeMs: 600_000, failing: true }],
  ["redelivering", { redelivering: true }],
  ["stopped", nobody],
  ["leaving", { leavesInMs: 60_000 }],
  ["blocked", { blocked: true }],
  ["left", { left: true }],
  ["held", { held: true }],
  ["rewound", { position: 400 }],
  ["losing", { lost: 100 }],
  ["paused", { paused: true }],
];

/** A gRPC process tells by its own clock since when it has flushed nothing, so a second is enough. */
const GRPC: Row[] = [
  ["ok", "queued writes, flushed just under a second ago", { ...tells(0.999) }],
  ["stalled", "queued writes, and no flush for a second", tells(1)],
  [
    "stalled",
    "in the very first sample",
    { ...tells(1), ...neverMoved, trend: "unknown", movedAt: NOW, waitingSince: NOW },
  ],
  [
    "unknown",
    "in the very first sample, flushed half a second ago",
    { ...tells(0.5), ...neverMoved, trend: "unknown" },
  ],
  ["ok", "what it tells goes before what samples show", { ...still(60), toldStillMs: 200 }],
  ["ok", "a slow reader that flushes each 2 s, for 5 s", { ...tells(5.999), ...pausesFor(2) }],
  ["stalled", "a slow reader that flushes each 2 s, for 6 s", { ...tells(6), ...pausesFor(2) }],
  ["stalled", "what was seen of it counts at once, for it tells itself", { ...tells(6), ...seenFor(2) }],
  ["ok", "seen to flush each 2 s so far, for 5 s", { ...tells(5.999), ...seenFor(2) }],
  ["stalled", "it tells nothing, and no move was seen for a second", { ...still(1), ...pausesFor(0.01) }],
  ["ok", "it tells nothing, and no move was seen for less", { ...still(0.999), ...pausesFor(0.01) }],
  ["blocked", "a shut window for a second", { ...tells(1), blocked: true }],
  ["ok", "a shut window for less", { ...tells(0.5), blocked: true }],
  ["held", "held back for a second", { ...tells(1), held: true }],
  ["stopped", "nobody takes what is queued", { ...tells(1), ...nobody }],
  [
    "redelivering",
    "the same again for a second",
    { ...waiting(10), redelivering: true, waitingSince: ago(1) },
  ],
  ["idle", "nothing queued and nothing written: never stalled", { movedAt: ago(600), quietMs: 600_000 }],
  ["failing", "calls end in errors of the server", { failing: true }],
  ["behind", "queues grow", { ...waiting(10), trend: "growing" }],
  ["late", "queues stand at a level, a minute old", { ...waiting(10), lowAgeMs: 60_001 }],
  ["ok", "stands for less than was set", tells(4.9), { stalledMs: 5_000 }],
  ["stalled", "stands for as long as was set", tells(5), { stalledMs: 5_000 }],
];

describe("classifyLane: the specification", () => {
  describe.each(["kafka", "nats"] as const)("in %s", (system) => {
    it.each(EVERYWHERE)("%s: %s", (status, _case, given, set = {}) => {
      expect(classifyLane(evidenceOf(given), withLimits(DEFAULT_LIMITS[system], set))).toBe(status);
    });
  });

  it.each(GRPC)("in gRPC %s: %s", (status, _case, given, set = {}) => {
    expect(classifyLane(evidenceOf(given), withLimits(DEFAULT_LIMITS.grpc, set))).toBe(status);
  });

  it.each(SYSTEMS)("puts what goes first before what follows from it, in %s", (system) => {
    let given: Case = {};
    for (const [status, more] of ORDER) {
      given = { ...given, ...more };
      expect(classifyLane(evidenceOf(given), DEFAULT_LIMITS[system])).toBe(status);
    }
  });

  it("has a case for every status a position can have, just enough and just not", () => {
    const told = new Set(EVERYWHERE.map(([status]) => status));
    const ofStreams: readonly Status[] = STREAM_ONLY_STATUSES;
    expect(STATUSES.filter((status) => !told.has(status) && !ofStreams.includes(status))).toEqual([]);
    expect(EVERYWHERE.length + GRPC.length).toBeGreaterThanOrEqual(120);
  });
});

describe("classifyLane", () => {
  const count = fc.oneof(fc.nat(2_000), fc.constant(none));
  const at = fc.oneof(fc.integer({ min: ago(1_000), max: NOW }), fc.constant(none));
  const ms = fc.oneof(fc.nat(1_000_000), fc.constant(none));
  const any: fc.Arbitrary<Case> = fc.record({
    position: count,
    head: count,
    lost: fc.oneof(fc.constant(0), fc.nat(2_000)),
    backlog: count,
    readable: count,
    readers: fc.oneof(fc.nat(3), fc.constant(none)),
    movedAt: at,
    hasMoved: fc.boolean(),
    waitingSince: at,
    toldStillMs: fc.oneof(fc.constant(none), ms),
    quietMs: fc.nat(100_000),
    highWater: count,
    rhythmMs: ms,
    seenRhythmMs: ms,
    lowAgeMs: ms,
    leavesInMs: ms,
    blocked: fc.boolean(),
    inTransaction: fc.boolean(),
    failing: fc.boolean(),
    paused: fc.boolean(),
    held: fc.boolean(),
    redelivering: fc.boolean(),
    left: fc.boolean(),
    trend: fc.constantFrom(...TRENDS),
  });
  const limits = fc
    .record({
      system: fc.constantFrom<System>(...SYSTEMS),
      stalledMs: fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined }),
      stoppedMs: fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined }),
      minBacklog: fc.option(fc.nat(100), { nil: undefined }),
    })
    .map(({ system, ...set }) => withLimits(DEFAULT_LIMITS[system], set));
  const always = (check: (evidence: LaneEvidence, status: Status, allowedMs: number) => void) =>
    fc.assert(
      fc.property(any, limits, (given, by) => {
        const evidence = evidenceOf(given);
        check(evidence, classifyLane(evidence, by), stillAllowedMs(evidence, by));
      }),
      { numRuns: 2_000 },
    );

  it("gives a position one of its own statuses, whatever is known of it", () => {
    const ofStreams: readonly Status[] = STREAM_ONLY_STATUSES;
    always((_evidence, status) => {
      expect(STATUSES).toContain(status);
      expect(ofStreams).not.toContain(status);
    });
  });

  it("says that something stands only where it does, and for long enough", () => {
    always((evidence, status, allowedMs) => {
      if (status !== "stalled" && status !== "stopped" && status !== "leaving") return;
      expect(stoodStillMs(evidence)).toBeGreaterThanOrEqual(allowedMs);
    });
  });

  it("never lets absence alone alarm: who moves is not stopped", () => {
    always((evidence, status) => {
      if (stoodStillMs(evidence) === 0)
        expect(["stopped", "left"]).not.toContain(evidence.hasMoved && status);
    });
  });

  it("stays what it is until the moment at which it may change by itself", () => {
    const later = fc.integer({ min: 0, max: 2_000_000 });
    // One of which little is known but that it stands, which makes all the difference.
    const standing = fc.record({
      ...{ position: fc.constant(500), head: fc.constant(600), backlog: fc.constant(100) },
      movedAt: fc.integer({ min: ago(90), max: NOW }),
      waitingSince: fc.integer({ min: ago(90), max: NOW }),
      rhythmMs: fc.oneof(fc.constant(none), fc.nat(20_000)),
      seenRhythmMs: fc.oneof(fc.constant(none), fc.nat(20_000)),
      held: fc.boolean(),
      blocked: fc.boolean(),
      redelivering: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.oneof(any, standing), limits, later, (given, by, ms) => {
        // What the system tells of time itself is another time with each sample.
        const before = evidenceOf({ ...given, toldStillMs: none, leavesInMs: none });
        const changeAt = nextChangeAt(before, by);
        expect(changeAt).toBeGreaterThan(before.now);
        const now = Math.min(before.now + ms, changeAt - 1);
        const quietMs = before.quietMs + now - before.now;
        expect(classifyLane({ ...before, now, quietMs }, by)).toBe(classifyLane(before, by));
      }),
      { numRuns: 5_000 },
    );
  });

  it("raises no alarm about movement while nothing waits", () => {
    fc.assert(
      fc.property(any, limits, (given, by) => {
        const evidence = evidenceOf({ ...given, backlog: 0, readable: 0, failing: false, lost: 0 });
        expect(["ok", "idle", "paused", "rewound"]).toContain(classifyLane(evidence, by));
      }),
    );
  });

  it("calls every loss one, unless it is paused or nothing at all is known", () => {
    always(({ lost, paused, position, backlog }, status) => {
      const isUnread = Number.isNaN(position) && Number.isNaN(backlog);
      if (lost > 0 && !paused && !isUnread) expect(status).toBe("losing");
    });
  });
});
