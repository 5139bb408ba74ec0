import { cpuUsage } from "node:process";
import { beforeAll, describe, expect, test } from "vitest";
import type { CallView } from "../../model/call.ts";
import { callsQuery } from "../../model/live.ts";
import type { CallMeta } from "../../model/views.ts";
import { SourceTable } from "../../store/source-table.ts";
import { Store } from "../../store/store.ts";
import { viewCallPage } from "../../store/views/call.ts";
import { viewCalls } from "../../store/views/calls.ts";
import { systemClock } from "../clock.ts";
import type { Observation } from "../contract.ts";
import { schedule } from "../scheduler.ts";
import { createGrpcCollector } from "./index.ts";
import { createFaultProcesses, type FaultProcess, startMiddlebox } from "./test-fault-processes.ts";
import { python, QuotesClient, startPythonTarget } from "./test-python-target.ts";
import { until } from "./test-target.ts";

const INTERVAL_MS = 1_000;

let start: Awaited<ReturnType<typeof createFaultProcesses>>;
beforeAll(async () => {
  start = await createFaultProcesses();
});

/** What one test has started ends with it. */
type Finishing = (end: () => Promise<void> | void) => void;

function worldOf(atEnd: Finishing) {
  const killed = async (started: Promise<FaultProcess>): Promise<FaultProcess> => {
    const process = await started;
    atEnd(() => process.kill());
    return process;
  };
  return {
    server: (...options: Parameters<typeof start.server>) => killed(start.server(...options)),
    client: (...addresses: string[]) => killed(start.client(...addresses)),
    watch: (target: string) => watch(target, atEnd),
    async middlebox(address: string) {
      const box = await startMiddlebox(address);
      atEnd(() => box.close());
      return box;
    },
  };
}

/** Streamside with one source, sampled as it always is. */
function watch(target: string, atEnd: Finishing) {
  const store = new Store();
  const table = new SourceTable({
    identity: { id: "src", kind: "grpc", name: "Source" },
    address: target,
    intervalMs: INTERVAL_MS,
  });
  store.add(table);
  const samples: Observation[] = [];
  const sampling = schedule({
    collector: createGrpcCollector({ id: "src", target, connectTimeoutMs: 2_000, requestTimeoutMs: 2_000 }),
    intervalMs: INTERVAL_MS,
    timeoutMs: 5_000,
    clock: systemClock,
    cpuMs: () => cpuUsage().user / 1_000,
    random: Math.random,
    onSample(observation, cost) {
      table.accept(observation, cost);
      samples.push(observation);
    },
    onFailure: (failure) => table.fail(failure),
    onSkip: () => table.skip(),
  });
  atEnd(() => sampling.close());
  const calls = (query: object = {}) =>
    viewCalls(store, callsQuery.parse({ view: "calls", limit: 100, ...query }), Date.now());
  return {
    store,
    table,
    samples,
    calls,
    page: (id: string) => viewCallPage(store, { view: "call", id, limit: 50, offset: 0 }, Date.now()),
    /** Live calls, once they fit. */
    untilCalls: (fit: (calls: readonly CallView[]) => boolean, withinMs?: number) =>
      until(() => calls().rows, fit, withinMs),
    untilEvent: (kind: string, title: RegExp) =>
      until(
        () => table.events.find((event) => event.kind === kind && title.test(event.title)),
        (event) => event !== undefined,
      ),
  };
}

const steady = { everyMs: 20, size: 10_000 };

