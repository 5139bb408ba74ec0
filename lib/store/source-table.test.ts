import { describe, expect, it } from "vitest";
import type { SourceFailure } from "../model/source.ts";
import { STATUSES } from "../model/status.ts";
import type { System } from "../model/system.ts";
import { backlogOf, dueOf, latencyOf, outOf } from "../pipeline/readings.ts";
import { layoutOf, observe, type SampleText } from "../pipeline/test-observation.ts";
import { SourceSnapshot } from "./source-snapshot.ts";
import { FedTable } from "./test-store.ts";

const COST = { wallMs: 12, cpuMs: 7 };
const { NaN: none } = Number;

function tableOf(kind: System = "kafka", intervalMs = 1_000): FedTable {
  return new FedTable({ identity: { id: "src", kind, name: "Source" }, address: "a:1", intervalMs });
}

/** Readings of a consumer by its name. */
function read(table: FedTable, name: string) {
  const sampled = table.sampled!;
  const row = sampled.layout.consumers.findIndex((info) => info.name === name);
  return {
    status: STATUSES[sampled.derived.consumers.status[row]!]!,
    since: sampled.derived.consumers.statusSince[row]!,
    backlog: backlogOf(sampled, row),
    due: dueOf(sampled, row).value,
    out: outOf(sampled, row).value,
    latency: latencyOf(sampled, row),
  };
}

const seconds = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

const failure = (code: SourceFailure["code"]): SourceFailure => ({
  code,
  message: "gone",
  hint: "start it",
  at: 0,
  nextTryAt: null,
  attempts: 1,
});

