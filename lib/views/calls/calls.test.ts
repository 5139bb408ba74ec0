import { describe, expect, it } from "vitest";
import { sentenceText } from "../../format/index.ts";
import { callQuery, callsQuery } from "../../model/live.ts";
import type { CallMeta } from "../../model/views.ts";
import { layoutOf, observe } from "../../pipeline/test-observation.ts";
import { ConsumerFlag } from "../../sample/consumer-flag.ts";
import { Store } from "../../store/store.ts";
import { type CallText, totalsOf, withCalls } from "../../store/test-calls.ts";
import { addSource, COST } from "../../store/test-store.ts";
import { seriesOf } from "../series.ts";
import { viewStreamPage } from "../streams/stream.ts";
import { viewCallPage } from "./call.ts";
import { callId, readCallId } from "./call-id.ts";
import { viewCalls } from "./calls.ts";

const PLAIN = layoutOf({
  streams: { Watch: { lanes: 3, kind: "method" } },
  consumers: { reader: ["Watch"] },
});
const LAYOUT = {
  ...PLAIN,
  streams: PLAIN.streams.map((info) => ({
    ...info,
    calls: { kind: "server stream" as const, side: "server" as const },
  })),
};

/** Three calls on two connections: one waits, its neighbour flows; and a unary call that is no lane. */
const CALLS: readonly CallText[] = [
  { key: "a.1", consumer: 0, position: 0, connection: 1, startedAt: 1_000, sent: 100, peer: "10.0.0.7:1" },
  {
    key: "a.2",
    consumer: 0,
    position: 1,
    connection: 1,
    startedAt: 2_000,
    sent: 50,
    queued: 7,
    waitingMs: 4_000,
  },
  {
    key: "a.3",
    consumer: 0,
    position: 2,
    connection: 2,
    startedAt: 3_000,
    deadlineAt: 90_000,
    clientName: "Ünit",
  },
  { key: "10.0.0.9:50051/a.4", startedAt: 4_000, queued: 1, waitingMs: 1_500 },
];

function storeAt(second: number, texts = CALLS, ended = {}) {
  const store = new Store();
  const table = addSource(store, "prod", "grpc");
  for (let at = 0; at <= second; at++) {
    const calls = texts.map((text, row) => ({
      ...text,
      sent: row === 1 ? 50 : (text.sent ?? 0) + at * 10,
    }));
    const observation = observe(LAYOUT, {
      at: at * 1_000,
      head: { "Watch/0": 100 + at, "Watch/1": 57, "Watch/2": 5 },
      position: {
        "reader Watch/0": 100 + at,
        "reader Watch/1": 50,
        "reader Watch/2": 5,
      },
      latencyMs: 0,
    });
    const still = Float64Array.of(Number.NaN, at * 1_000 - 4_000, Number.NaN);
    const withStill = { ...observation, positions: { ...observation.positions, stillSince: still } };
    const totals = totalsOf({
      started: 40 + at,
      completed: 36 + at,
      statuses: [
        { code: 0, count: 30 + at },
        { code: 1, count: 4 },
        { code: 4, count: 2 },
      ],
    });
    table.accept(withCalls(withStill, calls, [totals], ended), COST);
  }
  return { store, now: second * 1_000, table };
}

const ask = (text: object) => callsQuery.parse({ view: "calls", ...text });
const keysOf = ({ rows }: ReturnType<typeof viewCalls>) => rows.map(({ id }) => readCallId(id)!.key);

describe("live calls", () => {
  it("come worst first, with what each of them does", () => {
    const { store, now } = storeAt(10);
    const { meta, rows } = viewCalls(store.at(now), ask({}));
    expect(meta).toEqual({ total: 4, all: 4, live: 4 });
    expect(rows.map(({ status, waitingMs }) => [status, waitingMs])).toEqual([
      ["stalled", 4_000],
      ["stalled", 1_500],
      ["ok", 0],
      ["ok", 0],
    ]);
    expect(rows[2]).toMatchObject({
      id: "prod:call.a.1",
      method: "Watch",
      kind: "server stream",
      peer: "10.0.0.7:1",
      sent: 200,
      sentPerSecond: 10,
      received: null,
      receivedPerSecond: null,
      deadlineAt: null,
    });
  });

  it.each([
    ["age", ["a.1", "a.2", "a.3", "10.0.0.9:50051/a.4"]],
    ["queued", ["a.2", "10.0.0.9:50051/a.4", "a.1", "a.3"]],
    ["deadline", ["a.3", "a.1", "a.2", "10.0.0.9:50051/a.4"]],
    ["received", ["a.1", "a.2", "a.3", "10.0.0.9:50051/a.4"]],
  ] as const)("sorted by %s, what is not known last", (sort, keys) => {
    const { store, now } = storeAt(10);
    expect(keysOf(viewCalls(store.at(now), ask({ sort })))).toEqual(keys);
  });

  it.each([
    [{ q: "ünit" }, ["a.3"]],
    [{ q: "10.0.0.7" }, ["a.1"]],
    [{ q: "grpc prod watch 10.0.0.7" }, ["a.1"]],
    [{ q: "10.0.0.7 ünit" }, []],
    [{ q: "STALLED watch" }, ["a.2", "10.0.0.9:50051/a.4"]],
    [{ status: ["stalled"] }, ["a.2", "10.0.0.9:50051/a.4"]],
    [{ consumer: "none" }, []],
    [{ source: "other" }, []],
    [{ offset: 1, limit: 2 }, ["10.0.0.9:50051/a.4", "a.1"]],
  ])("filtered by %j", (filter, keys) => {
    const { store, now } = storeAt(10);
    expect(keysOf(viewCalls(store.at(now), ask(filter)))).toEqual(keys);
  });

  it("of one consumer, and of one method", () => {
    const { store, now, table } = storeAt(10);
    const consumer = table.sampled!.consumerIds[0]!;
    const stream = table.sampled!.streamIds[0]!;
    expect(viewCalls(store.at(now), ask({ consumer })).meta.total).toBe(3);
    expect(viewCalls(store.at(now), ask({ stream })).meta.total).toBe(4);
  });

  it("of a source that is lost are unknown", () => {
    const { store } = storeAt(10);
    const { rows } = viewCalls(store.at(60_000), ask({}));
    expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(["unknown"]));
  });

  it("a unary call that waits behind a shut window is blocked, one whose peer is gone stopped", () => {
    const { store, now } = storeAt(3, [
      { key: "b", queued: 1, waitingMs: 2_000, flags: ConsumerFlag.blocked },
      { key: "g", queued: 1, waitingMs: 2_000, flags: ConsumerFlag.gone },
    ]);
    expect(viewCalls(store.at(now), ask({})).rows.map(({ status }) => status)).toEqual([
      "stopped",
      "blocked",
    ]);
  });
});

