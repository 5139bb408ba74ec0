import type { MethodRow } from "@streamside/grpc-health";
import { describe, expect, test } from "vitest";
import { ConsumerFlag } from "../../sample/consumer-flag.ts";
import { observationBreaches } from "../../sample/contract-check.ts";
import { FakeProcess } from "./fake-process.ts";
import { explained, Reader } from "./test-reader.ts";
import { consumerOf } from "./test-target.ts";
import type { MetricsFindings } from "./ways/ways.ts";
import { GRPC_WORDS } from "./words/words.ts";

const A = "10.1.0.1:50051";
const B = "10.1.0.2:50051";
const WATCH = "Quotes/SERVER_STREAM ← 10.0.0.1";

function tick(reader: Reader, ...processes: (readonly [string, FakeProcess])[]) {
  reader.now += 250;
  for (const [address, process] of processes) reader.bookOf(address).apply(process.next(), reader.now);
  return reader.observe();
}

describe("several addresses", () => {
  test("a method is one stream, a host one consumer with its calls at all of them", () => {
    const reader = new Reader();
    const [a, b] = [new FakeProcess("a"), new FakeProcess("b")];
    tick(reader, [A, a], [B, b]);
    for (const process of [a, b]) {
      const call = process.begin("SERVER_STREAM");
      process.write(call, 10);
      process.flush(call, 6);
      process.begin("UNARY");
    }
    const seen = tick(reader, [A, a], [B, b]);
    expect(observationBreaches(seen)).toEqual([]);
    expect(seen.layout.streams.map(({ key }) => key)).toEqual([
      "/test.Quotes/SERVER_STREAM",
      "/test.Quotes/UNARY",
    ]);
    expect([...seen.streams.inTotal!]).toEqual([20, 2]);
    expect(consumerOf(seen, WATCH)).toMatchObject({
      due: 20,
      out: 12,
      readers: 2,
      lanes: [
        { label: `call 1 · 10.0.0.1:40001 at ${A}`, backlog: 4 },
        { label: `call 1 · 10.0.0.1:40001 at ${B}`, backlog: 4 },
      ],
    });
    expect(seen.calls).toMatchObject({ count: 4, live: 4 });
    expect(new Set(seen.calls!.key).size).toBe(4);
    expect([0, 1, 2, 3].map((row) => GRPC_WORDS.callDetail(seen, row)!.backend).sort()).toEqual([A, A, B, B]);
    expect(seen.streams.calls![0]).toMatchObject([
      { process: "a", from: "instrumented", started: 1, sent: 6 },
      { process: "b", from: "instrumented", started: 1, sent: 6 },
    ]);
    expect(seen.facts).toContainEqual(expect.objectContaining({ label: "Processes", value: "2: a, b" }));
  });

  test("one that is lost and comes back is no step back and no burst", () => {
    const reader = new Reader();
    const [a, b] = [new FakeProcess("a"), new FakeProcess("b")];
    const calls = [a, b].map((process) => process.begin("SERVER_STREAM"));
    tick(reader, [A, a], [B, b]);
    const write = (i: number, count: number) => {
      const process = [a, b][i]!;
      process.write(calls[i]!, count);
      process.flush(calls[i]!, count);
    };
    write(0, 1_000);
    write(1, 1_000);
    tick(reader, [A, a], [B, b]);
    reader.more.set(B, { book: null });
    write(0, 5);
    write(1, 30);
    const without = tick(reader, [A, a]);
    expect(without.streams.inTotal![0]).toBe(2_005);
    expect(consumerOf(without, WATCH)).toMatchObject({ due: 2_005, readers: 1 });
    reader.more.delete(B);
    const back = tick(reader, [A, a], [B, b]);
    expect(back.streams.inTotal![0]).toBe(2_035);
    expect(consumerOf(back, WATCH)).toMatchObject({ due: 2_035, readers: 2 });
  });

  test("one that nothing confirms keeps its rows, and none of its numbers is known", () => {
    const reader = new Reader();
    const [a, b] = [new FakeProcess("a"), new FakeProcess("b")];
    a.begin("SERVER_STREAM");
    b.begin("SERVER_STREAM", "10.0.0.2");
    const before = tick(reader, [A, a], [B, b]);
    reader.more.set(B, { confirmed: false });
    const seen = tick(reader, [A, a]);
    expect(observationBreaches(seen)).toEqual([]);
    expect(seen.layout).toBe(before.layout);
    expect(consumerOf(seen, WATCH)).toMatchObject({ due: 0, readers: 1 });
    expect(consumerOf(seen, "Quotes/SERVER_STREAM ← 10.0.0.2")).toMatchObject({
      due: Number.NaN,
      readers: Number.NaN,
      lanes: [{ head: Number.NaN, backlog: Number.NaN, stillSince: Number.NaN, flags: 0 }],
    });
    expect([...seen.calls!.sent]).toEqual([0, Number.NaN]);
    expect(seen.streams.calls![0]!.map((totals) => totals.process)).toEqual(["a"]);
  });

  test("a process that answers at two addresses is counted once, also when the first of them is lost", () => {
    const reader = new Reader();
    const process = new FakeProcess("one");
    const call = process.begin("SERVER_STREAM");
    const both = (count: number) => {
      reader.now += 250;
      process.write(call, count);
      const response = { ...process.next(), snapshot: true };
      const info = { instanceId: "one", startedAtMs: 1, implementation: "" };
      for (const address of [A, B]) reader.bookOf(address).apply({ ...response, process: info }, reader.now);
      return reader.observe();
    };
    both(10);
    const seen = both(5);
    expect([...seen.streams.inTotal!]).toEqual([15]);
    expect(consumerOf(seen, WATCH)).toMatchObject({ due: 5, readers: 1 });
    expect(seen.calls!.count).toBe(1);
    reader.more.set(A, { book: null });
    const other = both(3);
    expect([...other.streams.inTotal!]).toEqual([18]);
    expect(consumerOf(other, WATCH)).toMatchObject({ due: 8, readers: 1 });
  });
});

