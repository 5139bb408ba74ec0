import type { CallKind } from "@streamside/grpc-health";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { observationBreaches } from "../../../sample/contract-check.ts";
import type { Sample } from "../../../sample/sample.ts";
import { FakeProcess } from "../fake-process.ts";
import { Reader } from "../test-reader.ts";
import { consumerOf, factOf } from "../test-target.ts";

const KINDS: readonly CallKind[] = ["UNARY", "CLIENT_STREAM", "SERVER_STREAM", "BIDI"];

describe("streams", () => {
  test("a queue is the backlog; a reader that takes nothing stands still, since its last flush, and is not blocked", () => {
    const process = new FakeProcess("a");
    const reader = new Reader();
    const fine = process.begin("SERVER_STREAM");
    const slow = process.begin("SERVER_STREAM");
    reader.take(process.next());
    for (const call of [fine, slow]) process.write(call, 10);
    process.flush(fine, 10);
    process.flush(slow, 3);
    const early = consumerOf(reader.take(process.next()), "Quotes/SERVER_STREAM ← 10.0.0.1")!;
    expect(early).toMatchObject({
      info: { kind: "peer", detail: "server stream, host 10.0.0.1" },
      due: 20,
      out: 13,
      readers: 2,
      flags: 0,
      lanes: [
        { label: "call 1 · 10.0.0.1:40001", head: 10, position: 10, backlog: 0, latencyMs: 0 },
        { label: "call 2 · 10.0.0.1:40002", head: 10, position: 3, backlog: 7, latencyMs: 250 },
      ],
    });
    for (let i = 0; i < 3; i++) reader.take(process.next());
    const late = consumerOf(reader.take(process.next()), "Quotes/SERVER_STREAM ← 10.0.0.1")!;
    expect(late.flags).toBe(0);
    expect(late.lanes).toMatchObject([
      { stillSince: Number.NaN, flags: 0 },
      { latencyMs: 1_250, stillSince: reader.now - 1_250, flags: 0 },
    ]);
  });

  test("the end of a call: its last messages are its peer's, what waited in it is told, the peer stays a minute", () => {
    const process = new FakeProcess("a");
    const reader = new Reader();
    const call = process.begin("BIDI");
    process.begin("BIDI", "10.0.0.2");
    reader.take(process.next());
    process.write(call, 5);
    process.flush(call, 2);
    reader.take(process.next());
    process.write(call, 4);
    process.flush(call, 1);
    process.end(call);
    const seen = reader.take(process.next());
    expect(consumerOf(seen, "Quotes/BIDI ← 10.0.0.1")).toMatchObject({
      due: 9,
      out: 3,
      readers: 0,
      lanes: [{ label: "no live call", head: 9, position: 3, backlog: 0, latencyMs: 0 }],
    });
    expect(seen.events).toMatchObject([
      { kind: "call ended", consumerKey: "/test.Quotes/BIDI 10.0.0.1", streamKey: "/test.Quotes/BIDI" },
    ]);
    expect(seen.events[0]!.title).toContain("3 messages were waiting");
    reader.now += 59_000;
    expect(consumerOf(reader.observe(), "Quotes/BIDI ← 10.0.0.1")).not.toBeNull();
    reader.now += 2_000;
    const later = reader.observe();
    expect(consumerOf(later, "Quotes/BIDI ← 10.0.0.1")).toBeNull();
    expect(consumerOf(later, "Quotes/BIDI ← 10.0.0.2")).not.toBeNull();
  });

  test("a client stream: out is what the handler read; what is unread has waited since it first was", () => {
    const process = new FakeProcess("a");
    const reader = new Reader();
    const call = process.begin("CLIENT_STREAM");
    reader.take(process.next());
    process.receive(call, 20, 12);
    const consumer = () => consumerOf(reader.take(process.next()), "Quotes/CLIENT_STREAM ← 10.0.0.1")!;
    expect(consumer()).toMatchObject({
      due: 20,
      out: 8,
      lanes: [{ head: 20, position: 8, backlog: 12, latencyMs: 250 }],
    });
    process.receive(call, 0, 0);
    expect(consumer()).toMatchObject({ due: 20, out: 20, lanes: [{ backlog: 0, latencyMs: 0 }] });
  });

  test("calls too short to be listed are other calls'", () => {
    const process = new FakeProcess("a");
    const reader = new Reader();
    reader.take(process.next());
    const short = process.begin("SERVER_STREAM");
    process.write(short, 3);
    process.flush(short, 3);
    process.end(short);
    const seen = reader.take(process.next());
    expect(consumerOf(seen, "Quotes/SERVER_STREAM ← other calls")).toMatchObject({
      due: 3,
      out: 3,
      readers: 0,
      lanes: [{ label: "other calls", backlog: 0, latencyMs: 0 }],
    });
  });

  test("beyond the limit of Watch: what is hidden is counted, and its backlog with it", () => {
    const process = new FakeProcess("a", 1);
    const reader = new Reader();
    const [first, second] = [process.begin("SERVER_STREAM"), process.begin("SERVER_STREAM")];
    reader.take(process.next());
    for (const call of [first!, second!]) process.write(call, 6);
    const seen = reader.take(process.next());
    expect(consumerOf(seen, "Quotes/SERVER_STREAM ← 10.0.0.1")).toMatchObject({ due: 6, readers: 1 });
    expect(consumerOf(seen, "Quotes/SERVER_STREAM ← other calls")).toMatchObject({
      due: 6,
      readers: 1,
      lanes: [{ backlog: 6, latencyMs: Number.NaN }],
    });
    expect(factOf(seen, "Live calls")).toBe("2, 1 of them without a row");
  });

  test("hosts: one consumer for all ports, IPv6, mapped IPv4 and nobody", () => {
    const process = new FakeProcess("a");
    const reader = new Reader();
    const peers = ["[::1]:1", "[::1]:2", "[::ffff:10.1.1.1]:3", "10.1.1.1:4", "", "unix:/run/x"];
    for (const peer of peers) process.begin("BIDI").peer = peer;
    const { layout } = reader.take(process.next());
    expect(layout.consumers.map(({ name }) => name)).toEqual(
      ["::1", "10.1.1.1", "unknown peer", "unix:/run/x"].map((host) => `Quotes/BIDI ← ${host}`),
    );
  });
});

