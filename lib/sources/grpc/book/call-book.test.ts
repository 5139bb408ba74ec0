import { status } from "@grpc/grpc-js";
import type { CallRow, MethodRow, WatchResponse } from "@streamside/grpc-health";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { observationBreaches } from "../../../sample/contract-check.ts";
import type { Sample } from "../../../sample/sample.ts";
import { FakeProcess } from "../fake-process.ts";
import { callOf, Reader, saidOf } from "../test-reader.ts";
import { consumerOf } from "../test-target.ts";
import { CallBook } from "./call-book.ts";

describe("calls that ended", () => {
  test("their last messages are exactly their peers', also of calls that no row ever told of", () => {
    const process = new FakeProcess("a");
    const reader = new Reader();
    const calls = ["10.0.0.1", "10.0.0.2"].map((host) => process.begin("SERVER_STREAM", host));
    reader.take(process.next());
    const short = process.begin("SERVER_STREAM", "10.0.0.3");
    for (const [i, call] of [...calls, short].entries()) {
      process.write(call, 10 + i);
      process.flush(call, 10 + i);
      process.end(call, status.OK);
    }
    const seen = reader.take(process.next());
    const outOf = (host: string) => consumerOf(seen, `Quotes/SERVER_STREAM ← ${host}`)?.out;
    expect(["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(outOf)).toEqual([10, 11, 12]);
    expect(outOf("other calls")).toBeUndefined();
    expect(seen.events).toEqual([]);
  });

  test("what became of one is known by its key; a unary call does not push out a stream", () => {
    const process = new FakeProcess("a");
    const reader = new Reader();
    const call = process.begin("BIDI");
    const key = reader.take(process.next()).calls!.key[0]!;
    process.write(call, 9);
    process.flush(call, 7);
    process.receive(call, 4, 1);
    process.end(call, status.UNAVAILABLE);
    const ended = reader.take(process.next());
    expect(ended.calls!.ended.get(key)).toMatchObject({
      streamKey: "/test.Quotes/BIDI",
      peer: "10.0.0.1:40001",
      code: status.UNAVAILABLE,
      sent: 7,
      received: 4,
      lost: 3,
      endedAt: reader.now - 250,
      startedAt: reader.now - 500,
    });
    for (let i = 0; i < 300; i++) {
      const unary = process.begin("UNARY");
      reader.take(process.next());
      process.end(unary, status.OK);
    }
    const later = reader.take(process.next());
    expect(later.calls!.ended.get(key)?.code).toBe(status.UNAVAILABLE);
    expect(later.calls!.ended.has("a.2")).toBe(false);
  });

  test("the answer that a unary call did not live to get was no message in it", () => {
    const process = new FakeProcess("a");
    const reader = new Reader();
    const [unary, stream] = [process.begin("UNARY"), process.begin("SERVER_STREAM")];
    for (const call of [unary, stream]) process.write(call, 1);
    reader.take(process.next());
    process.end(unary, status.CANCELLED);
    process.end(stream, status.CANCELLED);
    expect(reader.take(process.next()).events.map(({ title }) => title)).toEqual([
      expect.stringMatching(/ended with CANCELLED; 1 message was waiting in it$/),
    ]);
  });

  test("many that end badly are one event, and seldom another", () => {
    const process = new FakeProcess("a");
    const reader = new Reader();
    reader.take(process.next());
    const titles: string[] = [];
    for (let tick = 0; tick < 40; tick++) {
      for (let i = 0; i < 37; i++) {
        const call = process.begin("SERVER_STREAM", `10.0.0.${i % 2}`);
        process.write(call, 5);
        process.end(call, status.UNAVAILABLE);
      }
      process.end(process.begin("UNARY"), status.OK);
      process.end(process.begin("BIDI"), status.CANCELLED);
      titles.push(...reader.take(process.next()).events.map(({ title }) => title));
    }
    // At once, and ten seconds later.
    expect(titles).toEqual([
      "37 calls of Quotes/SERVER_STREAM ended with UNAVAILABLE; 185 messages were waiting in them",
    ]);
    process.timeMs += 60_000;
    reader.now += 60_000;
    expect(reader.take(process.next()).events).toMatchObject([
      { kind: "call ended", title: expect.stringMatching(/^1,443 calls of .*; 7,215 messages/) },
    ]);
  });
});

test("a connection that closes takes its calls with it, and says why", () => {
  const process = new FakeProcess("a");
  const reader = new Reader();
  const connection = process.connect(process.begin("BIDI", "10.0.0.7"));
  reader.take(process.next());
  process.disconnect(connection.id, "keepalive timeout", 3);
  process.disconnect(99, "closed by the peer", 0);
  expect(reader.take(process.next()).events).toMatchObject([
    {
      kind: "connection closed",
      title: "The connection of 10.0.0.7:40001 was closed (keepalive timeout); 3 calls went with it",
    },
  ]);
});

describe("calls that the process makes itself", () => {
  test("directions turn round: it sends requests and reads responses", () => {
    const process = new FakeProcess("a");
    const reader = new Reader();
    const upload = process.begin("CLIENT_STREAM", "10.9.0.1", "CLIENT");
    const watch = process.begin("SERVER_STREAM", "10.9.0.1", "CLIENT");
    process.begin("SERVER_STREAM", "10.0.0.1");
    process.begin("UNARY", "10.9.0.1", "CLIENT");
    reader.take(process.next());
    process.write(upload, 8);
    process.flush(upload, 3);
    process.receive(watch, 20, 5);
    const seen = reader.take(process.next());
    expect(seen.layout.streams).toMatchObject([
      {
        key: "client /test.Quotes/CLIENT_STREAM",
        name: "/test.Quotes/CLIENT_STREAM",
        calls: { side: "client" },
      },
      { key: "client /test.Quotes/SERVER_STREAM", detail: "server stream, called by the target" },
      { key: "/test.Quotes/SERVER_STREAM", calls: { side: "server", kind: "server stream" } },
      { key: "client /test.Quotes/UNARY" },
    ]);
    expect(consumerOf(seen, "Quotes/CLIENT_STREAM → 10.9.0.1")).toMatchObject({
      due: 8,
      out: 3,
      lanes: [{ backlog: 5 }],
    });
    expect(consumerOf(seen, "Quotes/SERVER_STREAM → 10.9.0.1")).toMatchObject({
      due: 20,
      out: 15,
      lanes: [{ backlog: 5, latencyMs: 250 }],
    });
    expect(consumerOf(seen, "Quotes/UNARY → all servers")).toMatchObject({ readers: 1 });
  });

  test("a call whose server becomes known only later is that server's from then on", () => {
    const process = new FakeProcess("a");
    const reader = new Reader();
    const call = process.begin("BIDI", "x", "CLIENT");
    call.peer = "";
    const first = reader.take(process.next());
    expect(first.layout.consumers.map(({ name }) => name)).toEqual(["Quotes/BIDI → unknown peer"]);
    call.peer = "10.9.0.1:443";
    process.write(call, 2);
    const seen = reader.take(process.next());
    expect(seen.layout.consumers.map(({ name }) => name)).toEqual(["Quotes/BIDI → 10.9.0.1"]);
    expect(consumerOf(seen, "Quotes/BIDI → 10.9.0.1")!.due).toBe(2);
    expect(seen.calls!.key).toEqual(first.calls!.key);
  });
});

describe("live calls", () => {
  test("unary ones are rows and no lanes; their coming and going leaves the layout alone", () => {
    const process = new FakeProcess("a");
    const reader = new Reader();
    const stream = process.begin("SERVER_STREAM");
    const unary = process.begin("UNARY", "10.0.0.2");
    process.connect(stream);
    unary.connectionId = stream.connectionId!;
    process.begin("BIDI");
    reader.take(process.next());
    process.write(stream, 3);
    process.flush(stream, 1);
    const seen = reader.take(process.next());
    expect(seen.calls).toMatchObject({ count: 3, live: 3 });
    expect(callOf(seen, 0)).toMatchObject({ position: 0, queued: 2, sent: 1, waitingMs: 250, connection: 0 });
    expect(callOf(seen, 1)).toMatchObject({
      position: -1,
      peer: "10.0.0.2:40002",
      connection: 0,
      waitingMs: 0,
    });
    expect(callOf(seen, 2)).toMatchObject({ connection: -1, startedAt: reader.now - 500 });
    const { consumer } = callOf(seen, 1);
    expect(seen.layout.consumers[consumer]!.name).toBe("Quotes/UNARY ← all callers");
    process.end(unary, status.OK);
    const later = reader.take(process.next());
    expect(later.calls!.count).toBe(2);
    expect(later.layout).toBe(seen.layout);
    const same = reader.take(process.next());
    expect(same.calls!.key).toBe(later.calls!.key);
  });
});

describe("what cannot be meant", () => {
  test("counters that go back in one process: told once, taken as the new base, never negative traffic", () => {
    const process = new FakeProcess("a");
    const reader = new Reader();
    const call = process.begin("SERVER_STREAM");
    process.write(call, 100);
    process.flush(call, 100);
    reader.take(process.next());
    const method = process.methods.get(call.methodId)!;
    const due = (seen: Sample) => [
      seen.streams.inTotal![0],
      consumerOf(seen, "Quotes/SERVER_STREAM ← 10.0.0.1")!.due,
    ];
    for (const row of [method, call]) Object.assign(row, { messagesWritten: 5, messagesFlushed: 5 });
    const back = reader.take(process.next());
    expect(due(back)).toEqual([100, 0]);
    expect(back.events.map(({ kind }) => kind)).toEqual(["counters went back"]);
    expect(back.failures).toMatchObject([
      { code: "PROTOCOL", message: expect.stringContaining("/test.Quotes/SERVER_STREAM went back") },
    ]);
    process.write(call, 7);
    const on = reader.take(process.next());
    expect(due(on)).toEqual([107, 7]);
    Object.assign(method, { messagesWritten: 1 });
    expect(reader.take(process.next()).events).toEqual([]);
    reader.now += 61_000;
    expect(reader.observe().failures).toEqual([]);
  });

  test("more methods than anybody has: a part is kept, and that is told", () => {
    const reader = new Reader();
    const process = new FakeProcess("a");
    const response = process.next();
    const method = (id: number): MethodRow => ({
      id,
      path: `/a.B/M${id}`,
      kind: "UNARY",
      side: "SERVER",
      started: 1,
      completed: 1,
      statuses: [],
      latencies: [],
    });
    response.methods = Array.from({ length: 100_000 }, (_, id) => method(id));
    const seen = reader.take(response);
    expect(seen.layout.streams).toHaveLength(5_000);
    expect(seen.failures).toMatchObject([{ message: expect.stringContaining("more than 5,000 methods") }]);
  });

  const count = fc.oneof(
    { weight: 4, arbitrary: fc.nat(1_000) },
    fc.constantFrom<number | undefined>(-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, undefined, 0.5),
  );
  const time = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1_000, max: 100_000 }) },
    fc.constantFrom<number | undefined>(0, -5, Number.NaN, 1e300, Number.NEGATIVE_INFINITY, undefined),
  );
  const id = fc.oneof({ weight: 9, arbitrary: fc.nat(6) }, fc.constantFrom(2 ** 32 - 1, 2 ** 60));
  const text = fc.constantFrom(
    "",
    "10.0.0.1:5",
    "[::1]:6",
    "*",
    "*:1",
    "a b",
    "/",
    "/x y/z",
    "__proto__",
    "client /p",
  );
  const statuses = fc.array(fc.record({ code: id, count: count as fc.Arbitrary<number> }), { maxLength: 3 });
  const latency = fc.record({
    measure: fc.constantFrom("CALL_DURATION", "MEASURE_UNSPECIFIED", 7 as unknown as "ROUND_TRIP"),
    count: count as fc.Arbitrary<number>,
    sumUs: count as fc.Arbitrary<number>,
    maxUs: count as fc.Arbitrary<number>,
    bucketUpperUs: fc.array(count as fc.Arbitrary<number>, { maxLength: 4 }),
    bucketCounts: fc.array(count as fc.Arbitrary<number>, { maxLength: 4 }),
  });
  const method = fc.record({
    id,
    path: text,
    kind: fc.constantFrom("UNARY", "BIDI", "CLIENT_STREAM", "KIND_UNSPECIFIED", 9 as unknown as "UNARY"),
    side: fc.constantFrom("SERVER", "CLIENT", "SIDE_UNSPECIFIED"),
    started: count,
    completed: count,
    statuses,
    messagesWritten: count,
    messagesFlushed: count,
    messagesReceived: count,
    queuedWrites: count,
    oldestUnflushedAtMs: time,
    latencies: fc.array(latency, { maxLength: 2 }),
  }) as fc.Arbitrary<MethodRow>;
  const call = fc.record({
    id,
    methodId: id,
    peer: text,
    startedAtMs: time,
    deadlineAtMs: time,
    messagesWritten: count,
    messagesFlushed: count,
    messagesReceived: count,
    lastFlushedAtMs: time,
    lastReceivedAtMs: time,
    queuedWrites: count,
    oldestUnflushedAtMs: time,
    unreadMessages: count,
    unreadSinceMs: time,
    connectionId: id,
    clientName: text,
    heldBy: fc.constantFrom("STREAM_WINDOW", "CONNECTION_WINDOW", 8 as unknown as "SOCKET"),
    openRequests: count,
    oldestOpenRequestAtMs: time,
  }) as fc.Arbitrary<CallRow>;
  const connection = fc.record({
    id,
    side: fc.constantFrom("SERVER", "CLIENT"),
    peer: text,
    openedAtMs: time,
    liveCalls: count,
    sendWindow: count,
    unansweredPings: count,
    firstUnansweredPingAtMs: time,
    lastReceivedAtMs: time,
    goingAway: fc.boolean(),
  }) as fc.Arbitrary<WatchResponse["connections"][number]>;
  const ids = fc.array(id, { maxLength: 4 });
  const hostile = fc.record({
    snapshot: fc.boolean(),
    process: fc.option(
      fc.record({ instanceId: fc.constantFrom("", "a", "b"), startedAtMs: time, implementation: text }),
    ),
    serverTimeMs: time,
    intervalMs: count,
    methods: fc.array(method, { maxLength: 5 }),
    calls: fc.array(call, { maxLength: 6 }),
    endedCallIds: ids,
    hiddenCallIds: ids,
    liveCalls: count,
    skippedResponses: count,
    faults: count,
    connections: fc.array(connection, { maxLength: 3 }),
    closedConnections: fc.array(fc.record({ id, closedAtMs: time, reason: text, liveCalls: count }), {
      maxLength: 2,
    }),
    endedCalls: fc.array(fc.record({ call: fc.option(call), code: id, endedAtMs: time }), { maxLength: 3 }),
  }) as fc.Arbitrary<WatchResponse>;

  test("whatever comes, from however many addresses: it holds together, and no total ever falls", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2), hostile), { maxLength: 12 }), (responses) => {
        const reader = new Reader();
        let before: Sample | null = null;
        let copy: Sample | null = null;
        for (const [address, response] of responses) {
          reader.now += 40;
          reader.bookOf(`10.1.0.${address}:1`).apply(response, reader.now);
          const seen = reader.observe();
          expect([
            ...observationBreaches(seen),
            ...oddTexts(seen),
            ...(before === null ? [] : fallen(before, seen)),
          ]).toEqual([]);
          // Plain data, and nothing was written into it since.
          expect(copy).toEqual(before);
          if (copy !== null && before !== null) expect(saidOf(copy)).toEqual(saidOf(before));
          before = seen;
          copy = structuredClone(seen);
        }
      }),
      { numRuns: 100 },
    );
  });

  test("a book that is never told what it is about stays empty", () => {
    const book = new CallBook();
    book.apply({ ...new FakeProcess("a").next(), process: null }, 1_000);
    expect(book.process).toBeNull();
    expect(book.takeEvents()).toEqual([]);
  });
});

