import type { ServerDuplexStream, ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import { status } from "@grpc/grpc-js";
import { Registry } from "prom-client";
import { afterEach, expect, test } from "vitest";
import { createStreamHealth, instrumentServer, type StreamHealth } from "../index.ts";
import { type Harness, startEcho, unary, until } from "../test-service.ts";
import { Buckets } from "./buckets.ts";
import { goStatusName, statusName } from "./status-names.ts";

let harness: Harness | undefined;
afterEach(() => harness?.close());

test("a value falls into the first bucket that is not below it", () => {
  const buckets = new Buckets([1, 2, 4]);
  for (const value of [0, 1, 1.5, 2, 3, 4, 5]) buckets.record(value);
  expect(buckets.cumulative()).toEqual([2, 4, 6, 7]);
  expect(buckets.sum).toBe(16.5);
});

test.each([
  [0, "OK", "OK"],
  [1, "CANCELLED", "Canceled"],
  [4, "DEADLINE_EXCEEDED", "DeadlineExceeded"],
  [16, "UNAUTHENTICATED", "Unauthenticated"],
])("code %i is %s, in Go %s", (code, name, goName) => {
  expect(statusName(code)).toBe(name);
  expect(goStatusName(code)).toBe(goName);
});

async function start(): Promise<Harness & { served: StreamHealth; client: never; health: StreamHealth }> {
  let served: StreamHealth | undefined;
  const started = await startEcho(
    {
      Unary: (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => {
        if (call.request === "fail") callback({ code: status.NOT_FOUND, details: "none" });
        else callback(null, call.request);
      },
      Collect: () => {},
      Chat: (call: ServerDuplexStream<unknown, unknown>) => {
        call.on("data", (message) => call.write(message)).on("end", () => call.end());
      },
    },
    (server) => {
      served = instrumentServer(server);
    },
  );
  harness = started;
  return { ...started, served: served!, health: createStreamHealth() } as never;
}

test("calls of both ends in a prom-client registry, under the names of each family, and no series of a single call", async () => {
  const { served, health } = await start();
  const [server, client] = [new Registry(), new Registry()];
  served.registerMetrics(server);
  health.registerMetrics(client);
  const echo = harness!.client(health.clientOptions());
  await unary(echo, "hello");
  await expect(unary(echo, "fail")).rejects.toThrow();
  const chat = echo.Chat();
  let replies = 0;
  chat.on("data", () => (replies += 1)).on("error", () => {});
  chat.write("one");
  chat.write("two");
  await until(() => replies === 2 && served.snapshot().methods[0]?.completed === 2);

  const text = await server.metrics();
  for (const line of [
    'grpc_server_call_started_total{grpc_method="test.Echo/Unary"} 2',
    'grpc_server_call_duration_seconds_count{grpc_method="test.Echo/Unary",grpc_status="NOT_FOUND"} 1',
    'grpc_server_call_duration_seconds_bucket{le="+Inf",grpc_method="test.Echo/Unary",grpc_status="OK"} 1',
    'grpc_server_call_sent_total_compressed_message_size_bytes_sum{grpc_method="test.Echo/Unary",grpc_status="OK"} 7',
    'grpc_server_call_sent_total_compressed_message_size_bytes_bucket{le="0",grpc_method="test.Echo/Unary",grpc_status="NOT_FOUND"} 1',
    'grpc_server_call_rcvd_total_compressed_message_size_bytes_sum{grpc_method="test.Echo/Unary",grpc_status="NOT_FOUND"} 6',
    'grpc_server_started_total{grpc_type="bidi_stream",grpc_service="test.Echo",grpc_method="Chat"} 1',
    'grpc_server_handled_total{grpc_type="unary",grpc_service="test.Echo",grpc_method="Unary",grpc_code="NotFound"} 1',
    'grpc_server_msg_received_total{grpc_type="bidi_stream",grpc_service="test.Echo",grpc_method="Chat"} 2',
    'grpc_server_msg_sent_total{grpc_type="bidi_stream",grpc_service="test.Echo",grpc_method="Chat"} 2',
    'grpc_server_handling_seconds_count{grpc_type="unary",grpc_service="test.Echo",grpc_method="Unary"} 2',
    'streamside_grpc_live_calls{side="server",grpc_method="test.Echo/Chat"} 1',
    'streamside_grpc_queued_writes{side="server",grpc_method="test.Echo/Chat"} 0',
    'streamside_grpc_oldest_unflushed_seconds{side="server",grpc_method="test.Echo/Chat"} 0',
    "streamside_grpc_faults_total 0",
  ]) {
    expect(text).toContain(`\n${line}\n`);
  }
  const target = `dns:${harness!.address}`;
  const clientText = await client.metrics();
  for (const line of [
    `grpc_client_attempt_started_total{grpc_method="test.Echo/Unary",grpc_target="${target}"} 2`,
    `grpc_client_call_duration_seconds_count{grpc_method="test.Echo/Unary",grpc_status="OK",grpc_target="${target}"} 1`,
    'grpc_client_handled_total{grpc_type="unary",grpc_service="test.Echo",grpc_method="Unary",grpc_code="OK"} 1',
  ]) {
    expect(clientText).toContain(`\n${line}\n`);
  }
  // Every metric says what it is, and what is scraped twice is the same.
  const names = (await server.getMetricsAsJSON()).map(({ name, help }) => {
    expect(help).toMatch(/\.$/);
    return name;
  });
  expect(new Set(names).size).toBe(names.length);
  expect((await server.metrics()).match(/_total\{.*/g)).toEqual(text.match(/_total\{.*/g));
  chat.end();
});

test("queued messages and what holds them, in OpenMetrics, and only the families asked for", async () => {
  const { health } = await start();
  const registry = new Registry<"application/openmetrics-text; version=1.0.0; charset=utf-8">();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  health.registerMetrics(registry, ["streamside"]);
  const call = harness!.client(health.clientOptions()).Collect(() => {});
  for (let i = 0; i < 50; i += 1) call.write("x".repeat(20_000));
  await until(() => health.snapshot().calls[0]?.heldBy === "STREAM_WINDOW", health.snapshot);
  const text = await registry.metrics();
  const value = (name: string) => Number(new RegExp(`^${name}\\{.*\\} (.*)$`, "m").exec(text)?.[1]);
  expect(value("streamside_grpc_queued_writes")).toBeGreaterThan(10);
  expect(value("streamside_grpc_oldest_unflushed_seconds")).toBeGreaterThan(0.2);
  expect(text).toContain(
    'streamside_grpc_held_calls{side="client",grpc_method="test.Echo/Collect",held_by="STREAM_WINDOW"} 1',
  );
  expect(text).toContain("streamside_grpc_faults_total 0");
  expect(text).not.toContain("grpc_client_");
  expect(() => health.registerMetrics(registry, ["streamside"])).toThrow(/already been registered/);
  call.cancel();
});