describe("a source whose numbers are derived (Kafka)", () => {
  const layout = layoutOf({ streams: { orders: 2 }, consumers: { billing: ["orders"] } });
  const sampleAt = (second: number): SampleText => ({
    at: second * 1_000,
    head: { "orders/0": 100 + second * 30, "orders/1": 50 + second * 10 },
    floor: 0,
    position: { "billing orders/0": 60 + second * 30, "billing orders/1": 50 + second * 10 },
  });

  it("gives rates, backlog and latency", () => {
    const table = tableOf();
    for (const second of seconds(0, 20)) table.accept(observe(layout, sampleAt(second)), COST);
    expect(read(table, "billing")).toMatchObject({
      status: "ok",
      due: 40,
      out: 40,
      backlog: { value: 40, provenance: "measured" },
    });
    // 40 messages at 30 a second: the first unread was written 4/3 s ago.
    const { latency } = read(table, "billing");
    expect(latency.provenance).toBe("interpolated");
    expect(latency.value).toBeCloseTo(1_333, -2);
    expect(table.sampled!.derived.positions.latencyMs[1]).toBe(0);
  });

  it("knows no rate from one sample, and a lower bound of the latency", () => {
    const table = tableOf();
    table.accept(observe(layout, sampleAt(0)), COST);
    expect(read(table, "billing")).toMatchObject({
      status: "unknown",
      due: null,
      out: null,
      latency: { value: 0, provenance: "atLeast" },
    });
  });

  it("calls a sum with an unknown part a lower bound", () => {
    const table = tableOf();
    const sample = sampleAt(5);
    table.accept(observe(layout, { ...sample, head: { "orders/0": 250 } }), COST);
    expect(read(table, "billing").backlog).toMatchObject({ value: 40, provenance: "atLeast" });
    // Nobody knows where the reader of a lane without a commit will begin.
    table.accept(observe(layout, { ...sampleAt(6), position: { "billing orders/0": 240 } }), COST);
    expect(read(table, "billing").backlog).toMatchObject({ value: 40, provenance: "atLeast" });
    table.accept(observe(layout, { ...sampleAt(7), position: none }), COST);
    expect(read(table, "billing")).toMatchObject({
      backlog: { value: null },
      latency: { value: null },
      status: "unknown",
    });
  });

  it("calls the oldest age a lower bound when any lane's age is one", () => {
    const table = tableOf();
    // Lane 0: unread since before the first sample. Lane 1: a bracketed age that is larger than what lane 0 proves.
    const at = (second: number, head0: number) => ({
      at: second * 1_000,
      head: { "orders/0": head0, "orders/1": 10 + second },
      floor: 0,
      position: { "billing orders/0": 5, "billing orders/1": 11 },
    });
    table.accept(observe(layout, at(0, none)), COST);
    for (const second of seconds(1, 8))
      table.accept(observe(layout, at(second, second < 4 ? none : 50)), COST);
    const { latencyMs } = table.sampled!.derived.positions;
    expect(latencyMs[1]).toBeGreaterThan(latencyMs[0]!);
    expect(read(table, "billing").latency).toMatchObject({ value: latencyMs[1], provenance: "atLeast" });
  });

  it("takes the age that was looked up outside the history, and no stamp that what was seen proves wrong", () => {
    const table = tableOf();
    const at = (ms: number, unreadSince: number): SampleText => ({
      at: ms,
      head: { "orders/0": 100, "orders/1": 50 },
      floor: 0,
      position: { "billing orders/0": 60, "billing orders/1": 50 },
      unreadSince: { "billing orders/0": unreadSince },
    });
    table.accept(observe(layout, at(10_000, none)), COST);
    expect(read(table, "billing").latency).toMatchObject({ value: 0, provenance: "atLeast" });
    table.accept(observe(layout, at(11_000, 2_500)), COST);
    expect(read(table, "billing").latency).toMatchObject({ value: 8_500, provenance: "measured" });
    // Stamped later than the first sample, which saw the message.
    table.accept(observe(layout, at(12_000, 11_500)), COST);
    expect(read(table, "billing").latency).toMatchObject({ value: 2_000, provenance: "atLeast" });
  });

  it("goes on from the age that was looked up when a position has moved a little since", () => {
    const table = tableOf();
    const at = (ms: number, position: number, unreadSince: number): SampleText => ({
      at: ms,
      head: { "orders/0": 1_000, "orders/1": 50 },
      floor: 0,
      position: { "billing orders/0": position, "billing orders/1": 50 },
      unreadSince: { "billing orders/0": unreadSince },
    });
    table.accept(observe(layout, at(100_000, 0, none)), COST);
    table.accept(observe(layout, at(101_000, 0, 1_000)), COST);
    expect(read(table, "billing").latency).toMatchObject({ value: 100_000, provenance: "measured" });
    // A tenth of the way to the head, which is as of now.
    table.accept(observe(layout, at(102_000, 100, none)), COST);
    expect(read(table, "billing").latency).toMatchObject({ value: 90_900, provenance: "interpolated" });
    expect(table.unaged(), "to be looked up again all the same").toEqual([0]);
    // Back before what was looked up, or long after it: only what the history proves.
    table.accept(observe(layout, at(103_000, 100, 11_000)), COST);
    table.accept(observe(layout, at(104_000, 50, none)), COST);
    expect(read(table, "billing").latency).toMatchObject({ value: 4_000, provenance: "atLeast" });
    table.accept(observe(layout, at(120_000, 101, none)), COST);
    expect(read(table, "billing").latency).toMatchObject({ value: 20_000, provenance: "atLeast" });
  });

  it("catches up with the traffic of a lane that was unknown for a while", () => {
    const table = tableOf();
    for (const second of seconds(0, 20)) {
      const sample = sampleAt(second);
      const dead = second >= 12 && second < 16;
      table.accept(
        observe(layout, dead ? { ...sample, head: { "orders/1": 50 + second * 10 } } : sample),
        COST,
      );
    }
    expect(read(table, "billing").due).toBe(40);
  });

  it("keeps rates, statuses and their age over a change of topology", () => {
    const table = tableOf();
    for (const second of seconds(0, 20)) table.accept(observe(layout, sampleAt(second)), COST);
    const { since } = read(table, "billing");
    const wider = layoutOf({
      streams: { aaa: 1, orders: 3 },
      consumers: { audit: ["aaa"], billing: ["orders/2", "orders/0", "orders/1"] },
    });
    const sample = sampleAt(21);
    table.accept(
      observe(wider, {
        ...sample,
        head: { ...(sample.head as object), "aaa/0": 900, "orders/2": 900 },
        position: { ...(sample.position as object), "audit aaa/0": 900, "billing orders/2": 900 },
      }),
      COST,
    );
    expect(read(table, "billing")).toMatchObject({
      status: "ok",
      since,
      due: 40,
      out: 40,
      backlog: { value: 40 },
    });
    expect(read(table, "billing").latency.provenance).toBe("interpolated");
    expect(read(table, "audit")).toMatchObject({ due: null, backlog: { value: 0 } });
    expect(table.rowOf("src:billing")).toBe(1);
    expect(table.rowOf("src:nobody")).toBe(-1);
    const { columns } = table.series.block(["src:billing"], -1);
    expect(columns.backlog).toHaveLength(22);
    expect(columns.backlog?.at(-1)).toBe(40);
  });

  it("restarts no rate when a consumer goes and comes back", () => {
    const table = tableOf();
    const without = layoutOf({ streams: { orders: 2 }, consumers: {} });
    for (const second of seconds(0, 12)) table.accept(observe(layout, sampleAt(second)), COST);
    table.accept(observe(without, sampleAt(13)), COST);
    table.accept(observe(layout, sampleAt(14)), COST);
    expect(read(table, "billing").due).toBeNull();
    table.accept(observe(layout, sampleAt(15)), COST);
    expect(read(table, "billing").due).toBe(40);
  });

  it("remembers when a status began", () => {
    const table = tableOf();
    for (const second of seconds(0, 60)) table.accept(observe(layout, sampleAt(second)), COST);
    const since = read(table, "billing").since;
    table.accept(observe(layout, sampleAt(61)), COST);
    expect(read(table, "billing").since).toBe(since);
    table.accept(observe(layout, { ...sampleAt(62), floor: 100_000, position: 1, head: 100_001 }), COST);
    expect(read(table, "billing")).toMatchObject({ status: "losing", since: 62_000 });
  });
});

