import { describe, expect, it } from "vitest";
import type { Sample } from "../../sample/sample.ts";
import { shown } from "../facts.fixture.ts";
import { consumerEntry, streamEntry } from "./jetstream/entries.fixture.ts";
import type { ConsumerEntry, StreamEntry } from "./jetstream/entries.ts";
import type { Part, Snapshot, StreamPart } from "./jetstream/snapshot.ts";
import { mergeStreams, NOTHING_SEEN } from "./jetstream/snapshot.ts";
import { mapSnapshot } from "./mapper.ts";
import { natsWords } from "./words.ts";

const unknown = Number.NaN;
const none = Number.POSITIVE_INFINITY;

const snapshotOf = (entry: StreamEntry, ...consumers: ConsumerEntry[]): Snapshot => ({
  streams: [{ account: "", entry, consumers }],
  core: null,
});
const laneOf = (entry: StreamEntry) => {
  const { lanes, streams } = mapSnapshot(snapshotOf(entry), null);
  const first = (column: Float64Array | null) => column?.[0];
  return {
    messageBytes: first(lanes.messageBytes),
    replicas: first(lanes.replicas),
    inSync: first(lanes.inSync),
    retention: [first(streams.retentionMs), first(streams.retentionBytes), first(streams.retentionMessages)],
  };
};
const replica = (name: string, current: boolean, offline: boolean) => ({
  ...{ name, current, offline },
  ...{ lag: 0, activeMs: 1 },
});

describe("a lane", () => {
  it("tells the mean size of its messages, unknown where it holds none", () => {
    expect(laneOf(streamEntry({ messages: 4, bytes: 100 })).messageBytes).toBe(25);
    expect(laneOf(streamEntry({ messages: 0, bytes: 0 })).messageBytes).toBeNaN();
  });

  it.each([
    ["alone", null, unknown, unknown],
    [
      "with all of its copies",
      { leader: "a", replicas: [replica("b", true, false), replica("c", true, false)] },
      3,
      3,
    ],
    [
      "with one behind and one gone",
      { leader: "a", replicas: [replica("b", false, false), replica("c", true, true)] },
      3,
      1,
    ],
    [
      "without a leader",
      { leader: "", replicas: [replica("b", true, false), replica("c", true, false)] },
      3,
      2,
    ],
  ])("tells how many copies are in sync: %s", (_, cluster, replicas, inSync) => {
    expect(laneOf(streamEntry({ cluster, config: { replicas: 3 } }))).toMatchObject({ replicas, inSync });
  });

  it("tells how many messages it holds, without those deleted in between", () => {
    const stream = streamEntry({ firstSeq: 1, lastSeq: 10, messages: 7, deleted: 3 });
    expect(mapSnapshot(snapshotOf(stream), null).streams.held?.[0]).toBe(7);
  });

  it("tells what removes its oldest messages", () => {
    const limits = { maxAgeMs: 1, maxBytes: 2, maxMessages: 3 };
    expect(laneOf(streamEntry({ config: limits })).retention).toEqual([1, 2, 3]);
    expect(laneOf(streamEntry()).retention).toEqual([none, none, none]);
  });
});

