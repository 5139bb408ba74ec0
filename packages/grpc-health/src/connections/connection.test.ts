import type { ServerDuplexStream, ServerOptions, ServerWritableStream } from "@grpc/grpc-js";
import { afterEach, expect, test } from "vitest";
import { monotonicNow } from "../calls/call-registry.ts";
import { createStreamHealth, instrumentServer, type StreamHealth } from "../index.ts";
import { type Network, startProxy } from "../test-proxy.ts";
import { type EchoClient, type Harness, startEcho, until } from "../test-service.ts";
import { type Watching, watchHealth } from "../test-watch.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

interface Started extends Harness {
  health: StreamHealth;
  proxy: Network;
  /** Through the proxy. */
  far: EchoClient;
  watch(address?: string): Watching;
  /** Moves the clock of the instrumentation. */
  later(ms: number): void;
}

const served = {
  Chat: (call: ServerDuplexStream<unknown, unknown>) => {
    call.on("data", (message) => call.write(message)).on("error", () => {});
  },
  Feed: (call: ServerWritableStream<number, unknown>) => {
    for (let i = 0; i < call.request; i += 1) call.write("x".repeat(10_000));
  },
};

async function start(
  settings: { options?: ServerOptions; client?: object; pings?: boolean } = {},
): Promise<Started> {
  let health: StreamHealth | undefined;
  let ahead = 0;
  const harness = await startEcho(
    served,
    (server) => {
      health = instrumentServer(server, {
        now: () => monotonicNow() + ahead,
        ...(settings.pings !== undefined && { pings: settings.pings }),
      });
    },
    settings.options,
  );
  closing.push(harness.close);
  const proxy = await startProxy(harness.address);
  closing.push(proxy.close);
  // What happens to the server does not happen to the Watch.
  const monitor = await startEcho({}, (server) => health!.addTo(server));
  closing.push(monitor.close);
  return {
    ...harness,
    health: health!,
    proxy,
    far: harness.client(settings.client ?? {}, proxy.address),
    watch(address = monitor.address) {
      const watching = watchHealth(address, { intervalMs: 100 });
      closing.push(watching.close);
      return watching;
    },
    later: (ms) => {
      ahead += ms;
    },
  };
}

/** A bidirectional call that has had one answer. */
async function chat(client: EchoClient) {
  const call = client.Chat();
  let replies = 0;
  call.on("data", () => (replies += 1)).on("error", () => {});
  call.write("hello");
  await until(() => replies === 1);
  return call;
}

test("a connection: its peer, its calls, its bytes and when they last moved", async () => {
  const { address, far, health, watch } = await start();
  const watching = watch(address);
  await watching.response(() => true);
  const [first] = [await chat(far), await chat(far)];
  const { connections, calls } = health.snapshot();
  // The one of the Watch carries nothing that is counted.
  expect(connections).toHaveLength(1);
  const [connection] = connections;
  expect(connection).toMatchObject({ side: "SERVER", liveCalls: 2, goingAway: false, unsentBytes: 0 });
  expect(connection!.peer).toBe(calls[0]!.peer);
  expect(connection!.sendWindow).toBeGreaterThan(0);
  expect(connection!.bytesReceived).toBeGreaterThan(100);
  expect(connection!.bytesSent).toBeGreaterThan(20);
  const row = () => watching.responses.flatMap((response) => response.connections).at(-1)!;
  await until(() => row()?.liveCalls === 2);
  const before = row();
  first.write("x".repeat(1000));
  await until(
    () =>
      row().bytesReceived! >= before.bytesReceived! + 1000 && row().bytesSent! >= before.bytesSent! + 1000,
  );
  expect(row().lastReceivedAtMs).toBeGreaterThan(before.lastReceivedAtMs!);
  expect(row().lastSentAtMs).toBeGreaterThan(before.lastSentAtMs!);
  expect(row()).not.toHaveProperty("unansweredPings");
  const quietFrom = watching.responses.length;
  await until(() => watching.responses.length > quietFrom + 2);
  expect(watching.responses.at(-1)!.connections).toEqual([]);
});

test("a peer that does not read answers pings, one that is gone does not", async () => {
  const { far, proxy, watch, later, health } = await start();
  const feed = far.Feed(1000);
  feed.on("error", () => {}).on("data", () => feed.pause());
  const watching = watch();
  const row = () => watching.responses.flatMap((response) => response.connections).at(-1);
  await watching.response(({ calls }) => calls[0]?.heldBy === "STREAM_WINDOW");
  expect(row()).not.toHaveProperty("roundTripMs");
  later(1000);
  await until(() => row()?.roundTripMs !== undefined, row);
  expect(row()).toMatchObject({ unansweredPings: 0, lastPingAnsweredAtMs: expect.any(Number) });
  proxy.freeze();
  for (let unanswered = 1; unanswered <= 3; unanswered += 1) {
    later(2000);
    await until(() => row()!.unansweredPings === unanswered, row);
  }
  const { firstUnansweredPingAtMs, lastReceivedAtMs } = row()!;
  expect(lastReceivedAtMs).toBeLessThan(firstUnansweredPingAtMs!);
  // Node has room for 10; a keepalive must find some.
  later(2000);
  const from = watching.responses.length;
  await until(() => watching.responses.length > from + 2);
  expect(row()!.unansweredPings).toBe(3);
  expect(health.snapshot().faults).toBe(0);
});