describe("unary calls", () => {
  test("in is requests, out is answers; calls under way are no backlog, unflushed answers are", () => {
    const process = new FakeProcess("a");
    const reader = new Reader();
    reader.take(process.next());
    const calls = [1, 2, 3].map(() => process.begin("UNARY"));
    process.end(calls[0]!);
    const name = "Quotes/UNARY ← all callers";
    const seen = reader.take(process.next());
    expect([...seen.streams.inTotal!]).toEqual([3]);
    expect(consumerOf(seen, name)).toMatchObject({
      due: 3,
      out: 1,
      readers: 2,
      lanes: [{ label: "all calls", head: 3, position: 1, backlog: 0, latencyMs: 0, member: null }],
    });
    const { layout } = seen;
    process.write(calls[1]!, 1);
    process.methods.get(1)!.oldestUnflushedAtMs = process.timeMs;
    const waiting = reader.take(process.next());
    expect(consumerOf(waiting, name)!.lanes).toMatchObject([{ backlog: 1, latencyMs: 250 }]);
    expect(waiting.layout).toBe(layout);
    reader.now += 120_000;
    expect(consumerOf(reader.observe(), name)).not.toBeNull();
  });
});

test("another process: sums go on, rows and lane numbers are new, keys stay", () => {
  const reader = new Reader();
  const before = new FakeProcess("a");
  const call = before.begin("SERVER_STREAM");
  reader.take(before.next());
  before.write(call, 50);
  before.flush(call, 50);
  const old = consumerOf(reader.take(before.next()), "Quotes/SERVER_STREAM ← 10.0.0.1")!;
  const after = new FakeProcess("b");
  after.write(after.begin("SERVER_STREAM"), 2);
  const seen = reader.take(after.next());
  const fresh = consumerOf(seen, "Quotes/SERVER_STREAM ← 10.0.0.1")!;
  expect(seen.events.map(({ kind }) => kind)).toEqual(["restart"]);
  // What it had counted before it was seen is no growth.
  expect([...seen.streams.inTotal!]).toEqual([50]);
  expect([old.due, fresh.due]).toEqual([50, 50]);
  expect(fresh.info.key).toBe(old.info.key);
  expect(fresh.lanes[0]!.number).not.toBe(old.lanes[0]!.number);
});

test("a Watch opened again to the same process goes on where it was", () => {
  const process = new FakeProcess("a");
  const reader = new Reader();
  const [kept, ended] = [process.begin("BIDI"), process.begin("BIDI", "10.0.0.2")];
  const { layout } = reader.take(process.next());
  process.write(kept!, 4);
  process.reopen();
  const same = reader.take(process.next());
  expect(same.layout).toBe(layout);
  expect(consumerOf(same, "Quotes/BIDI ← 10.0.0.1")!.due).toBe(4);
  process.write(ended!, 7);
  process.end(ended!);
  process.reopen();
  expect(consumerOf(reader.take(process.next()), "Quotes/BIDI ← 10.0.0.2")).toMatchObject({
    due: 7,
    readers: 0,
  });
});