describe("what a consumer has lost", () => {
  const limited = (firstSeq: number, asOf = 1_000) =>
    streamEntry({ firstSeq, asOf, config: { maxMessages: 9 } });
  const at = (ackFloorStreamSeq: number, deliveredStreamSeq: number, change = {}) =>
    consumerEntry({ ackFloorStreamSeq, deliveredStreamSeq, numPending: 9, ...change });
  const lostOf = (snapshots: readonly Snapshot[]) => {
    let mapped: ReturnType<typeof mapSnapshot> | null = null;
    for (const snapshot of snapshots) mapped = mapSnapshot(snapshot, mapped);
    return mapped!.positions.lost[0];
  };

  it("stays told while it is delivered more but has not got past it", () => {
    const before = snapshotOf(limited(51), at(40, 40));
    // Two that it was given again hide two that were passed over.
    const later = snapshotOf(limited(51), at(40, 60, { deliveredConsumerSeq: 112 }));
    expect(lostOf([before])).toBe(10);
    expect(lostOf([later])).toBe(8);
    expect(lostOf([before, later])).toBe(10);
    expect(lostOf([before, snapshotOf(limited(51), at(60, 60))])).toBe(0);
  });

  it("is not that of another one of the same name", () => {
    const anew = at(40, 60, { deliveredConsumerSeq: 112, createdAt: "2027-01-01T00:00:00Z" });
    expect(lostOf([snapshotOf(limited(51), at(40, 40)), snapshotOf(limited(51), anew)])).toBe(8);
  });

  it("is not guessed from a floor that was read after the consumer", () => {
    const before = snapshotOf(limited(31), at(40, 40));
    expect(lostOf([before, snapshotOf(limited(51, 2_000), at(40, 40))])).toBe(0);
    expect(lostOf([before, snapshotOf(limited(51, 2_000), at(40, 40, { asOf: 2_000 }))])).toBe(10);
  });

  it("is not told by sequences where it reads only some", () => {
    const filtered = (floor: number) => snapshotOf(limited(floor), at(40, 40, { filter: "orders.paid" }));
    expect(lostOf([filtered(51)])).toBeNaN();
    expect(lostOf([filtered(41)])).toBe(0);
  });
});

describe("rows", () => {
  it("are those of its own account first, then by account and stream", () => {
    const part = (...names: string[]) => ({
      items: names.map((name) => ({
        entry: streamEntry({ name }),
        consumers: { items: [consumerEntry()], missing: [] },
      })),
      missing: [],
    });
    const parts = new Map([
      ["B", part("Y", "X")],
      ["", part("X")],
      ["A", part("Z")],
    ]);
    const streams = mergeStreams(parts, NOTHING_SEEN);
    const { layout } = mapSnapshot({ streams, core: null }, null);
    expect(layout.streams.map(({ key, name, account }) => [key, name, account])).toEqual([
      ["X", "X", undefined],
      ["A/Z", "Z", "A"],
      ["B/X", "X", "B"],
      ["B/Y", "Y", "B"],
    ]);
    expect(layout.consumers.map(({ key }) => key)).toEqual([
      "X.billing",
      "A/Z.billing",
      "B/X.billing",
      "B/Y.billing",
    ]);
    const lostOne = new Map<string, Part<StreamPart>>([
      ["", part("X")],
      ["B", "failed"],
    ]);
    const failed = mergeStreams(lostOne, { streams, core: null });
    expect(failed.map(({ account, entry }) => [account, entry.lastSeq])).toEqual([
      ["", 100],
      ["B", unknown],
      ["B", unknown],
    ]);
  });

  it("say how a stream is fed", () => {
    const origin = (name: string) => ({ name, lag: 0, activeMs: 1, external: "", error: "" });
    const detail = (change: Partial<StreamEntry>) =>
      mapSnapshot(snapshotOf(streamEntry(change)), null).layout.streams[0]!.detail;
    expect(detail({ subjects: "a b.>" })).toBe("a, b.>");
    expect(detail({ subjects: "", mirror: origin("M") })).toBe("mirror of M");
    expect(detail({ sources: [origin("A"), origin("B")] })).toBe("orders.>, from A, B");
    expect(detail({ subjects: "", sources: [origin("A")] })).toBe("from A");
    expect(detail({ subjects: "" })).toBe("nothing feeds it");
  });

  it("of streams that stay the same are taken over when others change", () => {
    const one = (name: string, ...consumers: ConsumerEntry[]) => ({
      ...{ account: "", entry: streamEntry({ name }), consumers },
    });
    const stays = one("A", consumerEntry());
    const first = mapSnapshot({ streams: [stays, one("B", consumerEntry())], core: null }, null);
    const ephemeral = consumerEntry({ name: "brief" });
    const later = mapSnapshot({ streams: [stays, one("B", consumerEntry(), ephemeral)], core: null }, first);
    expect(later.layout).not.toBe(first.layout);
    expect(later.layout.consumers[0]).toBe(first.layout.consumers[0]);
    expect(later.layout.consumers.map(({ key }) => key)).toEqual(["A.billing", "B.billing", "B.brief"]);
    expect(later.layout.consumers.map(({ streams }) => streams[0])).toEqual([0, 1, 1]);
  });

  it("are others where a stream was made anew", () => {
    const first = mapSnapshot(snapshotOf(streamEntry()), null);
    const anew = mapSnapshot(snapshotOf(streamEntry({ createdAt: "2027-01-01T00:00:00Z" })), first);
    expect(anew.layout).not.toBe(first.layout);
    expect(anew.layout.streams[0]).toMatchObject({ generation: "2027-01-01T00:00:00Z" });
    expect(mapSnapshot(snapshotOf(streamEntry({ lastSeq: 200 })), first).layout).toBe(first.layout);
  });

  it("know their facts and reasons by row, and rows that are none of JetStream's have none", () => {
    const snapshot = {
      streams: ["A", "B"].map((name) => ({
        ...{ account: "", entry: streamEntry({ name, consumerCount: 2 }) },
        consumers: [
          consumerEntry({ name: `${name}1` }),
          consumerEntry({ name: `${name}2`, numRedelivered: 7 }),
        ],
      })),
      core: null,
    };
    const { layout, streams, consumers, details } = mapSnapshot(snapshot, null);
    const sample = {
      layout,
      streams,
      consumers,
      details: { ...details, heard: new Map() },
    } as unknown as Sample;
    const { streamFacts, consumerFacts, explain } = natsWords;
    expect(shown(streamFacts(sample, 1))).toMatchObject({ Consumers: "2" });
    expect(streamFacts(sample, 2)).toEqual([]);
    expect(shown(consumerFacts(sample, 3))).toMatchObject({ Redelivered: "7" });
    expect(consumerFacts(sample, 4)).toEqual([]);
    expect(explain(sample, 3, "redelivering")).toMatch(/^7 messages/);
    expect(explain(sample, 2, "redelivering")).toBeNull();
  });
});

