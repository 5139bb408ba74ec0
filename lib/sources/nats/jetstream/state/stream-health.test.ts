import { describe, expect, it } from "vitest";
import type { GivenUp } from "../../advisories/given-up.ts";
import { consumerEntry, streamEntry } from "../entries.fixture.ts";
import type { ConsumerEntry, OriginEntry, StreamEntry } from "../entries.ts";
import type { StreamSnapshot } from "../snapshot.ts";
import { copiesOf, lookAtStreams, type StreamHealth } from "./stream-health.ts";

const of = (entry: StreamEntry, ...consumers: ConsumerEntry[]): StreamSnapshot => ({
  ...{ account: "", entry, consumers },
});

/** What the last of some samples shows, by row. */
function shown(samples: readonly (readonly StreamSnapshot[])[], givenUp: readonly GivenUp[] = []) {
  let health: StreamHealth | null = null;
  for (const streams of samples) health = lookAtStreams({ streams, core: null }, health, () => givenUp);
  return health!;
}
const signalsOf = (...samples: StreamSnapshot[]) => shown(samples.map((one) => [one])).signals.get(0) ?? [];

describe("a limit that refuses", () => {
  const full = { discard: "new", maxMessages: 10 };
  it.each([
    ["full", { messages: 10, config: full }, { what: "messages", held: 10, limit: 10, refusing: true }],
    ["nearly full", { messages: 9, config: full }, { what: "messages", held: 9, limit: 10, refusing: false }],
    [
      "no room for another one",
      { messages: 10, bytes: 950, config: { discard: "new", maxBytes: 1_000 } },
      { what: "bytes", held: 950, limit: 1_000, refusing: true },
    ],
    [
      "of one subject",
      {
        messages: 15,
        subjectCount: 3,
        config: { discard: "new", discardPerSubject: true, maxPerSubject: 5 },
      },
      { what: "messages", held: 5, limit: 5, refusing: true },
    ],
  ])("%s", (_, change, signal) => {
    expect(signalsOf(of(streamEntry(change)))).toEqual([{ kind: "limit", ...signal }]);
  });

  it.each([
    ["room", { messages: 8, config: full }],
    ["the oldest go instead", { messages: 10, config: { maxMessages: 10 } }],
    ["sealed", { messages: 10, config: { ...full, sealed: true } }],
    [
      "made to refuse duplicates",
      { messages: 3, subjectCount: 3, config: { discard: "new", discardPerSubject: true, maxPerSubject: 1 } },
    ],
    ["not known", { messages: Number.NaN, bytes: Number.NaN, config: full }],
  ])("is none: %s", (_, change) => {
    expect(signalsOf(of(streamEntry(change)))).toEqual([]);
  });
});

describe("messages that no consumer can get", () => {
  const queue = (messages: number, lastSeq: number, asOf = 1_000) =>
    streamEntry({ messages, lastSeq, asOf, config: { retention: "workqueue" } });
  const left = (numPending: number, numAckPending = 0, asOf = 1_000) =>
    consumerEntry({ numPending, numAckPending, asOf });

  it("are those that none of them counts", () => {
    expect(signalsOf(of(queue(15, 15), left(5)), of(queue(15, 15), left(4, 1)))).toEqual([
      { kind: "unread", messages: 10, atLeast: false, consumers: 1 },
    ]);
  });

  it("are all where there is no consumer", () => {
    const entry = { ...queue(7, 7), consumerCount: 0 };
    expect(signalsOf(of(entry))).toEqual([{ kind: "unread", messages: 7, atLeast: false, consumers: 0 }]);
  });

  it("are at least so many while it is at work", () => {
    // Twelve came between the samples, and two of them were done with before the consumer was asked again.
    expect(signalsOf(of(queue(15, 15), left(5)), of(queue(25, 27), left(13)))).toEqual([
      { kind: "unread", messages: 8, atLeast: true, consumers: 1 },
    ]);
    expect(signalsOf(of(queue(100, 100), left(100)), of(queue(100, 200), left(90)))).toEqual([]);
  });

  it("are not told before it was seen twice, nor from consumers that were asked before", () => {
    expect(signalsOf(of(queue(15, 15), left(5)))).toEqual([]);
    expect(signalsOf(of(queue(15, 15, 2_000), left(5)), of(queue(15, 15, 3_000), left(5)))).toEqual([]);
  });

  it("are no such thing where messages stay anyway", () => {
    const log = streamEntry({ messages: 15 });
    expect(signalsOf(of(log, left(0)), of(log, left(0)))).toEqual([]);
  });

  it("are told apart from those that were given up", () => {
    const sample = [of(queue(15, 15), left(0))];
    const { signals } = shown([sample, sample], [{ consumer: "billing", messages: 5, lastAt: 900 }]);
    expect(signals.get(0)).toEqual([
      { kind: "given-up", messages: 5, by: "billing", lastAt: 900 },
      { kind: "unread", messages: 10, atLeast: false, consumers: 1 },
    ]);
    const cleared = [of(queue(0, 15), left(0))];
    expect(
      shown([cleared, cleared], [{ consumer: "b", messages: 5, lastAt: 900 }]).signals.get(0),
    ).toBeUndefined();
  });
});