describe("one call", () => {
  const page = (key: string, { store, now }: ReturnType<typeof storeAt>) => {
    const query = callQuery.parse({ view: "call", id: callId("prod", key) });
    return {
      ...viewCallPage(store.at(now), query),
      series: seriesOf(store.at(now), query, Number.NEGATIVE_INFINITY),
    };
  };

  it("says what it waits for, and shows its neighbours on the connection", () => {
    const held = CALLS.map((text) =>
      text.key === "a.2" ? { ...text, heldBy: "7 messages wait: its reader does not read." } : text,
    );
    const { meta, rows, series } = page("a.2", storeAt(20, held));
    expect(meta).toMatchObject({
      call: { id: "prod:call.a.2", status: "stalled" },
      because: "7 messages wait: its reader does not read.",
      connection: "connection 1",
    });
    expect(rows.map(({ id, status }) => [id, status])).toEqual([["prod:call.a.1", "ok"]]);
    expect(series!.columns.queued).toEqual([7, 7, 7, 7, 7]);
    expect(series!.columns.waiting!.at(-1)).toBe(4_000);
  });

  it("of which nothing more is told has the sentence of its status", () => {
    const { meta } = page("a.2", storeAt(10));
    expect(sentenceText((meta as CallMeta).because, 10_000)).toBe(
      "Stalled: 7 messages waiting, and nothing was finished for 4 s, the oldest for 4.0 s.",
    );
  });

  it("of which only what is unread is told waits for so many", () => {
    const unread = CALLS.map((text) => ({
      ...text,
      ...(text.key === "a.2" && { queued: Number.NaN, unread: 9 }),
    }));
    const seen = storeAt(10, unread);
    expect(page("a.2", seen).series!.columns.queued).toEqual([9, 9, 9]);
    expect(keysOf(viewCalls(seen.store.at(seen.now), ask({ sort: "queued" })))[0]).toBe("a.2");
  });

  it("that is no lane says how long it has been under way", () => {
    expect(page("10.0.0.9:50051/a.4", storeAt(10)).meta).toMatchObject({
      because: "Under way for 6.0 s; 1 message waiting in it for 1.5 s.",
    });
  });

  it("that ended says when, how and with what", () => {
    const ended = {
      old: {
        streamKey: "/quotes.Market/Watch",
        peer: "10.0.0.7:9",
        startedAt: 1_000,
        endedAt: 7_000,
        code: 4,
        sent: 1_200,
        received: Number.NaN,
        lost: 3,
      },
    };
    expect(page("old", storeAt(10, CALLS, ended)).meta).toEqual({
      call: null,
      reason:
        "This call of /quotes.Market/Watch by 10.0.0.7:9 ended 3.0 s ago with DEADLINE_EXCEEDED after 6.0 s: 1,200 messages sent, 3 were waiting in it and went with it.",
    });
  });

  it.each(["nothing", "prod:orders", "other:call.a.1", "prod:call~%%%", ""])(
    "an address that is none: %j",
    (id) => {
      const { store, now } = storeAt(1);
      const { meta } = viewCallPage(store.at(now), { view: "call", id, limit: 10, offset: 0 });
      expect(meta).toMatchObject({ call: null, reason: expect.stringMatching(/\.$/) });
    },
  );

  it("keys of any text come back from their ids", () => {
    for (const key of ["a.1", "[::1]:50051/ß 17", "x".repeat(300), "a/b:c"])
      expect(readCallId(callId("my.source", key))).toEqual({ source: "my.source", key });
  });
});

describe("a method", () => {
  it("tells its calls by kind, rate and status code, CANCELLED apart", () => {
    const { store, now, table } = storeAt(20);
    const id = table.sampled!.streamIds[0]!;
    const { meta } = viewStreamPage(store.at(now), { view: "stream", id, limit: 10, offset: 0 });
    expect(meta).toMatchObject({
      method: {
        kind: "server stream",
        side: "server",
        live: { value: 4, provenance: "measured" },
        startedPerSecond: { value: 1 },
        sentPerSecond: { value: null, provenance: "unknown" },
        from: "instrumented",
        codes: [
          { code: "OK", isError: false, total: 50, lastMinute: 20 },
          { code: "CANCELLED", isError: false, total: 4, lastMinute: 0 },
          { code: "DEADLINE_EXCEEDED", isError: true, total: 2, lastMinute: 0 },
        ],
      },
      heat: [],
    });
  });
});