test("what an implementation cannot see is unknown, and absurd numbers are too", () => {
  const process = new FakeProcess("a");
  const reader = new Reader();
  const call = process.begin("SERVER_STREAM");
  const response = process.next();
  const method = response.methods[0]!;
  delete method.messagesFlushed;
  method.messagesWritten = 2 ** 60;
  delete response.calls[0]!.queuedWrites;
  response.calls[0]!.messagesWritten = Number.NaN;
  response.calls.push({ ...call, id: 99, methodId: 77 });
  const seen = reader.take(response);
  expect(observationBreaches(seen)).toEqual([]);
  expect(seen.layout.streams).toHaveLength(1);
  expect([...seen.streams.inTotal!]).toEqual([Number.NaN]);
  expect(consumerOf(seen, "Quotes/SERVER_STREAM ← 10.0.0.1")).toMatchObject({
    due: Number.NaN,
    out: Number.NaN,
    lanes: [{ head: Number.NaN, backlog: Number.NaN, latencyMs: Number.NaN }],
  });
});

type Step =
  | { readonly do: "begin"; readonly kind: number; readonly host: number }
  | { readonly do: "write" | "flush" | "receive" | "end"; readonly call: number; readonly count: number }
  | { readonly do: "tick" | "reopen" | "restart" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("begin" as const), kind: fc.nat(3), host: fc.nat(2) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      // As often as they are named.
      do: fc.constantFrom(
        ...(["write", "write", "write", "flush", "flush", "receive", "receive", "end"] as const),
      ),
      call: fc.nat(20),
      count: fc.nat(9),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("tick" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("reopen" as const, "restart" as const) }) },
);

test("whatever happens: the columns fit, nothing is lost or counted twice, the layout moves only with its rows", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.constantFrom(2, 1000), (steps, maxCalls) => {
      const reader = new Reader();
      let lives = 1;
      let process = new FakeProcess("life 1", maxCalls);
      let before = reader.observe();
      let sameLife = false;
      for (const one of [...steps, { do: "tick" } as const]) {
        switch (one.do) {
          case "begin":
            process.begin(KINDS[one.kind]!, `10.0.0.${one.host}`);
            break;
          case "tick": {
            const seen = reader.take(process.next());
            expect(observationBreaches(seen)).toEqual([]);
            if (sameLife) expect(consumedBetween(before, seen)).toEqual(growthBetween(before, seen));
            const sameRows = JSON.stringify(shape(seen)) === JSON.stringify(shape(before));
            if (seen.layout === before.layout) expect(sameRows).toBe(true);
            else if (sameLife) expect(sameRows).toBe(false);
            sameLife = true;
            before = seen;
            break;
          }
          case "reopen":
            process.reopen();
            break;
          case "restart":
            lives++;
            process = new FakeProcess(`life ${lives}`, maxCalls);
            sameLife = false;
            break;
          default: {
            const calls = [...process.calls.values()];
            const call = calls[one.call % calls.length];
            if (call === undefined) break;
            if (one.do === "end") process.end(call.row);
            else if (one.do === "receive") process.receive(call.row, one.count, one.count >> 1);
            else process[one.do](call.row, one.count);
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});

/** What the peers of each method were given; one that is new was given all it has. */
function consumedBetween(before: Sample, { layout, consumers }: Sample): Map<string, number> {
  const sums = new Map(layout.streams.map(({ key }) => [key, 0]));
  for (const [row, { key, streams }] of layout.consumers.entries()) {
    const stream = layout.streams[streams[0]!]!.key;
    const then = before.layout.consumers.findIndex((consumer) => consumer.key === key);
    const from = then < 0 ? 0 : before.consumers.dueTotal![then]!;
    sums.set(stream, sums.get(stream)! + consumers.dueTotal![row]! - from);
  }
  return sums;
}

/** What each method counted. */
function growthBetween(before: Sample, { layout, streams }: Sample): Map<string, number> {
  return new Map(
    layout.streams.map(({ key }, row) => {
      const then = before.layout.streams.findIndex((stream) => stream.key === key);
      return [key, streams.inTotal![row]! - (then < 0 ? 0 : before.streams.inTotal![then]!)];
    }),
  );
}

function shape({ layout }: Sample) {
  return [
    layout.streams.map(({ key }) => key),
    layout.consumers.map(({ key }) => key),
    [...layout.lanes.number],
    [...layout.positions.start],
  ];
}