describe("what only reflection names", () => {
  test("is a stream of which nothing is known; what is called besides is one stream with it", () => {
    const reader = new Reader();
    const process = new FakeProcess("a");
    process.begin("SERVER_STREAM");
    reader.more.set(A, {
      catalogue: {
        version: "v1",
        services: ["test.Quotes"],
        unread: [],
        methods: [
          { path: "/test.Quotes/Get", kind: "unary" },
          { path: "/test.Quotes/SERVER_STREAM", kind: "server stream" },
        ],
        asOf: 1,
      },
    });
    const seen = tick(reader, [A, process]);
    expect(observationBreaches(seen)).toEqual([]);
    expect(seen.layout.streams).toMatchObject([
      { name: "/test.Quotes/SERVER_STREAM" },
      { name: "/test.Quotes/Get", detail: "unary", calls: { kind: "unary", side: "server" } },
    ]);
    expect([...seen.streams.inTotal!]).toEqual([0, Number.NaN]);
    expect(seen.layout.consumers).toHaveLength(1);
    expect(GRPC_WORDS.streamFacts(seen, 1).map(({ label, value }) => `${label}: ${value}`)).toContain(
      `Reflection: at ${A}`,
    );
  });
});

function metrics(
  asOf: number,
  process: string,
  ...methods: (Partial<MethodRow> & { path: string })[]
): MetricsFindings {
  const rows = methods.map((row, i) => ({
    id: i + 1,
    kind: "UNARY" as const,
    side: "SERVER" as const,
    started: 0,
    completed: 0,
    statuses: [],
    latencies: [],
    ...row,
  }));
  return { families: ["OpenTelemetry"], notes: [], methods: rows, process, asOf };
}

