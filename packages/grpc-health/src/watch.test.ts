import type { ServerDuplexStream } from "@grpc/grpc-js";
import { afterEach, expect, test } from "vitest";
import { CallRegistry } from "./calls/call-registry.ts";
import { LiveCall } from "./calls/live-call.ts";
import { instrumentServer, type StreamHealth, streamHealthDefinition, type WatchRequest } from "./index.ts";
import { selectCalls } from "./rows.ts";
import { type Harness, nowhere, startEcho, until } from "./test-service.ts";
import { type Watching, watchHealth } from "./test-watch.ts";
import { ChangeCursor } from "./watch.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

async function start(): Promise<Harness & { health: StreamHealth; watch(request: WatchRequest): Watching }> {
  let health: StreamHealth | undefined;
  const harness = await startEcho(
    {
      Chat: (call: ServerDuplexStream<unknown, unknown>) => {
        call.on("data", (message) => call.write(message));
        call.on("end", () => call.end());
      },
    },
    (server) => {
      health = instrumentServer(server);
    },
  );
  closing.push(harness.close);
  return {
    ...harness,
    health: health!,
    watch(request) {
      const watching = watchHealth(harness.address, request);
      closing.push(watching.close);
      return watching;
    },
  };
}

test("a snapshot first, then only what changed, then the end of a call", async () => {
  const { client, watch } = await start();
  const chat = client().Chat();
  const replies: unknown[] = [];
  chat.on("data", (message) => replies.push(message));
  chat.on("error", () => {});
  chat.write(1);
  await until(() => replies.length === 1);

  const { responses, response } = bound(watch({ intervalMs: 100 }));
  const snapshot = await response(() => true);
  expect(snapshot).toMatchObject({ snapshot: true, intervalMs: 100, liveCalls: 1, faults: 0 });
  expect(snapshot.process?.instanceId).toMatch(/^[0-9a-f-]{36}$/);
  expect(snapshot.process?.startedAtMs).toBeLessThan(snapshot.serverTimeMs);
  expect(snapshot.calls).toMatchObject([{ messagesReceived: 1 }]);
  // Neither this Watch nor its method is in what it shows.
  expect(snapshot.methods).toMatchObject([{ path: "/test.Echo/Chat", started: 1, completed: 0 }]);

  const quiet = await response(() => true, 1);
  expect(quiet).toMatchObject({ snapshot: false, process: null, methods: [], calls: [], liveCalls: 1 });
  expect(quiet.serverTimeMs).toBeGreaterThan(snapshot.serverTimeMs);

  chat.write(2);
  const changed = await response(({ calls }) => calls[0]?.messagesFlushed === 2, 1);
  expect(changed.calls).toMatchObject([{ id: snapshot.calls[0]!.id, messagesReceived: 2 }]);
  expect(changed.methods).toMatchObject([{ messagesReceived: 2 }]);

  chat.end();
  const over = await response(({ endedCallIds }) => endedCallIds.length > 0);
  expect(over).toMatchObject({ endedCallIds: [snapshot.calls[0]!.id], liveCalls: 0, calls: [] });
  expect(over.methods).toMatchObject([
    { completed: 1, statuses: [{ code: 0, count: 1 }], messagesReceived: 2 },
  ]);
  const count = responses.length;
  await response(() => true, count);
  expect(responses.at(-1)).toMatchObject({ endedCallIds: [], methods: [] });
});

function threeCalls(): { registry: CallRegistry; calls: [LiveCall, LiveCall, LiveCall] } {
  let time = 0;
  const registry = new CallRegistry({
    now: () => {
      time += 1;
      return time;
    },
  });
  const method = registry.method("SERVER", "/a/b", "SERVER_STREAM");
  const begin = (): LiveCall => {
    const call = new LiveCall(registry, method, nowhere);
    call.begin();
    return call;
  };
  return { registry, calls: [begin(), begin(), begin()] };
}

test("the stalled come first, then the oldest", () => {
  const { registry, calls } = threeCalls();
  const [first, second, third] = calls;
  third.sending();
  second.sending();
  expect(selectCalls(registry, 1)).toEqual([third]);
  expect(selectCalls(registry, 2)).toEqual([third, second]);
  third.flushed();
  expect(selectCalls(registry, 2)).toEqual([second, first]);
  expect(selectCalls(registry, 9)).toEqual(calls);
});

test("with more live calls than asked for, one that stalls takes the place of one that is then hidden", () => {
  const { registry, calls } = threeCalls();
  const [first, second, third] = calls;
  const cursor = new ChangeCursor(registry, { instanceId: "a", startedAtMs: 0, implementation: "" }, 2);
  const next = () => {
    const { calls: rows, endedCallIds, hiddenCallIds, liveCalls } = cursor.next(100, 0);
    return { rows: rows.map(({ id }) => id), endedCallIds, hiddenCallIds, liveCalls };
  };
  const quiet = { rows: [], endedCallIds: [], hiddenCallIds: [] };
  expect(next()).toEqual({ ...quiet, rows: [first.id, second.id], liveCalls: 3 });
  expect(next()).toEqual({ ...quiet, liveCalls: 3 });
  third.sending();
  expect(next()).toEqual({ ...quiet, rows: [third.id], hiddenCallIds: [second.id], liveCalls: 3 });
  second.end(0);
  expect(next()).toEqual({ ...quiet, liveCalls: 2 });
  first.end(1);
  expect(next()).toEqual({ ...quiet, endedCallIds: [first.id], liveCalls: 1 });
});

test("a watcher that does not read skips responses: nothing queues for it", async () => {
  const queued: number[] = [];
  const { client, server, watch } = await start();
  const handlers = (
    server as unknown as { handlers: Map<string, { func: (call: { writableLength: number }) => void }> }
  ).handlers;
  const handler = handlers.get(streamHealthDefinition.Watch.path)!;
  const original = handler.func;
  const streams: { writableLength: number }[] = [];
  handler.func = (call) => {
    streams.push(call);
    original(call);
  };
  // Big responses fill the flow control window at once.
  const chats = Array.from({ length: 1000 }, () => client().Chat());
  for (const chat of chats) {
    chat.on("data", () => {});
    chat.on("error", () => {});
  }
  const reading = bound(watch({ intervalMs: 100 }));
  await reading.response(({ liveCalls }) => liveCalls === 1000);
  const { stream, responses } = bound(watch({ intervalMs: 100 }));
  await until(() => responses.length === 1);
  stream.pause();
  let turn = 0;
  const busy = setInterval(() => {
    turn += 1;
    for (const chat of chats) chat.write(turn);
    queued.push(streams[1]!.writableLength);
  }, 50);
  closing.push(() => clearInterval(busy));
  // Time for the window to fill and for responses to be skipped, as told by the turns of the load.
  await until(() => queued.filter((length) => length > 0).length > 20, undefined, 20_000);
  clearInterval(busy);
  expect(Math.max(...queued)).toBe(1);
  stream.resume();
  await until(() => (responses.at(-1)?.skippedResponses ?? 0) > 0, undefined, 10_000);
}, 40_000);

test("a graceful shutdown ends the Watch calls and does not wait for them", async () => {
  const { server, watch } = await start();
  const watching = watch({});
  await watching.response(() => true);
  await new Promise<void>((resolve, reject) =>
    server.tryShutdown((error) => (error === undefined ? resolve() : reject(error))),
  );
  await until(() => watching.ended);
});

function bound(watching: Watching): Pick<Watching, "responses" | "response" | "stream"> {
  const { responses, stream } = watching;
  return { responses, stream, response: watching.response.bind(watching) };
}
