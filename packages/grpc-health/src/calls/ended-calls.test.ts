import {
  Metadata,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { afterEach, expect, test } from "vitest";
import { instrumentServer, type StreamHealth, type StreamHealthSettings } from "../index.ts";
import { type Harness, nowhere, startEcho, unary, until } from "../test-service.ts";
import { watchHealth } from "../test-watch.ts";
import { ChangeCursor } from "../watch.ts";
import { CallRegistry } from "./call-registry.ts";
import { LiveCall } from "./live-call.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

async function start(settings?: StreamHealthSettings): Promise<Harness & { health: StreamHealth }> {
  let health: StreamHealth | undefined;
  const harness = await startEcho(
    {
      Unary: (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => {
        if (call.request === "fail") callback({ code: status.NOT_FOUND, details: "no such thing" });
        else callback(null, call.request);
      },
      Feed: (call: ServerWritableStream<number, unknown>) => {
        for (let i = 0; i < call.request; i += 1) call.write("x".repeat(10_000));
      },
      Chat: (call: ServerDuplexStream<unknown, unknown>) => {
        call.on("data", (message) => call.write(message)).on("end", () => call.end());
      },
    },
    (server) => {
      health = instrumentServer(server, settings);
    },
  );
  closing.push(harness.close);
  return { ...harness, health: health! };
}

test("the last state of calls that end, though nobody saw them live", async () => {
  const { address, client, health } = await start();
  const echo = client();
  await expect(unary(echo, "fail")).rejects.toMatchObject({ code: status.NOT_FOUND });
  const watching = watchHealth(address, { intervalMs: 100 });
  closing.push(watching.close);
  expect((await watching.response(() => true)).endedCalls).toEqual([]);

  const stalled = echo.Feed(1000);
  stalled.on("error", () => {}).on("data", () => stalled.pause());
  await until(() => (health.snapshot().calls[0]?.messagesFlushed ?? 0) > 0);
  stalled.cancel();
  await expect(unary(echo, "fail")).rejects.toMatchObject({ code: status.NOT_FOUND });
  await unary(echo, "well");
  const chat = echo.Chat();
  chat.on("data", () => chat.end());
  chat.write("hello");
  const ended = () => watching.responses.flatMap(({ endedCalls }) => endedCalls);
  await until(() => ended().length === 3, ended);
  const { methods } = health.snapshot();
  const of = (name: string) =>
    ended().find(({ call }) => methods.find(({ id }) => id === call!.methodId)!.path.endsWith(name))!;
  expect(of("Unary")).toMatchObject({
    code: status.NOT_FOUND,
    call: { messagesReceived: 1, messagesFlushed: 0 },
  });
  expect(of("Chat")).toMatchObject({
    code: status.OK,
    call: { messagesReceived: 1, messagesFlushed: 1, queuedWrites: 0 },
  });
  const { call, code, endedAtMs } = of("Feed");
  expect(code).toBe(status.CANCELLED);
  expect(call).toMatchObject({ messagesWritten: 1000, connectionId: expect.any(Number) });
  expect(call!.queuedWrites).toBe(1000 - call!.messagesFlushed!);
  expect(call!.queuedWrites).toBeGreaterThan(100);
  expect(endedAtMs).toBeGreaterThan(call!.startedAtMs);
});

test("at most 500 a response, the worst first; nothing is kept without a watcher", () => {
  const registry = new CallRegistry();
  const method = registry.method("SERVER", "/a/b", "SERVER_STREAM");
  const end = (code: number, queued: number): number => {
    const call = new LiveCall(registry, method, nowhere);
    call.begin();
    for (let i = 0; i < queued; i += 1) call.sending();
    call.end(code);
    return call.id;
  };
  const process = { instanceId: "a", startedAtMs: 0, implementation: "" };
  const cursor = new ChangeCursor(registry, process, 10);
  const next = () => cursor.next(100, 0).endedCalls.map(({ call }) => call!.id);
  end(1, 0);
  expect(next()).toEqual([]);
  end(1, 0);
  expect(next()).toEqual([]);
  const stop = registry.endedCalls.watch();
  const plain = Array.from({ length: 600 }, () => end(0, 0));
  const lossy = end(0, 2);
  const failed = end(14, 0);
  const worst = end(14, 3);
  expect(next()).toEqual([worst, failed, lossy, ...plain.slice(103)]);
  expect(next()).toEqual([]);
  const late = end(0, 0);
  expect(next()).toEqual([late]);
  end(14, 0);
  stop();
  stop();
  expect(next()).toEqual([]);
  expect(method.completed).toBe(607);
});

test("a client is called what its user-agent says, or what the application makes of its metadata", async () => {
  const name = (health: StreamHealth) => health.snapshot().calls[0]?.clientName;
  const plain = await start();
  plain
    .client()
    .Chat()
    .on("error", () => {});
  await until(() => name(plain.health) !== undefined);
  expect(name(plain.health)).toMatch(/^grpc-node-js\/\d/);

  let asked = 0;
  const own = await start({
    clientName: (metadata) => {
      asked += 1;
      return String(metadata.get("x-tenant")[0]);
    },
  });
  const metadata = new Metadata();
  metadata.set("x-tenant", "t".repeat(300));
  own
    .client()
    .Chat(metadata)
    .on("error", () => {});
  await until(() => name(own.health) !== undefined);
  expect(name(own.health)).toBe("t".repeat(200));
  expect(name(own.health)).toHaveLength(200);
  expect(asked).toBe(1);

  const broken = await start({
    clientName: () => {
      throw new Error("the application's");
    },
  });
  broken
    .client()
    .Chat()
    .on("error", () => {});
  await until(() => name(broken.health) !== undefined);
  expect(name(broken.health)).toMatch(/^grpc-node-js/);
  expect(broken.health.snapshot().faults).toBeGreaterThan(0);
});

test("attempts before a call are those that its client tells, if they make sense", async () => {
  const { client, health } = await start();
  const echo = client();
  for (const told of ["2", "0", "-3", "1e99", "many"]) {
    const metadata = new Metadata();
    metadata.set("grpc-previous-rpc-attempts", told);
    echo.Chat(metadata).on("error", () => {});
  }
  await until(() => health.snapshot().calls.length === 5);
  expect(health.snapshot().calls.map(({ retries }) => retries)).toEqual([2, 0, 0, 0, 0]);
  expect(health.snapshot().methods).toMatchObject([{ started: 5, retries: 1 }]);
});