describe("a source that reports its numbers (JetStream, core)", () => {
  const layout = layoutOf({
    streams: { EVENTS: { lanes: 1, kind: "jetstream" }, core: { lanes: 1, kind: "core" } },
    consumers: {
      worker: { reads: ["EVENTS"], kind: "pull consumer" },
      narrow: { reads: ["EVENTS"], kind: "pull consumer", filtered: true },
      app: { reads: ["core"], kind: "connection", backlogUnit: "bytes" },
    },
  });
  const sampleAt = (second: number): SampleText => ({
    at: second * 1_000,
    head: { "EVENTS/0": 1_000 + second * 20 },
    floor: { "EVENTS/0": 1 },
    position: { "worker EVENTS/0": 900 + second * 20, "narrow EVENTS/0": 500 },
    backlog: { "worker EVENTS/0": 100, "narrow EVENTS/0": 7, "app core/0": 4_096 },
    inFlight: { "worker EVENTS/0": 30, "narrow EVENTS/0": 0 },
    inTotal: { core: 5_000 + second * 50 },
    outOfStream: { core: 9_000 + second * 60 },
    dueTotal: { worker: 1_000 + second * 20, narrow: 10 + second, app: 300 + second * 5 },
    outTotal: { worker: 900 + second * 20, narrow: 3 + second, app: 300 + second * 5 },
  });

  const filled = () => {
    const table = tableOf("nats");
    for (const second of seconds(0, 20)) table.accept(observe(layout, sampleAt(second)), COST);
    return table;
  };

  it("takes backlog and totals as reported, and the latency from the heads", () => {
    const table = filled();
    expect(read(table, "worker")).toMatchObject({ due: 20, out: 20, backlog: { value: 100 }, status: "ok" });
    expect(read(table, "worker").latency.value).toBeCloseTo(5_000, -2);
    expect(read(table, "app")).toMatchObject({ due: 5, out: 5, backlog: { value: 4_096 } });
    expect(table.sampled!.derived.consumers.inFlight[0]).toBe(30);
  });

  it("says nothing about when a filtered consumer's first unread message was written", () => {
    expect(read(filled(), "narrow")).toMatchObject({
      backlog: { value: 7 },
      latency: { provenance: "unknown" },
      due: 1,
    });
  });

  it("takes the age of a filtered consumer's first unread message from a look at it, and estimates while it moves on", () => {
    const table = filled();
    const look = (second: number, position: number, unreadSince: number) => {
      const sample = { ...sampleAt(second), unreadSince: { "narrow EVENTS/0": unreadSince } };
      const positions = { ...(sample.position as Record<string, number>), "narrow EVENTS/0": position };
      table.accept(observe(layout, { ...sample, position: positions }), COST);
      return read(table, "narrow").latency;
    };
    expect(look(21, 500, 1_000)).toMatchObject({ value: 20_000, provenance: "measured" });
    // Moved on, and not looked at again: between that message's time and now, as far on as the position is.
    const head = 1_000 + 22 * 20;
    const share = (700 - 500) / (head - 500);
    const moved = look(22, 700, none);
    expect(moved).toMatchObject({ provenance: "interpolated" });
    expect(moved.value).toBeCloseTo(22_000 - (1_000 + 21_000 * share), 0);
    expect(look(33, 710, none), "the look is too long ago").toMatchObject({ provenance: "unknown" });
  });

  it("does not call standing still what is held by one message while others are finished", () => {
    const statusAfter = (outPerSecond: number) => {
      const table = tableOf("nats");
      for (const second of seconds(0, 90)) {
        const sample = sampleAt(second);
        const position = { ...(sample.position as Record<string, number>), "worker EVENTS/0": 900 };
        const outTotal = { worker: 900 + second * outPerSecond, narrow: 3, app: 300 };
        table.accept(observe(layout, { ...sample, position, outTotal }), COST);
      }
      return read(table, "worker").status;
    };
    expect(statusAfter(20), "the first of them has waited for long").toBe("late");
    expect(statusAfter(0)).toBe("stalled");
  });

  it("takes the system's word for what was lost unread, by rows", () => {
    const table = tableOf("nats");
    const lost = { "worker EVENTS/0": 0, "narrow EVENTS/0": 3 };
    for (const second of seconds(0, 20)) {
      table.accept(observe(layout, { ...sampleAt(second), floor: { "EVENTS/0": 950 }, lost }), COST);
    }
    expect(read(table, "worker").status).toBe("ok");
    expect(read(table, "narrow").status).toBe("losing");
  });

  it("counts what a stream takes in once, whichever way it is known", () => {
    const { streams } = filled().sampled!.derived;
    expect([...streams.inPerSecond]).toEqual([20, 50]);
    expect([...streams.outPerSecond]).toEqual([20 + 1, 60]);
    // A stream that counts itself and has lanes as well.
    const table = tableOf("grpc");
    const both = layoutOf({ streams: { m: { lanes: 1, kind: "method" } }, consumers: {} });
    table.accept(observe(both, { at: 0, head: 10, inTotal: 100 }), COST);
    table.accept(observe(both, { at: 1_000, head: 15, inTotal: 107 }), COST);
    expect(table.sampled!.derived.streams.inPerSecond[0]).toBe(7);
  });

  it("keeps what is not known this time apart from 0", () => {
    const table = filled();
    table.accept(
      observe(layout, {
        at: 21_000,
        backlog: none,
        inFlight: none,
        inTotal: none,
        outOfStream: none,
        dueTotal: none,
        outTotal: none,
      }),
      COST,
    );
    expect(read(table, "worker")).toMatchObject({
      due: null,
      out: null,
      backlog: { value: null, provenance: "unknown" },
      latency: { value: null },
      status: "unknown",
    });
    const { columns } = table.series.block(["src:worker"], 0);
    expect(columns.backlog?.slice(-2)).toEqual([100, null]);
    expect(columns.due?.slice(-2)).toEqual([20, null]);
    table.accept(observe(layout, sampleAt(22)), COST);
    expect(read(table, "worker")).toMatchObject({ due: 20, out: 20, backlog: { value: 100 } });
  });

  it("takes the system's word for blocked, paused and redelivering", () => {
    const table = tableOf("nats");
    for (const second of seconds(0, 20)) {
      const sample = sampleAt(second);
      table.accept(
        observe(layout, {
          ...sample,
          position: { "worker EVENTS/0": 900, "narrow EVENTS/0": 500 + second },
          outTotal: { worker: 900, narrow: 3 + second, app: 300 + second * 5 },
          flags: { worker: "blocked", narrow: "redelivering", app: "paused" },
        }),
        COST,
      );
    }
    expect(["worker", "narrow", "app"].map((name) => read(table, name).status)).toEqual([
      "blocked",
      "redelivering",
      "paused",
    ]);
  });
});

