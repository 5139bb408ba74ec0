import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer as createWebServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { createStreamHealth } from "@streamside/grpc-health";
import { Registry } from "prom-client";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../../async/clock.ts";
import { createGrpcCollector } from "../../collector.ts";
import { createAuthority } from "../../test-certificates.ts";
import { factOf, startTarget, TargetClient, until } from "../../test-target.ts";
import { createMetricsWay } from "./metrics-way.ts";

const never = new AbortController().signal;
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
async function portOf(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

describe("a target seen through its metrics alone", () => {
  it("shows its methods with what they did, each call once whatever names it has", async () => {
    const target = await startTarget({ instrumented: false });
    closers.push(target.kill);
    const health = createStreamHealth();
    health.instrument(target.server);
    const registry = new Registry();
    health.registerMetrics(registry);
    const web = createWebServer(async (_, response) => response.end(await registry.metrics()));
    const metrics = `http://127.0.0.1:${await portOf(web)}/metrics`;

    const client = new TargetClient(target.address);
    closers.push(() => client.close());
    for (let n = 0; n < 5; n++) await client.get("hello");
    const talk = client.talk();
    for (let n = 0; n < 3; n++) talk.write(n);
    for (let n = 0; n < 3; n++) await once(talk, "data");

    const collector = createGrpcCollector({
      ...{ id: "t", target: target.address, metrics, connectTimeoutMs: 5_000, requestTimeoutMs: 5_000 },
    });
    closers.push(() => collector.close());
    const observation = await collector.sample(never);
    const { streams } = observation.layout;
    expect(streams.map(({ name, calls }) => [name, calls])).toEqual([
      ["/test.Quotes/Get", { kind: "unary", side: "server" }],
      ["/test.Quotes/Talk", { kind: "bidirectional stream", side: "server" }],
    ]);
    const [get, ...others] = observation.streams.calls![0]!;
    expect(others).toEqual([]);
    expect(get).toMatchObject({
      ...{ from: "metrics", started: 5, completed: 5, sent: 5, received: 5 },
      statuses: [{ code: 0, count: 5 }],
      latencies: [{ measure: "callDuration", count: 5 }],
    });
    expect(observation.streams.calls![1]).toMatchObject([
      { started: 1, completed: 0, sent: 3, received: 3, latencies: [] },
    ]);
    expect(factOf(observation, "Metrics")).toBe("names of OpenTelemetry, go-grpc-prometheus");

    await client.get("again");
    await until(
      async () => (await collector.sample(never)).streams.calls![0]![0]!.completed,
      (completed) => completed === 6,
    );
  });
});

const openssl = (() => {
  try {
    return execFileSync("openssl", ["version"]).length > 0;
  } catch {
    return false;
  }
})();

describe.skipIf(!openssl)("metrics behind TLS", () => {
  it("are asked for at an address by the name in the URL, and of nobody else", async () => {
    const authority = createAuthority();
    closers.push(authority.close);
    const web = createTlsServer(authority.issue("metrics.test"), (_, response) => response.end("up 1\n"));
    const port = await portOf(web);
    closers.push(() => web.closeAllConnections());
    const read = (name: string, ca: string | null) => {
      const way = createMetricsWay({
        url: `https://${name}:${port}/metrics`,
        address: "127.0.0.1",
        tls: ca === null ? {} : { ca },
        timeoutMs: 5_000,
        clock: systemClock,
      });
      closers.push(way.close);
      return way.read(never);
    };
    expect(await read("metrics.test", authority.ca)).toMatchObject({ methods: [] });
    await expect(read("other.test", authority.ca)).rejects.toMatchObject({ code: "AUTH" });
    await expect(read("metrics.test", null)).rejects.toMatchObject({ code: "AUTH" });
    const plain = createMetricsWay({
      ...{ url: `http://127.0.0.1:${port}/metrics`, timeoutMs: 5_000, clock: systemClock },
    });
    closers.push(plain.close);
    await expect(plain.read(never)).rejects.toMatchObject({ name: "CollectorError" });
  });
});
