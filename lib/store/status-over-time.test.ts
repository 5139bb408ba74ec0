/** Statuses as a running source shows them: samples of a simulated lane through the whole table. */

import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../derive/default-limits.fixture.ts";
import { type UserLimits, withLimits } from "../derive/limits.ts";
import { STATUSES, type Status, severityOf } from "../model/status.ts";
import type { System } from "../model/system.ts";
import { layoutOf, observe } from "../pipeline/test-observation.ts";
import { ConsumerFlag } from "../sample/consumer-flag.ts";
import { FedTable } from "./test-store.ts";

const layout = layoutOf({ streams: { orders: 1 }, consumers: { billing: ["orders/0"] } });

interface Scenario {
  readonly seconds: number;
  readonly sampleEveryMs?: number;
  readonly system?: System;
  /** Messages a second at a moment (ms since the start). */
  readonly producing: (at: number) => number;
  /** What the reader can work off in a second; 0 while it hangs. */
  readonly reading: (at: number) => number;
  /** The position is written this often. */
  readonly commitEveryMs: number;
  readonly readers?: (at: number) => number;
  readonly startBacklog?: number;
  readonly floor?: (at: number) => number;
  /** Sets the position at that moment. */
  readonly jump?: { readonly at: number; readonly to: number };
  /** What its system tells of the consumer, by ConsumerFlag. */
  readonly flags?: (at: number) => number;
  /** When the system removes it by itself; EpochMs. */
  readonly leavesAt?: number;
  readonly limits?: UserLimits;
}

/** The status at each sample. Time goes in steps of 10 ms, with samples in the middle of a step. */
function run(scenario: Scenario): { at: number; status: Status; backlog: number }[] {
  const { system = "kafka", sampleEveryMs = 1_000, startBacklog = 0 } = scenario;
  const table = new FedTable({
    identity: { id: "k", kind: system, name: "K" },
    address: "",
    intervalMs: sampleEveryMs,
    limitsOf: () => withLimits(DEFAULT_LIMITS[system], scenario.limits ?? {}),
  });
  const step = 10;
  let head = 100_000;
  let read = head - startBacklog;
  let position = read;
  const seen: { at: number; status: Status; backlog: number }[] = [];
  for (let at = 0; at <= scenario.seconds * 1_000; at += step) {
    head += (scenario.producing(at) * step) / 1_000;
    read = Math.min(Math.floor(head), read + (scenario.reading(at) * step) / 1_000);
    if (at % scenario.commitEveryMs < step && scenario.reading(at) > 0) position = Math.floor(read);
    if (scenario.jump?.at === at) position = read = scenario.jump.to;
    if (at % sampleEveryMs !== 0) continue;
    const observation = observe(layout, {
      at: 1_000_000 + at,
      head: Math.floor(head),
      floor: scenario.floor?.(at) ?? 0,
      position,
      readers: scenario.readers?.(at) ?? 1,
    });
    const consumersThen = {
      ...observation.consumers,
      flags: Uint16Array.of(scenario.flags?.(at) ?? 0),
      leavesAt: Float64Array.of(scenario.leavesAt ?? Number.NaN),
    };
    table.accept({ ...observation, consumers: consumersThen }, { wallMs: 1, cpuMs: 1 });
    const { consumers } = table.sampled!.derived;
    seen.push({ at, status: STATUSES[consumers.status[0]!]!, backlog: consumers.backlog[0]! });
  }
  return seen;
}

const statusesAfter = (seconds: number, seen: ReturnType<typeof run>) => [
  ...new Set(seen.filter(({ at }) => at >= seconds * 1_000).map(({ status }) => status)),
];
const firstAt = (status: Status, seen: ReturnType<typeof run>) =>
  (seen.find((sample) => sample.status === status)?.at ?? Number.NaN) / 1_000;
const always = (value: number) => () => value;