describe("a source that reports latency, with lanes that come and go (gRPC)", () => {
  const withCalls = (...calls: number[]) => {
    const layout = layoutOf({
      streams: { "/pkg.S/Feed": { lanes: Math.max(0, ...calls) + 1, kind: "method" } },
      consumers: {
        "peer a": { reads: calls.map((call) => `/pkg.S/Feed/${call}`), kind: "peer", streams: [0] },
      },
    });
    return layout;
  };
  // The name of the stream has slashes, so lanes are addressed by one value for all here.
  const sample = (second: number): SampleText => ({
    at: second * 1_000,
    inTotal: 1_000 + second * 8,
    dueTotal: 1_000 + second * 8,
    outTotal: 990 + second * 8,
    backlog: 10,
    latencyMs: 250,
    position: 990 + second * 8,
    head: 1_000 + second * 8,
  });

  it("shows the reported latency as measured, and totals of a method without a live call", () => {
    const table = tableOf("grpc");
    const idle = withCalls();
    for (const second of seconds(0, 12)) table.accept(observe(idle, sample(second)), COST);
    expect(read(table, "peer a")).toMatchObject({
      due: 8,
      out: 8,
      backlog: { value: null },
      latency: { value: null },
    });
    const { streams } = table.sampled!.derived;
    expect(streams.inPerSecond[0]).toBe(8);
    expect(streams.outPerSecond[0]).toBe(8);

    const live = layoutOf({
      streams: { "/pkg.S/Feed": { lanes: 1, kind: "method" } },
      consumers: { "peer a": { reads: [], kind: "peer", streams: [0] } },
    });
    const one: typeof live = {
      ...live,
      positions: { count: 1, consumer: Int32Array.of(0), lane: Int32Array.of(0), start: Int32Array.of(0, 1) },
    };
    table.accept(observe(one, sample(13)), COST);
    expect(read(table, "peer a")).toMatchObject({
      due: 8,
      out: 8,
      backlog: { value: 10 },
      latency: { value: 250, provenance: "measured" },
    });
  });
});