it("calls a consumer blocked at its limit, however little waits behind", () => {
  const flagsOf = (change: object) =>
    mapSnapshot(snapshotOf(streamEntry(), consumerEntry(change)), null).consumers.flags![0];
  expect(flagsOf({ maxAckPending: 5, numAckPending: 5, numPending: 0 })).toBe(1);
  expect(flagsOf({ maxAckPending: 5, numAckPending: 4, numPending: 9 })).toBe(0);
  expect(flagsOf({ maxAckPending: none, numAckPending: 9_999 })).toBe(0);
});

describe("what a consumer was due and has finished", () => {
  type Step = Partial<
    Pick<ConsumerEntry, "deliveredConsumerSeq" | "deliveredStreamSeq" | "numAckPending" | "numPending">
  >;
  const grown = (from: Step, to: Step) => {
    const at = (step: Step) => snapshotOf(streamEntry({}), consumerEntry({ numPending: 0, ...step }));
    const first = mapSnapshot(at(from), null);
    const { consumers } = mapSnapshot(at(to), first);
    const by = (column: "dueTotal" | "outTotal") => consumers[column]![0]! - first.consumers[column]![0]!;
    return { due: by("dueTotal"), out: by("outTotal") };
  };
  const from = { deliveredConsumerSeq: 100, deliveredStreamSeq: 1_000, numAckPending: 4 };

  it("goes on while one message holds the ack floor", () => {
    const to = { deliveredConsumerSeq: 150, deliveredStreamSeq: 1_050, numAckPending: 4 };
    expect(grown(from, to)).toEqual({ due: 50, out: 50 });
  });

  it("does not grow with what is delivered again", () => {
    expect(grown(from, { ...from, deliveredConsumerSeq: 190 })).toEqual({ due: 0, out: 0 });
    const to = { deliveredConsumerSeq: 190, deliveredStreamSeq: 1_010, numAckPending: 4 };
    expect(grown(from, to)).toEqual({ due: 10, out: 10 });
  });

  it("does not grow with what a filter or a gap leaves out", () => {
    const to = { deliveredConsumerSeq: 110, deliveredStreamSeq: 9_000, numAckPending: 4 };
    expect(grown(from, to)).toEqual({ due: 10, out: 10 });
  });

  it("is due when it is written, and finished when it is acknowledged", () => {
    expect(grown(from, { ...from, numPending: 7 })).toEqual({ due: 7, out: 0 });
    expect(grown(from, { ...from, numAckPending: 1 })).toEqual({ due: 0, out: 3 });
  });
});