describe("a reader that keeps up", () => {
  it.each([100, 500, 1_000, 1_010, 1_500, 2_990, 3_010, 5_000, 5_010, 7_300, 10_000, 15_000, 29_990, 30_000])(
    "is never behind when it commits every %i ms",
    (commitEveryMs) => {
      const seen = run({ seconds: 400, producing: always(100), reading: always(10_000), commitEveryMs });
      expect(statusesAfter(0, seen).filter((status) => status !== "ok" && status !== "unknown")).toEqual([]);
      expect(statusesAfter(60, seen)).toEqual(["ok"]);
    },
  );

  it.each([250, 2_000, 5_000, 10_000])("nor when it is sampled every %i ms", (sampleEveryMs) => {
    for (const commitEveryMs of [1_010, 5_000, 30_000]) {
      const seen = run({
        seconds: 400,
        sampleEveryMs,
        producing: always(100),
        reading: always(10_000),
        commitEveryMs,
      });
      expect(statusesAfter(80, seen), `commits every ${commitEveryMs} ms`).toEqual(["ok"]);
    }
  });

  it("nor at one message a second, nor in bursts", () => {
    const slow = run({ seconds: 200, producing: always(1), reading: always(100), commitEveryMs: 5_000 });
    expect(statusesAfter(60, slow)).toEqual(["ok"]);
    const burst = (at: number) => (at % 20_000 < 1_000 ? 5_000 : 0);
    const bursts = run({ seconds: 300, producing: burst, reading: always(600), commitEveryMs: 1_000 });
    expect(statusesAfter(60, bursts)).toEqual(["ok"]);
  });

  it.each<[Status, number]>([
    ["ok", 5_000],
    ["late", 50_000],
  ])("is %s with a standing backlog of %i, as old as it is", (status, startBacklog) => {
    const seen = run({
      seconds: 200,
      startBacklog,
      producing: always(500),
      reading: always(500),
      commitEveryMs: 1_010,
    });
    // Until the history reaches back to when the backlog was written, its age is a lower bound.
    expect(statusesAfter(110, seen)).toEqual([status]);
  });

  it("is idle when nothing has come for half a minute, and ok again at once", () => {
    const producing = (at: number) => (at < 20_000 || at > 80_000 ? 10 : 0);
    const seen = run({ seconds: 100, producing, reading: always(100), commitEveryMs: 100 });
    expect(firstAt("idle", seen)).toBe(50);
    expect(statusesAfter(82, seen)).toEqual(["ok"]);
  });
});

describe("a reader that is too slow", () => {
  it.each([
    [100, 80, 30],
    [1_000, 80, 30],
    [5_000, 80, 45],
    [5_000, 90, 60],
    [15_000, 70, 90],
    [30_000, 70, 120],
  ])(
    "that commits every %i ms and reads %i of 100 is behind within %i s, and stays it",
    (commitEveryMs, reads, within) => {
      const seen = run({ seconds: 400, producing: always(100), reading: always(reads), commitEveryMs });
      expect(firstAt("behind", seen)).toBeLessThanOrEqual(within);
      expect(statusesAfter(within, seen)).toEqual(["behind"]);
    },
  );

  it("is behind within the window after it was fine for long", () => {
    const producing = (at: number) => (at < 200_000 ? 80 : 130);
    const seen = run({ seconds: 300, producing, reading: always(100), commitEveryMs: 1_000 });
    expect(
      statusesAfter(
        30,
        seen.filter(({ at }) => at < 200_000),
      ),
    ).toEqual(["ok"]);
    expect(firstAt("behind", seen)).toBeGreaterThan(200);
    expect(firstAt("behind", seen)).toBeLessThanOrEqual(260);
  });

  it("is ok again within the window once it drains", () => {
    const producing = (at: number) => (at < 100_000 ? 150 : 50);
    const seen = run({ seconds: 250, producing, reading: always(100), commitEveryMs: 1_000 });
    expect(
      statusesAfter(
        40,
        seen.filter(({ at }) => at < 100_000),
      ),
    ).toEqual(["behind"]);
    expect(statusesAfter(160, seen)).toEqual(["ok"]);
  });
});

