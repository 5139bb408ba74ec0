import { describe, expect, it } from "vitest";
import { consumerEntry, streamEntry } from "../jetstream/entries.fixture.ts";
import type { StreamSnapshot } from "../jetstream/snapshot.ts";
import { compareStreams } from "./stream-changes.ts";

type StreamChange = Parameters<typeof streamEntry>[0];
type ConsumerChange = Parameters<typeof consumerEntry>[0];

function stream(change: StreamChange = {}, ...consumers: readonly ConsumerChange[]): StreamSnapshot {
  return { account: "", entry: streamEntry(change), consumers: consumers.map((one) => consumerEntry(one)) };
}

const titles = (before: readonly StreamSnapshot[], now: readonly StreamSnapshot[]) =>
  compareStreams(before, now).map(({ title }) => title);

it("has nothing to tell of what is the same, or was not read", () => {
  const before = [stream({}, { name: "a" }, { name: "b", leader: "n1" })];
  expect(compareStreams(before, [stream({}, { name: "a" }, { name: "b", leader: "n1" })])).toEqual([]);
  const unread = stream(
    { messages: Number.NaN, lastSeq: Number.NaN, config: { maxBytes: Number.NaN } },
    { name: "a", paused: true, numPending: Number.NaN },
    { name: "b", leader: "n1" },
  );
  expect(compareStreams(before, [unread])).toEqual([]);
});

it("tells streams that came and went, and not their consumers besides", () => {
  const [a, b, c] = ["A", "B", "C"].map((name) => stream({ name }, { name: "one" }));
  expect(titles([a!, b!], [b!, c!])).toEqual(["Stream A was deleted", "Stream C was created"]);
  expect(titles([], [a!])).toEqual(["Stream A was created"]);
  expect(titles([a!], [])).toEqual(["Stream A was deleted"]);
  const anew = stream({ name: "A", createdAt: "2026-02-01T00:00:00Z" });
  expect(titles([a!], [anew])).toEqual(["Stream A was deleted and created anew"]);
});

it("tells consumers that came, went, were paused and led by another", () => {
  const before = stream(
    {},
    { name: "a" },
    { name: "b", leader: "n1" },
    { name: "c", config: { durable: false } },
  );
  const now = stream({}, { name: "a", paused: true }, { name: "b", leader: "n2" }, { name: "d" });
  expect(compareStreams([before], [now])).toMatchObject([
    { kind: "paused", stream: "ORDERS", consumer: "a", title: "Consumer a of ORDERS was paused" },
    { kind: "leader", consumer: "b", title: "b of ORDERS has another leader", before: "n1", after: "n2" },
    { kind: "deleted", consumer: "c", title: "Consumer c of ORDERS was deleted", ephemeral: true },
    { kind: "created", consumer: "d", title: "Consumer d of ORDERS was created", ephemeral: false },
  ]);
});

it.each<[string, ConsumerChange, ConsumerChange]>([
  ["Consumer a of ORDERS was paused", {}, { paused: true }],
  ["Consumer a of ORDERS was resumed", { paused: true }, {}],
  ["a of ORDERS has no leader", { leader: "n1" }, { leader: "" }],
])("tells alone: %s", (title, before, now) => {
  const one = (change: ConsumerChange) => [stream({}, { name: "a", ...change }, { name: "b" })];
  expect(titles(one(before), one(now))).toEqual([title]);
});

describe("an edit", () => {
  it.each<[StreamChange, string, string]>([
    [{ subjects: "orders.> returns.>" }, "subjects: orders.>", "subjects: orders.> returns.>"],
    [{ config: { maxAgeMs: 90_000 } }, "max age: none", "max age: 90 s"],
    [{ config: { discard: "new", sealed: true } }, "discard: old, sealed: off", "discard: new, sealed: on"],
    [{ config: { maxMessages: 1_000 } }, "max messages: none", "max messages: 1,000"],
  ])("%o says what it was and what it became", (change, before, after) => {
    expect(compareStreams([stream()], [stream(change)])).toMatchObject([
      { kind: "edited", title: "Stream ORDERS was edited", before, after },
    ]);
  });
});

describe("a stream that holds less than before", () => {
  const fell = (before: StreamChange, now: StreamChange) => titles([stream(before)], [stream(now)]);
  const purged = ["Messages of ORDERS were purged or deleted"];

  it("was purged where nothing else removes messages", () => {
    expect(fell({ messages: 5 }, { messages: 0 })).toEqual(purged);
    expect(fell({ messages: 500 }, { messages: 100 })).toEqual(purged);
  });

  it("was purged where its newest message went before its time", () => {
    const young = { config: { maxAgeMs: 3_600_000 } };
    expect(fell({ ...young, messages: 500 }, { ...young, messages: 0 })).toEqual(purged);
    expect(fell({ ...young, messages: 500 }, { ...young, messages: 100 })).toEqual([]);
    const old = { ...young, asOf: 3_599_000 };
    expect(fell({ ...young, messages: 500 }, { ...old, messages: 0 })).toEqual([]);
  });

  it("is not worth telling for a few", () => {
    expect(fell({ messages: 500 }, { messages: 490 })).toEqual([]);
    expect(fell({ messages: 2 }, { messages: 1 })).toEqual([]);
  });

  it.each<[string, StreamChange]>([
    ["readers", { config: { retention: "workqueue" } }],
    ["an age limit", { config: { maxAgeMs: 1_000 } }],
    ["its messages' own time to live", { config: { messageTtl: true } }],
  ])("may have lost them to %s", (_, change) => {
    expect(fell({ ...change, messages: 500 }, { ...change, messages: 0 })).toEqual([]);
  });
});