test("of two calls on one connection, the one whose reader pauses is found within 2 s and named", async ({
  onTestFinished,
}) => {
  const { server, client, watch } = worldOf(onTestFinished);
  const target = await server();
  const reader = await client(target.address);
  const { untilCalls, page, table } = watch(target.address);
  await reader.tell({ do: "open", count: 2, reads: true, request: steady });
  await untilCalls((calls) => calls.length === 2 && calls.every(({ sent }) => sent! > 10));
  await reader.tell({ do: "pause", call: 1 });
  const [stalled, healthy] = await untilCalls(([worst]) => worst?.status === "stalled");
  // A second in which nothing is flushed, and at most another one to the next sample.
  expect(table.asOf! - stalled!.lastSentAt!).toBeLessThan(2_200);
  expect(healthy!.status).toBe("ok");
  expect(healthy!.peer).toBe(stalled!.peer);
  const because = () => (page(stalled!.id).meta as CallMeta).because;
  expect(because()).toContain(`Call 2 from ${stalled!.peer} (grpc-node-js/`);
  await until(because, (sentence) =>
    /its connection is alive \(.*\) and 1 other call on it flows: the reader of this call does not read/.test(
      sentence,
    ),
  );
});

test.skipIf(python === null)("the same on a server of grpcio", async ({ onTestFinished }) => {
  const target = await startPythonTarget({ streamHealth: true });
  onTestFinished(() => target.stop());
  const quotes = new QuotesClient(target.address);
  onTestFinished(() => quotes.close());
  const { untilCalls, page } = watch(target.address, onTestFinished);
  const [paused, read, slow] = [
    quotes.watch({ size: 50_000 }),
    quotes.watch({ size: 100, intervalMs: 100 }),
    quotes.watch({ intervalMs: 60_000 }),
  ];
  for (const call of [read, slow]) call.resume();
  paused.once("data", () => paused.pause());
  const [stalled, ...others] = await untilCalls(
    (calls) => calls.length === 3 && calls[0]!.status === "stalled",
  );
  expect(stalled!.queued).toBe(1);
  expect(others.map(({ queued, status }) => [queued, status])).toEqual([
    [0, "ok"],
    [0, "ok"],
  ]);
  expect((page(stalled!.id).meta as CallMeta).because).toMatch(
    /Call \d+ from 127.0.0.1:\d+ \(quotes-client .*: 1 message written and not flushed, .* on it flows?: the reader of this call does not read/,
  );
});

describe.concurrent("faults of gRPC calls", () => {
  test("a reader that never attaches is seen by its own process alone", async ({ onTestFinished }) => {
    const { server, client, watch } = worldOf(onTestFinished);
    const target = await server();
    const reader = await client(target.address);
    const [served, called] = [watch(target.address), watch(reader.address)];
    await reader.tell({ do: "open", count: 1, reads: false, request: steady });
    const [stalled] = await called.untilCalls(([call]) => call?.status === "stalled");
    expect(stalled).toMatchObject({ side: "client", received: 0, peer: target.address });
    expect(stalled!.unread).toBeGreaterThan(1);
    expect((called.page(stalled!.id).meta as CallMeta).because).toMatch(
      /messages received and not read, .*: the application that made the call does not read/,
    );
    // grpc-js takes all that comes, so the server has nothing to hold.
    await served.untilCalls(([call]) => call!.sent! >= stalled!.unread! && call!.status === "ok");
  });

  test("the calls of a client that is killed end, and it is told why", async ({ onTestFinished }) => {
    const { server, client, watch } = worldOf(onTestFinished);
    const target = await server();
    const reader = await client(target.address);
    const { untilCalls, untilEvent } = watch(target.address);
    await reader.tell({ do: "open", count: 3, reads: true, request: steady });
    await untilCalls((calls) => calls.length === 3);
    await reader.kill();
    await untilCalls((calls) => calls.length === 0);
    await untilEvent("connection closed", /\((ECONNRESET|closed by the peer)\); 3 calls went with it$/);
  });

  test("a client that is gone without a word is told as gone: its pings stay unanswered", async ({
    onTestFinished,
  }) => {
    const { server, client, watch, middlebox } = worldOf(onTestFinished);
    const target = await server();
    const box = await middlebox(target.address);
    const [gone, there] = [await client(box.address), await client(target.address)];
    const { untilCalls, page } = watch(target.address);
    for (const reader of [gone, there]) {
      await reader.tell({ do: "open", count: 1, reads: true, request: steady });
    }
    await untilCalls((calls) => calls.length === 2);
    box.drop();
    await gone.kill();
    const [stopped, healthy] = await untilCalls(([call]) => call?.status === "stopped", 25_000);
    expect(healthy!.status).toBe("ok");
    expect((page(stopped!.id).meta as CallMeta).because).toMatch(
      /answered none of \d+ pings since .*: the peer is gone, and the server will not notice before its keepalive/,
    );
  });

  test("a server's keepalive ends them, with the reason", async ({ onTestFinished }) => {
    const { server, client, watch, middlebox } = worldOf(onTestFinished);
    const target = await server({ "grpc.keepalive_time_ms": 1_000, "grpc.keepalive_timeout_ms": 1_000 });
    const box = await middlebox(target.address);
    const reader = await client(box.address);
    const { untilCalls, untilEvent } = watch(target.address);
    await reader.tell({ do: "open", count: 1, reads: true, request: steady });
    await untilCalls((calls) => calls.length === 1);
    box.drop();
    await reader.kill();
    await untilCalls((calls) => calls.length === 0, 15_000);
    await untilEvent("connection closed", /\(keepalive timeout\); 1 call went with it$/);
    await untilEvent("call ended", /ended with CANCELLED; \d+ messages were waiting in it$/);
  });

  test("a server that shuts down in order leaves nothing that looks well", async ({ onTestFinished }) => {
    const { server, client, watch } = worldOf(onTestFinished);
    const target = await server();
    const reader = await client(target.address);
    const { untilCalls, calls, table } = watch(target.address);
    await reader.tell({ do: "open", count: 2, reads: true, request: steady });
    await untilCalls((live) => live.length === 2);
    await target.tell({ do: "drain" });
    await until(
      () => table.statusAt(Date.now()),
      (status) => status === "lost",
    );
    expect(calls().rows.map(({ status }) => status)).toEqual(["unknown", "unknown"]);
  });

  test("a server that sends its clients away is followed without a failure, and it is told", async ({
    onTestFinished,
  }) => {
    const { server, watch } = worldOf(onTestFinished);
    const options = { "grpc.max_connection_age_ms": 1_200, "grpc.max_connection_age_grace_ms": 300 };
    const { address } = await server(options);
    const { table, untilEvent } = watch(address);
    await untilEvent("goaway", /asks to be left: GOAWAY NO_ERROR \(max_age\)$/);
    await untilEvent("connection back", /^Connected again to /);
    expect(table.lastFailure).toBeNull();
    expect(table.events.map(({ kind }) => kind)).not.toContain("restart");
  });
});

test("10,000 streams at a time are all counted, and sampled in their interval", async ({
  onTestFinished,
}) => {
  const { server, client, watch } = worldOf(onTestFinished);
  const target = await server();
  const reader = await client(...Array.from({ length: 10 }, () => target.address));
  const { samples, calls, table } = watch(target.address);
  await reader.tell({ do: "open", count: 10_000, reads: true, request: { everyMs: 0, size: 10 } });
  await until(
    () => samples.at(-1)?.calls?.count,
    (count) => count === 10_000,
    20_000,
  );
  const before = samples.length;
  await until(
    () => samples.length,
    (count) => count >= before + 2,
  );
  expect(table.sampled!.cost.wallMs).toBeLessThan(INTERVAL_MS);
  expect(table.sampled!.columns.consumers.status).toHaveLength(1);
  const pages = [0, 5_000, 9_900].map((offset) => calls({ offset, sort: "age" }));
  expect(pages[0]!.meta).toMatchObject({ total: 10_000, all: 10_000, live: 10_000 });
  const shown = pages.flatMap(({ rows }) => rows);
  expect(new Set(shown.map(({ id }) => id)).size).toBe(300);
  expect(shown.every(({ sent, queued }) => sent === 1 && queued === 0)).toBe(true);
  expect(shown).toEqual([...shown].sort((a, b) => a.startedAt! - b.startedAt!));
});