describe("metrics", () => {
  test("alone: methods with all their callers together, and what they tell of them", () => {
    const reader = new Reader();
    const stream = {
      path: "/a.B/Feed",
      kind: "SERVER_STREAM" as const,
      messagesWritten: 10,
      messagesFlushed: 10,
    };
    reader.more.set(A, {
      metrics: metrics(reader.now, "p", { path: "/a.B/Get", started: 100, completed: 98 }, stream),
    });
    reader.observe();
    reader.now += 250;
    reader.more.set(A, {
      metrics: metrics(
        reader.now,
        "p",
        { path: "/a.B/Get", started: 130, completed: 128, statuses: [{ code: 14, count: 30 }] },
        { ...stream, started: 3, messagesWritten: 60, messagesFlushed: 60 },
      ),
    });
    const seen = reader.observe();
    expect(observationBreaches(seen)).toEqual([]);
    expect([...seen.streams.inTotal!]).toEqual([130, 60]);
    expect(consumerOf(seen, "B/Get ← all callers")).toMatchObject({
      due: 30,
      out: 30,
      readers: 2,
      flags: ConsumerFlag.failing,
    });
    expect(consumerOf(seen, "B/Feed ← all callers")).toMatchObject({
      due: 50,
      readers: 3,
      lanes: [{ label: "all calls", backlog: Number.NaN }],
    });
    expect(explained(seen, "B/Feed ← all callers", "unknown")).toContain("Metrics do not tell what waits");
    expect(seen.streams.calls![0]).toMatchObject([
      { process: "p", from: "metrics", sent: Number.NaN, started: 130 },
    ]);
    reader.more.set(A, { metrics: metrics(reader.now, "q", { path: "/a.B/Get", started: 1, completed: 1 }) });
    expect(reader.observe().events.map(({ kind }) => kind)).toEqual(["restart"]);
  });

  test("beside StreamHealth: they fill in what that does not tell, and count nothing twice", () => {
    const reader = new Reader();
    const process = new FakeProcess("a");
    const call = process.begin("SERVER_STREAM");
    const path = "/test.Quotes/SERVER_STREAM";
    const told = (bytesFlushed: number) => {
      const row = { kind: "SERVER_STREAM" as const, started: 7, messagesWritten: bytesFlushed, bytesFlushed };
      return metrics(reader.now, "p", { path, ...row });
    };
    reader.more.set(A, { metrics: told(100) });
    tick(reader, [A, process]);
    process.write(call, 4);
    process.flush(call, 4);
    reader.more.set(A, { metrics: told(300) });
    const seen = tick(reader, [A, process]);
    expect([...seen.streams.inTotal!]).toEqual([4]);
    expect(seen.layout.consumers.map(({ name }) => name)).toEqual([WATCH]);
    expect(seen.streams.calls![0]).toMatchObject([
      { process: "a", from: "instrumented", started: 1, sent: 4, bytesSent: 300, bytesReceived: Number.NaN },
    ]);
    // StreamHealth is lost: they go on alone, from where it was.
    reader.more.set(A, { book: null, metrics: told(400) });
    const alone = tick(reader);
    expect([...alone.streams.inTotal!]).toEqual([104]);
    expect(alone.streams.calls![0]).toMatchObject([{ process: "p", from: "metrics", started: 7 }]);
  });

  test("of all addresses together: nothing of what the processes tell themselves is counted again", () => {
    const reader = new Reader();
    const process = new FakeProcess("b");
    const call = process.begin("SERVER_STREAM");
    const path = "/test.Quotes/SERVER_STREAM";
    const told = (written: number) => {
      const row = {
        kind: "SERVER_STREAM" as const,
        started: 7,
        messagesWritten: written,
        messagesFlushed: written,
      };
      return metrics(reader.now, "p", { path, ...row }, { ...row, path: "/a.B/Other" });
    };
    reader.more.set(A, { metrics: told(0), metricsAreShared: true });
    tick(reader, [B, process]);
    process.write(call, 4);
    reader.more.set(A, { metrics: told(50), metricsAreShared: true });
    const seen = tick(reader, [B, process]);
    expect(seen.layout.streams.map(({ name }, row) => [name, seen.streams.inTotal![row]])).toEqual([
      [path, 4],
      ["/a.B/Other", 50],
    ]);
  });
});