describe("the health of a source", () => {
  const layout = layoutOf({ streams: { orders: 1 }, consumers: { billing: ["orders"] } });
  const sampleAt = (at: number) => observe(layout, { at, head: 1, position: 1 });

  it("is waiting, live, late, lost, refused, and live again", () => {
    const table = tableOf();
    expect(new SourceSnapshot(table, 0).status).toBe("waiting");
    expect(new SourceSnapshot(table, 0).isCurrent).toBe(false);
    table.accept(sampleAt(1_000), COST);
    expect(new SourceSnapshot(table, 3_000).status).toBe("live");
    expect(new SourceSnapshot(table, 3_001).status).toBe("late");
    table.fail(failure("UNREACHABLE"));
    expect(new SourceSnapshot(table, 1_001).status).toBe("lost");
    table.fail(failure("AUTH"));
    expect(new SourceSnapshot(table, 1_001).status).toBe("refused");
    table.accept(sampleAt(9_000), COST);
    expect(new SourceSnapshot(table, 9_000).status).toBe("live");
    expect(table.lastFailure?.code).toBe("AUTH");
    table.skip();
    expect(table.counts).toEqual({ taken: 2, failed: 2, skipped: 1 });
  });

  it("is believed while late, until five intervals are gone or it fails", () => {
    const table = tableOf();
    table.accept(sampleAt(0), COST);
    expect([2_000, 5_000, 5_001].map((now) => new SourceSnapshot(table, now).isCurrent)).toEqual([
      true,
      true,
      false,
    ]);
    table.fail(failure("TIMEOUT"));
    expect(new SourceSnapshot(table, 1).isCurrent).toBe(false);
  });

  it("keeps the last 1,000 events", () => {
    const table = tableOf();
    for (let n = 0; n < 600; n++) {
      table.accept(
        observe(layout, {
          at: n * 1_000,
          head: 1,
          events: [
            { at: n, kind: "x", title: `a${n}` },
            { at: n, kind: "x", title: `b${n}` },
          ],
        }),
        COST,
      );
    }
    expect(table.events).toHaveLength(1_000);
    expect(table.events.at(-1)?.title).toBe("b599");
  });

  it("drops the series of consumers that are gone, in time", () => {
    const table = tableOf();
    table.accept(sampleAt(0), COST);
    const empty = layoutOf({ streams: { orders: 1 }, consumers: {} });
    for (let n = 1; n <= 300; n++) table.accept(observe(empty, { at: n * 1_000, head: 1 }), COST);
    expect(table.series.block(["src:billing"], -1).columns.backlog?.every((value) => value === null)).toBe(
      true,
    );
  });
});

