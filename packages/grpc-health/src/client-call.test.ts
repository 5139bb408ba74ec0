import { InterceptingCall, type ServerDuplexStream, type ServerWritableStream, status } from "@grpc/grpc-js";
import { afterEach, expect, test } from "vitest";
import { createStreamHealth } from "./index.ts";
import { type Harness, startEcho, unary, until } from "./test-service.ts";

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
