import { describe, expect, test } from "vitest";
import type { CallMeta } from "../../model/views.ts";
import { SourceSnapshot } from "../../store/source-snapshot.ts";
import { faultWorld, steady, watch } from "./test-fault-world.ts";
import { python, QuotesClient, startPythonTarget } from "./test-python-target.ts";
import { until } from "./test-target.ts";

const worldOf = faultWorld();

test.skipIf(python === null)(
  "a reader that pauses is named on a server of grpcio",
  async ({ onTestFinished }) => {
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
    expect(others.map(({ status }) => status)).toEqual(["ok", "ok"]);
    // Each may be seen while it writes one.
    for (const { queued } of others) expect(queued).toBeLessThanOrEqual(1);
    expect((page(stalled!.id).meta as CallMeta).because).toMatch(
      /Call \d+ from 127.0.0.1:\d+ \(quotes-client .*: 1 message written and not flushed, .* on it flows?: the reader of this call does not read/,
    );
  },
);

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
      () => new SourceSnapshot(table, Date.now()).status,
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