describe("what someone looks at", () => {
  const layout = layoutOf({ streams: { t: 1 }, consumers: { seen: ["t"], other: ["t"] } });
  const sampleAt = (second: number): SampleText => ({
    at: second * 1_000,
    head: { "t/0": second * 10 },
    floor: 0,
    position: { "seen t/0": second * 10 - 5, "other t/0": second * 10 - 5 },
  });
  const between = {
    at: 20_250,
    head: { "t/0": 204 },
    floor: 0,
    position: { "seen t/0": 202, "other t/0": 195 },
  };

  function filled(): FedTable {
    const table = tableOf();
    for (const second of seconds(0, 20)) table.accept(observe(layout, sampleAt(second)), COST);
    return table;
  }

  it("shows a newer backlog and age of that consumer, and counts nothing twice", () => {
    const table = filled();
    table.acceptFocus(observe(layout, between), ["seen", "nobody"]);
    const newest = table.sampledFor(0)!;
    expect(newest.intervalMs).toBe(250);
    expect(backlogOf(newest.sampled, 0)).toEqual({ value: 2, provenance: "measured" });
    // Written since the last sample of all: between the two.
    expect(latencyOf(newest.sampled, 0)).toMatchObject({ provenance: "interpolated" });
    expect(latencyOf(newest.sampled, 0).value).toBeLessThan(250);
    expect(table.sampledFor(1)).toEqual({ sampled: table.sampled, intervalMs: 1_000 });
    expect(backlogOf(table.sampled!, 1)).toEqual({ value: 5, provenance: "measured" });
    table.accept(observe(layout, sampleAt(21)), COST);
    expect(read(table, "seen")).toMatchObject({ due: 10, out: 10, backlog: { value: 5 } });
    // The last look was 750 ms ago: nobody looks any more.
    expect(table.sampledFor(0)!.intervalMs).toBe(1_000);
  });

  it("goes on being sampled every 250 ms when it is the turn of everything", () => {
    const table = filled();
    table.acceptFocus(observe(layout, { ...between, at: 20_750 }), ["seen"]);
    table.accept(observe(layout, sampleAt(21)), COST);
    expect(table.sampledFor(0)).toEqual({ sampled: table.sampled, intervalMs: 250 });
  });

  it("tells of whom it has news, and changes the version of those pages alone", () => {
    const table = filled();
    const versions = () => [table.version, table.versionOf(0), table.versionOf(1)];
    const look = (change: Partial<typeof between>) =>
      table.acceptFocus(observe(layout, { ...between, ...change }), ["seen", "other"]);
    const before = versions();
    // As the sample of all told it, read again.
    expect(table.acceptFocus(observe(layout, { ...sampleAt(20), at: 20_000 }), ["seen", "other"])).toEqual(
      [],
    );
    expect(versions()).toEqual(before);
    // One of them moves on, and what waits for the other is older by now.
    const head = { "t/0": 200 };
    expect(look({ head, position: { "seen t/0": 196, "other t/0": 195 } })).toEqual([
      "src:seen",
      "src:other",
    ]);
    expect(versions()[0]).toBe(before[0]);
    expect(versions()[1]).not.toBe(before[1]);
    const met = { head: { "t/0": 300 }, position: { "seen t/0": 300, "other t/0": 300 } };
    expect(look({ at: 20_500, ...met })).toHaveLength(2);
    expect(look({ at: 20_750, ...met }), "nothing waits, nothing ages").toEqual([]);
    expect(look({ at: 20_800, ...met, position: { ...met.position, "other t/0": 299 } })).toEqual([
      "src:other",
    ]);
    expect(look({ at: 20_900, ...met, head: { "t/0": 301 } })).toHaveLength(2);
  });

  it("is too late for another layout", () => {
    const table = filled();
    const old = observe(layout, between);
    const next = layoutOf({ streams: { t: 1 }, consumers: { seen: ["t"] } });
    table.accept(observe(next, { at: 21_000, head: 210, floor: 0, position: 205 }), COST);
    table.acceptFocus(old, ["seen"]);
    expect(backlogOf(table.sampledFor(0)!.sampled, 0)).toMatchObject({ value: 5 });
  });
});