describe("a reader that does not read", () => {
  const hangs =
    (from: number, to = Number.POSITIVE_INFINITY) =>
    (at: number) =>
      at >= from && at < to ? 0 : 1_000;

  it("is stalled within seconds once it is known to move all the time, and ok once it has caught up for a while", () => {
    const seen = run({
      seconds: 260,
      producing: always(100),
      reading: hangs(60_000, 150_000),
      commitEveryMs: 1_000,
    });
    expect(firstAt("stalled", seen)).toBeGreaterThanOrEqual(69);
    expect(firstAt("stalled", seen)).toBeLessThanOrEqual(72);
    expect(statusesAfter(180, seen)).toEqual(["ok"]);
  });

  it("is stopped after 10 s with nobody there", () => {
    const seen = run({
      seconds: 120,
      producing: always(100),
      reading: hangs(60_000),
      commitEveryMs: 1_000,
      readers: (at) => (at < 60_000 ? 1 : 0),
    });
    expect(firstAt("stopped", seen)).toBe(70);
    expect(statusesAfter(70, seen)).toEqual(["stopped"]);
  });

  it("is not stopped by a rebalance of 8 s", () => {
    const away = (at: number) => at >= 60_000 && at < 68_000;
    const seen = run({
      seconds: 120,
      producing: always(100),
      reading: (at) => (away(at) ? 0 : 1_000),
      commitEveryMs: 1_000,
      readers: (at) => (away(at) ? 0 : 1),
    });
    expect(statusesAfter(20, seen)).toEqual(["ok"]);
  });

  it("is stalled after a second in gRPC", () => {
    const seen = run({
      system: "grpc",
      seconds: 20,
      producing: always(100),
      reading: hangs(10_000),
      commitEveryMs: 10,
    });
    expect(firstAt("stalled", seen)).toBe(11);
  });
});

describe("a position that jumps", () => {
  it("is rewound until it has regained where it was", () => {
    const seen = run({
      seconds: 100,
      producing: always(10),
      reading: always(100),
      commitEveryMs: 1_000,
      jump: { at: 50_500, to: 99_000 },
    });
    expect(firstAt("rewound", seen)).toBe(51);
    const regained = seen.find(({ at, status }) => at > 51_000 && status !== "rewound")!;
    // It has to hold for ten seconds.
    expect(regained.at / 1_000).toBeGreaterThanOrEqual(75);
    expect(regained.at / 1_000).toBeLessThanOrEqual(77);
    expect(statusesAfter(regained.at / 1_000, seen)).toEqual(["ok"]);
  });

  it("loses what retention takes while it hangs", () => {
    const seen = run({
      seconds: 100,
      producing: always(100),
      reading: (at) => (at < 20_000 ? 1_000 : 0),
      commitEveryMs: 1_000,
      floor: (at) => (at < 50_000 ? 0 : 104_000),
    });
    expect(firstAt("losing", seen)).toBe(50);
    expect(seen.at(-1)).toMatchObject({ status: "losing", backlog: 110_001 - 104_000 });
  });
});

describe("a lane that was recreated", () => {
  it("is unknown until the reader resumes, and neither rewound nor behind after it", () => {
    const table = new FedTable({
      identity: { id: "k", kind: "kafka", name: "K" },
      address: "",
      intervalMs: 1_000,
    });
    const statusAt = (second: number, head: number, position: number) => {
      table.accept(observe(layout, { at: second * 1_000, head, floor: 0, position }), {
        wallMs: 1,
        cpuMs: 1,
      });
      return STATUSES[table.sampled!.derived.consumers.status[0]!]!;
    };
    for (let second = 0; second < 30; second++)
      expect(statusAt(second, 5_000 + second, 5_000 + second)).toBe("ok");
    for (let second = 30; second < 40; second++) expect(statusAt(second, second - 30, 5_029)).toBe("unknown");
    for (let second = 40; second < 80; second++)
      expect(statusAt(second, second - 30, second - 30)).toBe("ok");
  });
});

describe("the first samples", () => {
  it("say unknown until there are enough of them, never an alarm", () => {
    const seen = run({
      seconds: 60,
      startBacklog: 5_000,
      producing: always(100),
      reading: always(50),
      commitEveryMs: 1_000,
    });
    expect(firstAt("behind", seen)).toBeGreaterThanOrEqual(14);
    expect(firstAt("behind", seen)).toBeLessThanOrEqual(20);
    expect([...new Set(seen.filter(({ at }) => at < 14_000).map(({ status }) => status))]).toEqual([
      "unknown",
    ]);
  });
});

