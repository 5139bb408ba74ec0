import type { ServerDuplexStream } from "@grpc/grpc-js";
import { afterEach, expect, test } from "vitest";
import { createStreamHealth, instrumentServer, type RoundTrips, type StreamHealth } from "../index.ts";
import { type Harness, startEcho, until } from "../test-service.ts";
import { OpenRequests } from "./round-trips.ts";

let harness: Harness | undefined;
afterEach(() => harness?.close());

test("without keys, replies come in order", () => {
  const open = new OpenRequests();
  for (const now of [1, 2, 3]) open.open(undefined, now);
  expect(open.oldestAt()).toBe(1);
  expect([open.close(undefined), open.close(undefined), open.count, open.oldestAt()]).toEqual([1, 2, 1, 3]);
  expect([open.close(undefined), open.close(undefined), open.count]).toEqual([3, undefined, 0]);
});

test("with keys, in any order; the first of two requests with one key counts, and the oldest of either kind is told", () => {
  const open = new OpenRequests();
  open.open("a", 1);
  open.open("b", 2);
  open.open("a", 3);
  open.open(undefined, 4);
  expect(open.close("b")).toBe(2);
  expect([open.count, open.oldestAt()]).toEqual([2, 1]);
  expect([open.close("unknown"), open.close("a"), open.oldestAt()]).toEqual([undefined, 1, 4]);
});

test("of very many, those beyond 10,000 are counted and not timed, and the others stay right", () => {
  const open = new OpenRequests();
  for (let i = 0; i < 10_010; i += 1) open.open(undefined, i);
  expect(open.count).toBe(10_010);
  expect(open.close(undefined)).toBe(0);
  // Its turn comes after those that are not timed.
  open.open(undefined, 99_999);
  for (let i = 1; i < 10_000; i += 1) expect(open.close(undefined)).toBe(i);
  for (let i = 0; i < 11; i += 1) expect(open.close(undefined)).toBeUndefined();
  expect(open.count).toBe(0);
  for (let i = 0; i < 10_010; i += 1) open.open(i, i);
  expect(open.count).toBe(10_000);
});

test("round trips of a bidirectional call, seen from either end", async () => {
  const client = createStreamHealth();
  let served: StreamHealth | undefined;
  let marks: RoundTrips | undefined;
  harness = await startEcho(
    {
      Chat: (call: ServerDuplexStream<number, unknown>) => {
        marks = served!.roundTrips(call);
        call.on("data", (value) => {
          marks!.request(value);
          if (value > 0) return;
          marks!.reply(value);
          call.write(value);
        });
      },
    },
    (server) => {
      served = instrumentServer(server);
    },
  );
  const chat = harness.client(client.clientOptions()).Chat();
  const own = client.roundTrips(chat);
  chat.on("error", () => {}).on("data", () => own.reply());
  for (const value of [0, -1, 7]) {
    own.request();
    chat.write(value);
  }
  for (const health of [client, served!]) {
    await until(
      () =>
        health.snapshot().calls[0]?.openRequests === 1 && health.snapshot().calls[0]!.messagesReceived! >= 2,
    );
    const { calls, methods } = health.snapshot();
    expect(calls[0]!.oldestOpenRequestAtMs).toBeGreaterThanOrEqual(calls[0]!.startedAtMs);
    const measured = methods[0]!.latencies.find(({ measure }) => measure === "ROUND_TRIP");
    expect(measured).toMatchObject({ count: 2 });
    expect(measured!.maxUs).toBeLessThan(5_000_000);
  }
  chat.cancel();
  await until(() => served!.snapshot().liveCalls === 0);
  marks!.reply(7);
  expect(
    served!.snapshot().methods[0]!.latencies.find(({ measure }) => measure === "ROUND_TRIP")!.count,
  ).toBe(2);
});

test("marks on calls that are not counted do nothing", async () => {
  const health = createStreamHealth();
  harness = await startEcho({ Chat: () => {} });
  const chat = harness.client().Chat();
  chat.on("error", () => {});
  const { request, reply } = health.roundTrips(chat);
  request();
  reply("x");
  health.roundTrips({} as never).request();
  expect(health.snapshot()).toMatchObject({ methods: [], faults: 0 });
  chat.cancel();
});
