import { InterceptingCall, type ServerDuplexStream, type ServerWritableStream, status } from "@grpc/grpc-js";
import { afterEach, expect, test } from "vitest";
import { createStreamHealth } from "../index.ts";
import { type Harness, startEcho, unary, until } from "../test-service.ts";

let harness: Harness | undefined;
afterEach(() => harness?.close());

const echo = {
  Unary: (call: { request: unknown }, callback: (error: null, value: unknown) => void) => {
    if (call.request !== "hang") callback(null, call.request);
  },
  Feed: (call: ServerWritableStream<number, unknown>) => {
    for (let i = 0; i < call.request; i += 1) call.write(i);
    call.end();
  },
  Chat: (call: ServerDuplexStream<unknown, unknown>) => {
    call.on("data", (message) => call.write(message));
    call.on("end", () => call.end());
  },
};

test("the calls of a client: counts, bytes, statuses, peer", async () => {
  harness = await startEcho(echo);
  const health = createStreamHealth();
  const intercepted: string[] = [];
  const client = harness.client(
    health.clientOptions({
      interceptors: [
        (options, next) => {
          intercepted.push(options.method_definition.path);
          return new InterceptingCall(next(options));
        },
      ],
    }),
  );
  await unary(client, "four");
  const hanging = client.Unary("hang", () => {});
  const feed = client.Feed(5);
  feed.on("data", () => {});
  const chat = client.Chat({ deadline: Date.now() + 60_000 });
  const replies: unknown[] = [];
  chat.on("error", () => {});
  chat.on("data", (message) => replies.push(message));
  chat.write(1);
  chat.write(2);
  const row = (name: string) => health.snapshot().methods.find(({ path }) => path.endsWith(name))!;
  await until(() => replies.length === 2 && row("Feed").completed === 1);
  const live = health.snapshot().calls.find(({ methodId }) => methodId === row("Chat").id)!;
  expect(live).toMatchObject({
    peer: harness.address,
    messagesWritten: 2,
    messagesFlushed: 2,
    messagesReceived: 2,
    bytesFlushed: 2,
    queuedWrites: 0,
  });
  expect(live.deadlineAtMs).toBeGreaterThan(Date.now());
  hanging.cancel();
  await until(() => row("Unary").completed === 2);
  expect(row("Unary")).toMatchObject({
    side: "CLIENT",
    bytesReceived: 6,
    statuses: [
      { code: status.OK, count: 1 },
      { code: status.CANCELLED, count: 1 },
    ],
  });
  expect(row("Feed")).toMatchObject({
    messagesReceived: 5,
    latencies: [
      { measure: "FIRST_MESSAGE", count: 1 },
      { measure: "MESSAGE_GAP", count: 4 },
    ],
  });
  expect(intercepted).toHaveLength(4);
  expect(health.snapshot().faults).toBe(0);
  chat.end();
});

test("responses a client does not read are unread", async () => {
  harness = await startEcho(echo);
  const health = createStreamHealth();
  const feed = harness.client(health.clientOptions()).Feed(1000);
  feed.on("error", () => {});
  feed.on("data", () => feed.pause());
  await until(() => (health.snapshot().calls[0]?.unreadMessages ?? 0) > 10, health.snapshot);
  feed.cancel();
});

test("responses that nobody ever began to read are unread", async () => {
  harness = await startEcho(echo);
  const health = createStreamHealth();
  const feed = harness.client(health.clientOptions()).Feed(1000);
  feed.on("error", () => {});
  const call = () => health.snapshot().calls[0];
  // All of them: grpc-js holds nothing back for such a call.
  await until(() => call()?.unreadMessages === 1000, health.snapshot);
  const { unreadSinceMs, startedAtMs } = call()!;
  expect(unreadSinceMs).toBeGreaterThanOrEqual(startedAtMs);
  expect(call()).toMatchObject({ messagesReceived: 0, unreadMessages: 1000, unreadSinceMs });
  let read = 0;
  feed.on("data", () => (read += 1));
  await until(() => read === 1000);
  feed.cancel();
});

