import { type AddressInfo, createServer } from "node:net";
import { type ServerWritableStream, status } from "@grpc/grpc-js";
import { afterEach, expect, test } from "vitest";
import { createStreamHealth, instrumentServer, type StreamHealth } from "../index.ts";
import { startProxy } from "../test-proxy.ts";
import { type Harness, startEcho, until } from "../test-service.ts";
import { monotonicNow } from "./call-registry.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

/** A server that writes without end to each `Feed`. */
async function startFlood(): Promise<Harness & { health: StreamHealth }> {
  let health: StreamHealth | undefined;
  const harness = await startEcho(
    {
      Feed: (call: ServerWritableStream<string, unknown>) => {
        const timer = setInterval(() => {
          if (call.writableLength < 1000) for (let i = 0; i < 30; i += 1) call.write("x".repeat(10_000));
        }, 2);
        call.on("close", () => clearInterval(timer));
      },
    },
    (server) => {
      health = instrumentServer(server);
    },
  );
  closing.push(harness.close);
  return { ...harness, health: health! };
}

const callsOf = (health: StreamHealth) => health.snapshot().calls;

test("one that does not read, beside one that reads: the window of the stream", async () => {
  const { client, health } = await startFlood();
  const shared = client();
  const [paused, reading] = [shared.Feed("paused"), shared.Feed("reading")];
  for (const stream of [paused, reading]) stream.on("error", () => {}).on("data", () => {});
  paused.pause();
  await until(() => callsOf(health).some(({ heldBy }) => heldBy === "STREAM_WINDOW"), health.snapshot);
  const { calls, connections } = health.snapshot();
  expect(calls.map(({ heldBy }) => heldBy).sort()).toEqual(["HELD_BY_UNSPECIFIED", "STREAM_WINDOW"]);
  expect(connections).toMatchObject([
    { side: "SERVER", liveCalls: 2, goingAway: false, unsentBytes: expect.any(Number) },
  ]);
  expect(connections[0]!.sendWindow).toBeGreaterThan(0);
  expect(new Set(calls.map(({ connectionId }) => connectionId))).toEqual(new Set([connections[0]!.id]));
  paused.resume();
  await until(() => callsOf(health).every(({ heldBy }) => heldBy === "HELD_BY_UNSPECIFIED"), health.snapshot);
});

test("nothing comes back from the peer: the window of the connection", async () => {
  const { address, client, health } = await startFlood();
  const proxy = await startProxy(address);
  closing.push(proxy.close);
  const shared = client({}, proxy.address);
  const feeds = [shared.Feed("a"), shared.Feed("b")];
  let received = 0;
  for (const feed of feeds) feed.on("error", () => {}).on("data", () => (received += 1));
  await until(() => received > 10);
  proxy.freeze();
  await until(() => callsOf(health).every(({ heldBy }) => heldBy === "CONNECTION_WINDOW"), health.snapshot);
  expect(health.snapshot().connections).toMatchObject([{ sendWindow: 0, unsentBytes: 0 }]);
});

test("the network takes nothing: the socket", async () => {
  const { address, client, health } = await startFlood();
  const proxy = await startProxy(address);
  closing.push(proxy.close);
  // More than the buffers of the operating system hold.
  const feed = client({ "grpc-node.flow_control_window": 2 ** 30 }, proxy.address).Feed("a");
  let received = 0;
  feed.on("error", () => {}).on("data", () => (received += 1));
  await until(() => received > 10);
  proxy.freeze();
  await until(() => callsOf(health)[0]?.heldBy === "SOCKET", health.snapshot);
  const [connection] = health.snapshot().connections;
  expect(connection!.sendWindow).toBeGreaterThan(0);
  expect(connection!.unsentBytes).toBeGreaterThan(0);
});

test("a server that accepts and says nothing: a client's call is connecting", async () => {
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  closing.push(() => silent.close());
  await new Promise((resolve) => silent.once("listening", resolve));
  const harness = await startEcho({});
  closing.push(harness.close);
  const health = createStreamHealth();
  const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const chat = harness.client(health.clientOptions({ "grpc.enable_retries": 0 }), address).Chat();
  chat.on("error", () => {});
  chat.write(1);
  await until(() => callsOf(health)[0]?.heldBy === "CONNECTING", health.snapshot);
  expect(callsOf(health)[0]!.connectionId).toBeUndefined();
  chat.cancel();
});

test("a client's call that waits for its next attempt is held by none of these", async () => {
  let attempts = 0;
  const harness = await startEcho({
    Collect: (_call: unknown, callback: (error: object) => void) => {
      attempts += 1;
      callback({ code: status.UNAVAILABLE });
    },
  });
  closing.push(harness.close);
  let ahead = 0;
  const health = createStreamHealth({ now: () => monotonicNow() + ahead });
  const retryPolicy = {
    maxAttempts: 2,
    initialBackoff: "30s",
    maxBackoff: "30s",
    backoffMultiplier: 1,
    retryableStatusCodes: ["UNAVAILABLE"],
  };
  const config = {
    loadBalancingConfig: [],
    methodConfig: [{ name: [{ service: "test.Echo" }], retryPolicy }],
  };
  const options = health.clientOptions({ "grpc.service_config": JSON.stringify(config) });
  const call = harness.client(options).Collect(() => {});
  for (let i = 0; i < 40; i += 1) call.write("x".repeat(20_000));
  await until(() => attempts === 1);
  ahead = 1000;
  // Until the client has heard of the failure, it waits for the window of its stream.
  await until(() => callsOf(health)[0]?.heldBy === "HELD_BY_UNSPECIFIED", health.snapshot);
  expect(callsOf(health)[0]).toMatchObject({ connectionId: 1, queuedWrites: expect.any(Number) });
  expect(callsOf(health)[0]!.queuedWrites).toBeGreaterThan(10);
  call.cancel();
});