/** What is made on request: it must not throw either. Texts in which something unknown shows. */
function oddTexts(seen: Sample): string[] {
  const { facts, sentences, details } = saidOf(seen);
  const texts = [
    ...sentences,
    ...details.flatMap(({ heldBy, connection }) => [heldBy, connection]),
    ...[...facts, ...details.flatMap((detail) => detail.facts)].map(({ value }) =>
      typeof value === "string" ? value : `${value.value} ${value.of}`.replace(" undefined", ""),
    ),
    ...seen.streams.calls!.flatMap((totals) =>
      totals.flatMap(({ latencies }) =>
        latencies.map(({ counts, upperMs }) => (counts.length === upperMs.length ? "" : "undefined")),
      ),
    ),
  ];
  return texts.filter((text): text is string => text !== null && /NaN|undefined|Infinity/.test(text));
}

function fallen(before: Sample, now: Sample): string[] {
  const totals = (seen: Sample) =>
    new Map([
      ...seen.layout.streams.map(({ key }, row) => [key, seen.streams.inTotal![row]!] as const),
      ...seen.layout.consumers.map(({ key }, row) => [`due ${key}`, seen.consumers.dueTotal![row]!] as const),
      ...seen.layout.consumers.map(({ key }, row) => [`out ${key}`, seen.consumers.outTotal![row]!] as const),
    ]);
  const earlier = totals(before);
  return [...totals(now)].flatMap(([key, total]) =>
    total < earlier.get(key)! ? [`${key} fell from ${earlier.get(key)} to ${total}`] : [],
  );
}