test("a silent stream is asked after 10 s, a busy or an idle connection never, and none without a Watch or if not wanted", async () => {
  const { far, watch, later, health } = await start();
  await chat(far);
  later(60_000);
  expect(health.snapshot().connections[0]).not.toHaveProperty("roundTripMs");
  const watching = watch();
  const row = () => watching.responses.flatMap((response) => response.connections).at(-1);
  await until(() => row() !== undefined);
  later(9000);
  const from = watching.responses.length;
  await until(() => watching.responses.length > from + 1);
  expect(row()).not.toHaveProperty("roundTripMs");
  later(1001);
  await until(() => row()?.roundTripMs !== undefined, row);

  const silent = await start({ pings: false });
  await chat(silent.far);
  const other = silent.watch();
  await other.response(() => true);
  silent.later(20_000);
  await other.response(() => true, other.responses.length + 1);
  expect(silent.health.snapshot().connections[0]).not.toHaveProperty("unansweredPings");
});

type End = (started: Started, call: { cancel(): void }) => void;
test.each<[string, RegExp, End, Parameters<typeof start>[0]?, number?]>([
  [
    "the client closes",
    /^GOAWAY received: NO_ERROR$/,
    ({ far }, call) => {
      far.close();
      call.cancel();
    },
    {},
    0,
  ],
  ["the connection is reset", /^ECONNRESET$/, ({ proxy }) => proxy.reset()],
  ["the client's process ends", /^closed by the peer$/, ({ proxy }) => proxy.close()],
  [
    "keepalive gets no answer",
    /^keepalive timeout$/,
    ({ proxy }) => proxy.freeze(),
    { options: { "grpc.keepalive_time_ms": 100, "grpc.keepalive_timeout_ms": 100 } },
  ],
  [
    "it is too old",
    /^GOAWAY sent: NO_ERROR \(max_age\)$/,
    () => {},
    { options: { "grpc.max_connection_age_ms": 300, "grpc.max_connection_age_grace_ms": 100 } },
  ],
])("why a connection closed: %s", async (_name, reason, end, settings, live = 1) => {
  const started = await start(settings);
  const call = await chat(started.far);
  const registry = started.health;
  const watching = started.watch();
  await watching.response(({ connections }) => connections.length > 0);
  const { id } = registry.snapshot().connections[0]!;
  end(started, call);
  const { closedConnections } = await watching.response((response) => response.closedConnections.length > 0);
  expect(closedConnections).toEqual([
    { id, reason: expect.stringMatching(reason), liveCalls: live, closedAtMs: expect.any(Number) },
  ]);
  expect(registry.snapshot()).toMatchObject({ connections: [], faults: 0 });
});

test("a graceful shutdown of the server shows while calls go on", async () => {
  const { far, server, health } = await start();
  const call = await chat(far);
  expect(health.snapshot().connections[0]!.goingAway).toBe(false);
  const down = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  await until(() => health.snapshot().connections[0]!.goingAway);
  call.cancel();
  await down;
});

test("a client sees its connections too, and why they closed", async () => {
  const harness = await startEcho(served, undefined, {
    "grpc.max_connection_age_ms": 200,
    "grpc.max_connection_age_grace_ms": 100,
  });
  closing.push(harness.close);
  const health = createStreamHealth();
  const monitor = await startEcho({}, (server) => health.addTo(server));
  closing.push(monitor.close);
  await chat(harness.client(health.clientOptions()));
  const watching = watchHealth(monitor.address, { intervalMs: 100 });
  closing.push(watching.close);
  const { connections } = await watching.response((response) => response.connections.length > 0);
  expect(connections).toMatchObject([{ side: "CLIENT", peer: harness.address, liveCalls: 1 }]);
  const { closedConnections } = await watching.response((response) => response.closedConnections.length > 0);
  expect(closedConnections).toMatchObject([{ reason: "GOAWAY received: NO_ERROR (max_age)", liveCalls: 1 }]);
});

test("a client's keepalive without an answer closes the connection, though Node never says so", async () => {
  const harness = await startEcho(served);
  closing.push(harness.close);
  const proxy = await startProxy(harness.address);
  closing.push(proxy.close);
  const health = createStreamHealth();
  const monitor = await startEcho({}, (server) => health.addTo(server));
  closing.push(monitor.close);
  const keepalive = { "grpc.keepalive_time_ms": 100, "grpc.keepalive_timeout_ms": 100 };
  await chat(harness.client(health.clientOptions(keepalive), proxy.address));
  const watching = watchHealth(monitor.address, { intervalMs: 100 });
  closing.push(watching.close);
  await watching.response((response) => response.connections.length > 0);
  proxy.freeze();
  const { closedConnections } = await watching.response((response) => response.closedConnections.length > 0);
  expect(closedConnections).toMatchObject([{ reason: "keepalive timeout", liveCalls: 1 }]);
});