describe("how soon, and how late at most", () => {
  const until = (at: number, before: number, after: number) => (now: number) =>
    now < at * 1_000 ? before : after;
  /** What gets better is told once it has held for so long, s. */
  const HELD = DEFAULT_LIMITS.kafka.recoveryMs / 1_000;
  const criticalAfter = (seconds: number, seen: ReturnType<typeof run>) =>
    statusesAfter(seconds, seen).filter((status) => severityOf(status) === "critical");

  it.each<[string, Partial<Scenario>, Status, from: number, within: number]>([
    [
      "a wedge from caught-up, at ten moves a second",
      { producing: always(40), reading: until(60, 1_000, 0), commitEveryMs: 100 },
      "stalled",
      60,
      15,
    ],
    [
      "a dead reader with a rhythm of a second",
      { producing: always(40), reading: until(60, 1_000, 0), readers: until(60, 1, 0) },
      "stopped",
      60,
      15,
    ],
    [
      "one message in 20 s while one a second arrives",
      { producing: always(1), reading: always(0.05) },
      "behind",
      0,
      45,
    ],
    [
      "the same after a minute of keeping up",
      { producing: always(1), reading: until(60, 100, 0.05) },
      "stalled",
      60,
      15,
    ],
    ["a reader that was never seen to move", { producing: always(1), reading: always(0) }, "stalled", 0, 62],
    [
      "a backlog of a minute and a half at a level",
      { startBacklog: 9_000, producing: always(100), reading: always(100) },
      "late",
      0,
      110,
    ],
    [
      "a limit of what may be out that is reached",
      {
        producing: always(40),
        reading: until(60, 1_000, 0),
        flags: until(60, 0, ConsumerFlag.blocked),
      },
      "blocked",
      60,
      12,
    ],
    [
      "what is given less by configuration",
      { producing: always(40), reading: until(60, 1_000, 0), flags: until(60, 0, ConsumerFlag.held) },
      "held",
      60,
      12,
    ],
    [
      "an ephemeral one whose reader is gone",
      {
        producing: always(40),
        reading: until(60, 1_000, 0),
        readers: until(60, 1, 0),
        leavesAt: 1_000_000 + 360_000,
      },
      "leaving",
      60,
      15,
    ],
    [
      "a pause by hand",
      { producing: always(40), reading: always(0), flags: until(30, 0, ConsumerFlag.paused) },
      "paused",
      30,
      1,
    ],
    [
      "a limit that was set",
      { producing: always(40), reading: until(60, 1_000, 0), limits: { stalledMs: 3_000 } },
      "stalled",
      60,
      5,
    ],
    [
      "an age that was set",
      { startBacklog: 1_000, producing: always(100), reading: always(100), limits: { lateMs: 5_000 } },
      "late",
      0,
      40,
    ],
  ])("%s is told in time", (_case, scenario, status, from, within) => {
    const seen = run({
      seconds: 200,
      producing: always(0),
      reading: always(0),
      commitEveryMs: 1_000,
      ...scenario,
    });
    expect(firstAt(status, seen)).toBeGreaterThanOrEqual(from);
    expect(firstAt(status, seen)).toBeLessThanOrEqual(from + within);
  });

  it.each<[string, Partial<Scenario>, after: number]>([
    ["a reader that commits each 90 s, after two commits", { commitEveryMs: 90_000 }, 180 + HELD],
    ["a checkpoint each 5 min, after two of them", { seconds: 2_400, commitEveryMs: 300_000 }, 600 + HELD],
    [
      "a job each 30 s that leaves in between",
      { commitEveryMs: 30_000, readers: (at) => (at % 30_000 < 500 ? 1 : 0) },
      0,
    ],
    ["a job each 30 s without a member at all", { commitEveryMs: 30_000, readers: always(0) }, 0],
    [
      "a job each minute with a message in two minutes",
      { seconds: 3_600, producing: always(1 / 120), commitEveryMs: 60_000 },
      300,
    ],
    [
      "fewer than count",
      { producing: until(60, 1, 0), reading: until(55, 100, 0), limits: { minBacklog: 50 } },
      0,
    ],
  ])("%s is never an alarm", (_case, scenario, after) => {
    const seen = run({
      seconds: 900,
      producing: always(100),
      reading: always(10_000),
      commitEveryMs: 1_000,
      ...scenario,
    });
    expect(criticalAfter(after, seen)).toEqual([]);
  });
});

describe("a status that is shown", () => {
  it("changes for the better only once that has held for ten seconds, also from one trouble to a lesser one", () => {
    const seen = run({
      seconds: 600,
      producing: always(100),
      reading: (at) => (at % 50_000 < 25_000 ? 160 : 40),
      commitEveryMs: 1_000,
      startBacklog: 9_000,
    });
    const changes = seen.filter(({ status }, n) => n > 0 && status !== seen[n - 1]!.status);
    const better = changes.filter(
      ({ status }, n) => status === "late" && changes[n - 1]?.status === "behind",
    );
    expect(better.length).toBeGreaterThan(5);
    for (const change of better) {
      expect(change.at - changes[changes.indexOf(change) - 1]!.at).toBeGreaterThanOrEqual(10_000);
    }
  });
});