test("what a server does not read is queued in the client, though grpc-js has it in its buffer for retries", async () => {
  harness = await startEcho({ Chat: () => {} });
  const health = createStreamHealth();
  const chat = harness.client(health.clientOptions()).Chat();
  chat.on("error", () => {});
  const size = 20_000;
  for (let i = 0; i < 40; i += 1) chat.write("x".repeat(size));
  const row = () => health.snapshot().calls[0]!;
  await until(() => row().heldBy === "STREAM_WINDOW", health.snapshot);
  const { messagesFlushed, queuedWrites, bytesFlushed, connectionId } = row();
  expect(messagesFlushed).toBeGreaterThan(0);
  expect(queuedWrites).toBe(40 - messagesFlushed!);
  expect(queuedWrites).toBeGreaterThan(20);
  expect(bytesFlushed).toBe(messagesFlushed! * (size + 2));
  expect(health.snapshot().connections).toMatchObject([
    { id: connectionId, side: "CLIENT", peer: harness.address, liveCalls: 1 },
  ]);
  chat.cancel();
});

test("a message too large for the buffer for retries is flushed once", async () => {
  harness = await startEcho(echo);
  const health = createStreamHealth();
  const chat = harness.client(health.clientOptions()).Chat();
  let replies = 0;
  chat.on("data", () => (replies += 1)).on("error", () => {});
  for (const size of [2 ** 21, 10, 2 ** 21]) chat.write("x".repeat(size));
  await until(() => replies === 3);
  expect(health.snapshot().calls[0]).toMatchObject({
    messagesFlushed: 3,
    queuedWrites: 0,
    bytesFlushed: 2 ** 22 + 10 + 6,
  });
  chat.end();
});

test.each(["deflate", "identity"])(
  "with %s compression, sizes are those of the messages",
  async (encoding) => {
    harness = await startEcho(echo);
    const health = createStreamHealth();
    const algorithm = encoding === "deflate" ? 1 : 0;
    const client = harness.client(health.clientOptions({ "grpc.default_compression_algorithm": algorithm }));
    const chat = client.Chat();
    const replies: unknown[] = [];
    chat.on("data", (message) => replies.push(message)).on("error", () => {});
    for (let i = 0; i < 5; i += 1) chat.write("x".repeat(1000));
    await until(() => replies.length === 5);
    expect(health.snapshot().calls[0]).toMatchObject({ messagesFlushed: 5, bytesFlushed: 5 * 1002 });
    chat.end();
  },
);

test.each([
  [
    "retried",
    {
      retryPolicy: {
        maxAttempts: 3,
        initialBackoff: "0.01s",
        maxBackoff: "0.01s",
        backoffMultiplier: 1,
        retryableStatusCodes: ["UNAVAILABLE"],
      },
    },
  ],
  [
    "hedged",
    { hedgingPolicy: { maxAttempts: 3, hedgingDelay: "0.01s", nonFatalStatusCodes: ["UNAVAILABLE"] } },
  ],
])("a %s call: the attempts before, on either side", async (_how, policy) => {
  let attempts = 0;
  const served = createStreamHealth();
  harness = await startEcho(
    {
      Unary: (call: { request: unknown }, callback: (error: object | null, value?: unknown) => void) => {
        attempts += 1;
        if (attempts < 3) callback({ code: status.UNAVAILABLE, details: "again" });
        else callback(null, call.request);
      },
    },
    (server) => served.instrument(server),
  );
  const health = createStreamHealth();
  const config = { loadBalancingConfig: [], methodConfig: [{ name: [{ service: "test.Echo" }], ...policy }] };
  const client = harness.client(health.clientOptions({ "grpc.service_config": JSON.stringify(config) }));
  expect(await unary(client, "x")).toBe("x");
  const [method] = health.snapshot().methods;
  expect(method).toMatchObject({
    started: 1,
    completed: 1,
    retries: 2,
    messagesWritten: 1,
    messagesFlushed: 1,
  });
  await until(() => served.snapshot().methods[0]?.completed === 3);
  expect(served.snapshot().methods[0]).toMatchObject({ started: 3, retries: 2 });
});