describe("copies", () => {
  const replica = (name: string, change: object) => ({
    ...{ name, current: true, offline: false, lag: 0, activeMs: 1 },
    ...change,
  });
  const led = (leader: string, ...replicas: ReturnType<typeof replica>[]) =>
    of(streamEntry({ cluster: { leader, replicas }, config: { replicas: 3 } }));
  const good = [replica("b", {}), replica("c", {})];
  const offline = [replica("b", {}), replica("c", { offline: true })];
  const trailing = [replica("b", {}), replica("c", { current: false })];

  it.each([
    ["all there", [led("a", ...good)], []],
    ["one offline", [led("a", ...offline)], [{ behind: 1, leaderless: 0, missing: ["c"] }]],
    ["one trails for a moment", [led("a", ...good), led("a", ...trailing)], []],
    [
      "one trails",
      [led("a", ...trailing), led("a", ...trailing)],
      [{ behind: 1, leaderless: 0, missing: ["c"] }],
    ],
    ["one was never made", [led("a", good[0]!)], [{ behind: 1, leaderless: 0, missing: [] }]],
    ["nobody leads", [led("", ...good)], [{ behind: 0, leaderless: 1, missing: [] }]],
    [
      "nobody answers",
      [{ ...led("a", ...good), leaderless: true as const }],
      [{ behind: 1, leaderless: 1, missing: [] }],
    ],
  ])("%s", (_, samples, expected) => {
    expect(signalsOf(...samples)).toEqual(expected.map((one) => ({ kind: "copies", lanes: 1, ...one })));
  });

  it("are summed up", () => {
    const health = shown([[led("a", ...offline), led("", ...good)]]);
    expect(copiesOf(health)).toEqual([{ kind: "copies", behind: 1, leaderless: 1 }]);
    expect(copiesOf(shown([[led("a", ...good)]]))).toEqual([]);
  });
});

describe("an origin", () => {
  const mirror = (change: Partial<OriginEntry> = {}, entry: Partial<StreamEntry> = {}) =>
    streamEntry({
      ...{ name: "COPY", subjects: "", lastSeq: 57, lastAt: "2026-01-01T00:00:00Z", asOf: 100_000 },
      mirror: { name: "ORIGIN", lag: 0, activeMs: 500, external: "", error: "", ...change },
      ...entry,
    });
  const origin = (lastSeq: number, createdAt: string) =>
    streamEntry({ name: "ORIGIN", lastSeq, createdAt, asOf: 100_000 });

  it("is silent once it has not been heard of for some seconds", () => {
    expect(signalsOf(of(mirror({ activeMs: 5_000 })))).toEqual([]);
    expect(signalsOf(of(mirror({ activeMs: 9_000, external: "$JS.leaf.API" })))).toEqual([
      { kind: "origin", origin: "ORIGIN through $JS.leaf.API", trouble: "silent", heardAt: 91_000 },
    ]);
  });

  it("that was never heard of is silent after a while", () => {
    const never = { activeMs: Number.NaN };
    const later = (asOf: number) => of(mirror(never, { asOf }));
    expect(signalsOf(later(100_000), later(103_000))).toEqual([]);
    expect(signalsOf(later(100_000), later(103_000), later(107_000))).toEqual([
      { kind: "origin", origin: "ORIGIN", trouble: "silent", heardAt: Number.NaN },
    ]);
    expect(signalsOf(later(100_000), of(mirror()), later(107_000))).toEqual([]);
  });

  it("was made anew where the mirror holds what was written before it was made", () => {
    const anew = [of(mirror()), of(origin(3, "2026-01-01T00:05:00Z"))];
    expect(shown([anew]).signals.get(0)).toEqual([
      { kind: "origin", origin: "ORIGIN", trouble: "remade", heardAt: Date.parse("2026-01-01T00:00:00Z") },
    ]);
    for (const fine of [origin(3, "2025-12-31T00:00:00Z"), origin(60, "2026-01-01T00:05:00Z")]) {
      expect(shown([[of(mirror()), of(fine)]]).signals.get(0)).toBeUndefined();
    }
    const elsewhere = [of(mirror({ external: "$JS.far.API" })), of(origin(3, "2026-01-01T00:05:00Z"))];
    expect(shown([elsewhere]).signals.get(0)).toBeUndefined();
  });
});
