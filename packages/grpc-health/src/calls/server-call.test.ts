import {
  Metadata,
  type ServerDuplexStream,
  ServerInterceptingCall,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { afterEach, expect, test } from "vitest";
import { createStreamHealth, instrumentServer, type MethodRow, type StreamHealth } from "../index.ts";
import { type Harness, startEcho, unary, until } from "../test-service.ts";
import { CallRegistry } from "./call-registry.ts";
import { createServerInterceptor } from "./server-call.ts";

type Any = unknown;
const echo = {
  Unary: (call: ServerUnaryCall<Any, Any>, callback: sendUnaryData<Any>) => {
    if (call.request === "fail") callback({ code: status.NOT_FOUND, details: "no such thing" });
    else if (call.request !== "hang") callback(null, call.request);
  },
  Collect: (call: ServerReadableStream<Any, Any>, callback: sendUnaryData<Any>) => {
    let count = 0;
    call.on("data", () => {
      count += 1;
    });
    call.on("end", () => callback(null, count));
  },
  Feed: (call: ServerWritableStream<number, Any>) => {
    for (let i = 0; i < call.request; i += 1) call.write({ i });
    if (call.request >= 0) call.end();
  },
  Chat: (call: ServerDuplexStream<Any, Any>) => {
    call.on("data", (message) => call.write(message));
    call.on("end", () => call.end());
  },
};

const running: Harness[] = [];
afterEach(() => {
  for (const harness of running.splice(0)) harness.close();
});

async function start(
  implementation: object = echo,
  settings: Parameters<typeof instrumentServer>[1] = {},
): Promise<Harness & { health: StreamHealth; method(name: string): MethodRow }> {
  let health: StreamHealth | undefined;
  const harness = await startEcho({ ...echo, ...implementation }, (server) => {
    health = instrumentServer(server, settings);
  });
  running.push(harness);
  if (health === undefined) throw new Error("not instrumented");
  const { snapshot } = health;
  return {
    ...harness,
    health,
    method: (name) => {
      const row = snapshot().methods.find(({ path }) => path === `/test.Echo/${name}`);
      if (row === undefined) throw new Error(`no row for ${name}`);
      return row;
    },
  };
}

const ended = ({ started, completed }: MethodRow): boolean => started > 0 && started === completed;
const size = (value: unknown): number => JSON.stringify(value).length;

test("a unary call: one message each way, its bytes, its status, its duration", async () => {
  const { client, health, method } = await start();
  await unary(client(), "hello");
  await until(() => ended(method("Unary")));
  expect(method("Unary")).toMatchObject({
    kind: "UNARY",
    side: "SERVER",
    started: 1,
    statuses: [{ code: status.OK, count: 1 }],
    messagesWritten: 1,
    messagesFlushed: 1,
    messagesReceived: 1,
    bytesFlushed: size("hello"),
    bytesReceived: size("hello"),
    queuedWrites: 0,
    latencies: [{ measure: "CALL_DURATION", count: 1 }],
  });
  expect(method("Unary").latencies[0]?.maxUs).toBeGreaterThan(0);
  expect(health.snapshot()).toMatchObject({ calls: [], liveCalls: 0, faults: 0 });
});

test("a client stream: every request counted, one duration", async () => {
  const { client, method } = await start();
  const response = await new Promise((resolve, reject) => {
    const call = client().Collect((error, value) => (error === null ? resolve(value) : reject(error)));
    for (let i = 0; i < 40; i += 1) call.write(i);
    call.end();
  });
  expect(response).toBe(40);
  await until(() => ended(method("Collect")));
  expect(method("Collect")).toMatchObject({
    kind: "CLIENT_STREAM",
    messagesReceived: 40,
    messagesFlushed: 1,
    bytesReceived: 10 + 30 * 2,
    latencies: [{ measure: "CALL_DURATION", count: 1 }],
  });
});

test("a server stream: every response counted once, time to the first and gaps between the others", async () => {
  const { client, method } = await start();
  const call = client().Feed(50);
  const messages: unknown[] = [];
  call.on("data", (message) => messages.push(message));
  await until(() => messages.length === 50);
  await until(() => ended(method("Feed")));
  expect(method("Feed")).toMatchObject({
    kind: "SERVER_STREAM",
    messagesWritten: 50,
    messagesFlushed: 50,
    messagesReceived: 1,
    bytesFlushed: messages.map(size).reduce((a, b) => a + b),
    latencies: [
      { measure: "FIRST_MESSAGE", count: 1 },
      { measure: "MESSAGE_GAP", count: 49 },
    ],
  });
});

test("a bidirectional stream while it lives: counts, times, peer, deadline", async () => {
  const { client, health, method } = await start();
  const deadline = Date.now() + 60_000;
  const call = client().Chat({ deadline });
  const replies: unknown[] = [];
  call.on("data", (message) => replies.push(message));
  for (let i = 0; i < 3; i += 1) {
    call.write(i);
    await until(() => replies.length === i + 1);
  }
  const { calls, serverTimeMs } = health.snapshot();
  expect(calls).toHaveLength(1);
  const row = calls[0]!;
  expect(row).toMatchObject({
    methodId: method("Chat").id,
    messagesWritten: 3,
    messagesFlushed: 3,
    messagesReceived: 3,
    bytesFlushed: 3,
    bytesReceived: 3,
    queuedWrites: 0,
    unreadMessages: 0,
  });
  expect(row.peer).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(Math.abs(row.deadlineAtMs! - deadline)).toBeLessThan(1000);
  expect(row.startedAtMs).toBeLessThanOrEqual(row.lastReceivedAtMs!);
  expect(row.lastReceivedAtMs).toBeLessThanOrEqual(row.lastWrittenAtMs!);
  expect(row.lastWrittenAtMs).toBeLessThanOrEqual(row.lastFlushedAtMs!);
  expect(row.lastFlushedAtMs).toBeLessThanOrEqual(serverTimeMs);
  expect(row.oldestUnflushedAtMs).toBeUndefined();
  call.end();
  await until(() => ended(method("Chat")));
  expect(method("Chat").latencies).toMatchObject([{ measure: "MESSAGE_GAP", count: 2 }]);
});

test("statuses: the handler's, cancelled by the client, deadline, serialization failure", async () => {
  const { client, method } = await start({
    Chat: (call: ServerDuplexStream<Any, Any>) => call.write({ toJSON: () => JSON.parse("{") }),
  });
  const echoClient = client();
  await expect(unary(echoClient, "fail")).rejects.toMatchObject({ code: status.NOT_FOUND });
  const hanging = echoClient.Unary("hang", () => {});
  await until(() => method("Unary").started === 2);
  hanging.cancel();
  // A client that keeps a deadline itself may be the first to end the call at it: CANCELLED, to the server.
  const onlyForTheServer = new Metadata();
  onlyForTheServer.set("grpc-timeout", "150m");
  await expect(
    new Promise((resolve, reject) =>
      echoClient.Unary("hang", onlyForTheServer, {}, (error) =>
        error === null ? resolve(0) : reject(error),
      ),
    ),
  ).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
  await until(() => ended(method("Unary")));
  expect(method("Unary").statuses.sort((a, b) => a.code - b.code)).toEqual([
    { code: status.CANCELLED, count: 1 },
    { code: status.DEADLINE_EXCEEDED, count: 1 },
    { code: status.NOT_FOUND, count: 1 },
  ]);

  const chat = echoClient.Chat();
  chat.on("data", () => {});
  const failure = new Promise((resolve) => chat.on("error", resolve));
  expect(await failure).toMatchObject({ code: status.INTERNAL });
  await until(() => ended(method("Chat")));
  expect(method("Chat").statuses).toEqual([{ code: status.INTERNAL, count: 1 }]);
});

test("of two streams on one connection, the one whose reader paused is seen stalled", async () => {
  const timers: NodeJS.Timeout[] = [];
  const { client, health, method } = await start({
    Feed: (call: ServerWritableStream<string, Any>) => {
      const timer = setInterval(() => {
        for (let i = 0; i < 10; i += 1) call.write({ pad: "x".repeat(1000) });
      }, 5);
      timers.push(timer);
      call.on("close", () => clearInterval(timer));
    },
  });
  const oneConnection = client();
  const [paused, reading] = [oneConnection.Feed("paused"), oneConnection.Feed("reading")];
  let read = 0;
  for (const stream of [paused, reading]) stream.on("error", () => {});
  reading.on("data", () => {
    read += 1;
  });
  paused.on("data", () => {});
  paused.pause();

  const row = (id: number) => health.snapshot().calls.find((call) => call.id === id)!;
  const ageMs = (id: number) => {
    const { calls, serverTimeMs } = health.snapshot();
    const at = calls.find((call) => call.id === id)?.oldestUnflushedAtMs;
    return at === undefined ? 0 : serverTimeMs - at;
  };
  await until(() => health.snapshot().calls.length === 2);
  // In the order they were begun in.
  const [stalled, healthy] = health.snapshot().calls.map(({ id }) => id) as [number, number];
  await until(() => row(stalled).queuedWrites! > 100 && ageMs(stalled) > 500);

  expect(row(stalled).peer).toBe(row(healthy).peer);
  const before = { ...row(stalled), age: ageMs(stalled), read };
  await until(() => ageMs(stalled) > before.age + 300 && read > before.read + 200);
  const after = row(stalled);
  expect(after.queuedWrites).toBeGreaterThan(before.queuedWrites!);
  expect(after.messagesWritten! - after.messagesFlushed!).toBe(after.queuedWrites);
  expect(after.messagesFlushed).toBe(before.messagesFlushed);
  expect(after.lastFlushedAtMs).toBe(before.lastFlushedAtMs);
  // What flows is flushed again and again, however busy the machine is.
  await until(() => ageMs(healthy) < 250);
  expect(method("Feed").queuedWrites).toBeGreaterThanOrEqual(after.queuedWrites!);

  paused.resume();
  for (const timer of timers) clearInterval(timer);
  await until(() => row(stalled).queuedWrites === 0);
  expect(row(stalled).oldestUnflushedAtMs).toBeUndefined();
  expect(row(stalled).messagesFlushed).toBe(row(stalled).messagesWritten);
});

test("requests that the application does not read are unread", async () => {
  const { client, health } = await start({
    Collect: (call: ServerReadableStream<Any, Any>) => {
      call.on("data", () => call.pause());
    },
  });
  const call = client().Collect(() => {});
  for (let i = 0; i < 10; i += 1) call.write(i);
  // The first one was read; grpc-js fetches the others ahead.
  await until(() => health.snapshot().calls[0]?.unreadMessages === 9, health.snapshot);
});

test("calls of observing services and of StreamHealth are left out", async () => {
  const { client, health } = await start(echo, { exclude: ["test.Echo"] });
  await unary(client(), 1);
  expect(health.snapshot()).toMatchObject({ methods: [], calls: [], liveCalls: 0 });
});

test("services added before instrumentation count too, and interceptors of the server still run", async () => {
  const seen: string[] = [];
  const health = createStreamHealth();
  const interceptors = [
    (method: { path: string }, next: ConstructorParameters<typeof ServerInterceptingCall>[0]) => {
      seen.push(method.path);
      return new ServerInterceptingCall(next);
    },
  ];
  const harness = await startEcho(echo, () => {}, { interceptors });
  running.push(harness);
  health.instrument(harness.server);
  health.instrument(harness.server);
  const call = harness.client().Feed(20);
  call.on("data", () => {});
  await until(() => health.snapshot().methods[0]?.completed === 1);
  expect(health.snapshot().methods[0]).toMatchObject({
    started: 1,
    messagesWritten: 20,
    messagesFlushed: 20,
  });
  expect(seen).toEqual(["/test.Echo/Feed"]);
  expect(interceptors).toHaveLength(1);
});

test("a clock that throws reaches no call and loses no count", async () => {
  const faults: unknown[] = [];
  const { client, health, method } = await start(echo, {
    now: () => {
      throw new Error("clock");
    },
    onFault: (error) => {
      faults.push(error);
      throw new Error("handler");
    },
  });
  await expect(unary(client(), "x")).resolves.toBe("x");
  const call = client().Feed(5);
  const messages: unknown[] = [];
  call.on("data", (message) => messages.push(message));
  await until(() => messages.length === 5 && ended(method("Feed")));
  expect(method("Feed")).toMatchObject({ messagesWritten: 5, messagesFlushed: 5 });
  expect(health.snapshot().faults).toBeGreaterThan(5);
  expect(faults.length).toBeGreaterThan(5);
});

test("without channelz, whose tracker tells what is flushed, all is counted just so", async () => {
  let health: StreamHealth | undefined;
  const prepare = (server: Parameters<StreamHealth["instrument"]>[0]) => {
    health = instrumentServer(server);
  };
  const harness = await startEcho(echo, prepare, { "grpc.enable_channelz": 0 });
  running.push(harness);
  const call = harness.client().Feed(20);
  call.on("data", () => {});
  await until(() => health?.snapshot().methods[0]?.completed === 1);
  expect(health?.snapshot().methods[0]).toMatchObject({
    messagesWritten: 20,
    messagesFlushed: 20,
    bytesReceived: size(20),
    statuses: [{ code: status.OK, count: 1 }],
  });
});

test("two that observe one server both count its calls, each once", async () => {
  const healths = [createStreamHealth(), createStreamHealth()];
  const harness = await startEcho(echo, (server) => {
    for (const health of healths) health.instrument(server);
  });
  running.push(harness);
  const call = harness.client().Chat();
  const replies: unknown[] = [];
  call.on("data", (reply) => replies.push(reply));
  for (let i = 0; i < 5; i += 1) call.write(i);
  await until(() => replies.length === 5);
  call.end();
  for (const { snapshot } of healths) {
    await until(() => snapshot().methods[0]?.completed === 1);
    expect(snapshot()).toMatchObject({ liveCalls: 0, faults: 0 });
    expect(snapshot().methods[0]).toMatchObject({
      messagesReceived: 5,
      messagesWritten: 5,
      messagesFlushed: 5,
      bytesReceived: 5,
      bytesFlushed: 5,
    });
  }
});

test("of a grpc-js that keeps codec and tracker elsewhere, all but bytes is known", () => {
  const registry = new CallRegistry();
  const intercept = createServerInterceptor(
    registry,
    () => false,
    () => "",
  );
  type Next = Parameters<typeof intercept>[1];
  type Listener = Parameters<Next["start"]>[0];
  const sent: unknown[] = [];
  let below: Listener | undefined;
  const next = {
    start: (listener: Listener) => {
      below = listener;
    },
    sendMessage: (message: unknown, callback: () => void) => {
      sent.push(message);
      callback();
    },
    getDeadline: () => Number.POSITIVE_INFINITY,
  } as unknown as Next;
  const call = intercept({ path: "/a/b", requestStream: true, responseStream: true } as never, next);
  const heard: unknown[] = [];
  const listener: Listener = {
    onReceiveMetadata: () => heard.push("metadata"),
    onReceiveMessage: (message: unknown) => heard.push(message),
    onReceiveHalfClose: () => {},
    onCancel: () => heard.push("cancel"),
  };
  call.start(listener);
  below?.onReceiveMetadata(new Metadata());
  below?.onReceiveMessage("asked");
  call.sendMessage("answered", () => sent.push("done"));
  expect([...registry.live]).toMatchObject([
    { messagesReceived: 1, messagesWritten: 1, messagesFlushed: 1, bytesKnown: false },
  ]);
  below?.onCancel();
  expect([heard, sent]).toEqual([
    ["metadata", "asked", "cancel"],
    ["answered", "done"],
  ]);
  expect(registry.methods.get("SERVER/a/b")).toMatchObject({ completed: 1, bytesKnown: false });
});
