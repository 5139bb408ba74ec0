import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { afterEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../../../async/manual-clock.fixture.ts";
import type { MetricsFindings, Way } from "../ways.ts";
import { createMetricsWay, type MetricsWayOptions } from "./metrics-way.ts";
import { createPageReader } from "./page-reader.ts";

const never = new AbortController().signal;
const clock = new ManualClock();
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(listener: RequestListener): Promise<{ port: number; server: Server }> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, server };
}
function wayTo(port: number, options: Partial<MetricsWayOptions> = {}): Way<MetricsFindings> {
  const url = `http://127.0.0.1:${port}/metrics`;
  const way = createMetricsWay({ url, timeoutMs: 5_000, clock, ...options });
  closers.push(() => way.close());
  return way;
}
const wayFor = async (listener: RequestListener, options?: Partial<MetricsWayOptions>) =>
  wayTo((await serve(listener)).port, options);
const page = (started: number) =>
  `grpc_server_started_total{grpc_service="a.B",grpc_method="C"} ${started}\n`;
const startedOf = (found: MetricsFindings | null) => found?.methods.map(({ started }) => started);

describe("the way through a Prometheus endpoint", () => {
  it.each([Registry.PROMETHEUS_CONTENT_TYPE, Registry.OPENMETRICS_CONTENT_TYPE])(
    "reads what a process serves as %s",
    async (contentType) => {
      const registry = new Registry();
      registry.setContentType(contentType as typeof registry.contentType);
      const labelNames = ["grpc_type", "grpc_service", "grpc_method"];
      const labels = { grpc_type: "unary", grpc_service: "a.B", grpc_method: "C" };
      const of = { registers: [registry], help: "Help\nfor \\ people.", labelNames };
      new Counter({ ...of, name: "grpc_server_started_total" }).inc(labels, 3);
      const handled = new Counter({
        ...{ ...of, name: "grpc_server_handled_total", labelNames: [...labelNames, "grpc_code"] },
      });
      handled.inc({ ...labels, grpc_code: "OK" }, 2);
      const isOpen = contentType === Registry.OPENMETRICS_CONTENT_TYPE;
      const seconds = new Histogram({
        ...{ ...of, name: "grpc_server_handling_seconds", buckets: [0.1, 1] },
        enableExemplars: isOpen,
      });
      for (const value of [0.05, 7]) {
        if (isOpen) seconds.observe({ labels, value, exemplarLabels: { trace_id: "} 5" } });
        else seconds.observe(labels, value);
      }
      new Gauge({ registers: [registry], name: "process_start_time_seconds", help: "x" }).set(1_700_000_000);
      const way = await wayFor(async (request, response) => {
        expect(request.headers["accept-encoding"]).toBe("gzip");
        expect(request.headers.accept).toMatch(/openmetrics-text.*text\/plain/);
        response.setHeader("content-type", registry.contentType);
        response.setHeader("content-encoding", "gzip");
        response.end(gzipSync(await registry.metrics()));
      });
      const found = await way.read(never);
      expect(found).toMatchObject({
        families: ["go-grpc-prometheus"],
        notes: [],
        methods: [
          {
            ...{ path: "/a.B/C", kind: "UNARY", side: "SERVER", started: 3, completed: 2 },
            statuses: [{ code: 0, count: 2 }],
            latencies: [
              { sumUs: 7_050_000, bucketUpperUs: [100_000, Number.POSITIVE_INFINITY], bucketCounts: [1, 1] },
            ],
          },
        ],
      });
      expect(found!.process).toMatch(/1700000000\.1$/);
      expect(found!.asOf).toBe(clock.now());
    },
  );

  it("asks once a second at most, however often it is read", async () => {
    let asked = 0;
    const way = await wayFor((_, response) => response.end(page(++asked)));
    const [first, ...others] = await Promise.all(Array.from({ length: 5 }, () => way.read(never)));
    for (const other of others) expect(other).toBe(first);
    await clock.advance(899);
    expect(await way.read(never)).toBe(first);
    expect(asked).toBe(1);
    await clock.advance(1);
    expect(startedOf(await way.read(never))).toEqual([2]);
  });

  it("connects where it is told to, and asks for the host of the URL", async () => {
    let host: string | undefined;
    const { port } = await serve((request, response) => {
      host = request.headers.host;
      response.end(page(1));
    });
    const url = `http://metrics.test:${port}/metrics`;
    expect(startedOf(await wayTo(port, { url, address: "127.0.0.1" }).read(never))).toEqual([1]);
    expect(host).toBe(`metrics.test:${port}`);
  });

  it("asks with the query of the URL, and keeps it to itself", async () => {
    const { port } = await serve((request, response) => {
      if (request.url === "/metrics?token=hush") response.end(page(4));
      else response.writeHead(401).end();
    });
    const at = (query: string) => wayTo(port, { url: `http://127.0.0.1:${port}/metrics?token=${query}` });
    const found = await at("hush").read(never);
    expect(startedOf(found)).toEqual([4]);
    expect(JSON.stringify(found)).not.toContain("hush");
    const error = (await at("wrong")
      .read(never)
      .catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({ code: "AUTH" });
    expect(error.message).not.toContain("wrong");
  });

  it.each<[string, string, RequestListener]>([
    [
      "PROTOCOL",
      "answers text/html, not metrics",
      (_, r) => r.setHeader("content-type", "text/html").end("<p>"),
    ],
    ["PROTOCOL", "does not answer metrics", (_, r) => r.end("<p>hello</p>")],
    ["ANSWERED_ERROR", "answered HTTP 404", (_, r) => r.writeHead(404).end()],
    ["DENIED", "answered HTTP 403", (_, r) => r.writeHead(403).end()],
    ["PROTOCOL", "redirects to /login", (_, r) => r.writeHead(302, { location: "/login" }).end()],
    ["PROTOCOL", "cannot be unpacked", (_, r) => r.setHeader("content-encoding", "gzip").end("no")],
    [
      "PROTOCOL",
      "cannot be unpacked",
      (_, r) => r.setHeader("content-encoding", "gzip").end(gzipSync(page(1)).subarray(0, -9)),
    ],
    [
      "PROTOCOL",
      "ends too early",
      (_, r) => r.setHeader("content-type", "application/openmetrics-text").end(page(1)),
    ],
    ["PROTOCOL", "more than 16 MiB", (_, r) => r.end(Buffer.alloc(17 << 20, "x"))],
    [
      "PROTOCOL",
      "more than 16 MiB",
      (_, r) => r.setHeader("content-encoding", "gzip").end(gzipSync(Buffer.alloc(17 << 20, "x"))),
    ],
    ["UNREACHABLE", "", (request) => request.socket.destroy()],
    ["UNREACHABLE", "", (_, r) => r.writeHead(200, { "content-length": 99 }).write("x", () => r.destroy())],
  ])("says that there are no metrics: %s, %s", async (code, text, listener) => {
    const way = await wayFor(listener);
    await expect(way.read(never)).rejects.toMatchObject({
      name: "CollectorError",
      code,
      message: expect.stringContaining(text),
      hint: expect.stringMatching(/./),
    });
  });

  it("says that nobody is there, and that it is no web server", async () => {
    const { port, server } = await serve(() => {});
    server.close();
    await once(server, "close");
    await expect(wayTo(port).read(never)).rejects.toMatchObject({ code: "UNREACHABLE" });
    const other = createTcpServer((socket) => socket.end("SSH-2.0-x\r\n")).listen(0, "127.0.0.1");
    await once(other, "listening");
    closers.push(() => other.close());
    const at = wayTo((other.address() as AddressInfo).port);
    await expect(at.read(never)).rejects.toMatchObject({ code: "PROTOCOL" });
  });

  it("comes back when the endpoint does", async () => {
    let broken = true;
    const way = await wayFor((_, response) => response.writeHead(broken ? 500 : 200).end(page(3)));
    await expect(way.read(never)).rejects.toMatchObject({ code: "ANSWERED_ERROR" });
    broken = false;
    await clock.advance(900);
    expect(startedOf(await way.read(never))).toEqual([3]);
  });

  it("gives up when time is over, when the sample is cancelled, and when it is closed", async () => {
    const { port } = await serve(() => {});
    const late = clock.advanceUntil(wayTo(port).read(never));
    await expect(late).rejects.toMatchObject({ code: "TIMEOUT" });
    const abort = new AbortController();
    const cancelled = wayTo(port).read(abort.signal);
    abort.abort(new Error("enough"));
    await expect(cancelled).rejects.toThrow("enough");
    const way = wayTo(port);
    const open = way.read(never);
    way.close();
    await expect(open).rejects.toMatchObject({ name: "CollectorError" });
    way.close();
  });
});

describe("a page", () => {
  it("of any labels and values is read as it was written", async () => {
    const name = fc.string({ unit: "grapheme", maxLength: 12 });
    const method = fc.record({
      service: name,
      method: name,
      started: fc.nat(),
      seconds: fc.array(fc.nat(20)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(method, { maxLength: 5 }), async (methods) => {
        const registry = new Registry();
        const of = { registers: [registry], help: "x", labelNames: ["grpc_service", "grpc_method"] };
        const started = new Counter({ ...of, name: "grpc_server_started_total" });
        const handling = new Histogram({ ...of, name: "grpc_server_handling_seconds", buckets: [1, 3, 9] });
        const wanted = new Map<string, { started: number; values: number }>();
        for (const one of methods) {
          const labels = { grpc_service: one.service, grpc_method: one.method };
          started.inc(labels, one.started);
          for (const value of one.seconds) handling.observe(labels, value);
          if (one.service === "" || one.method === "") continue;
          const path = `/${one.service}/${one.method}`;
          const held = wanted.get(path) ?? { started: 0, values: 0 };
          wanted.set(path, {
            started: held.started + one.started,
            values: held.values + one.seconds.length,
          });
        }
        const found = createPageReader()("x", await registry.metrics(), null);
        expect(
          new Map(
            found.methods.map(({ path, started, latencies }) => [
              path,
              { started, values: latencies[0]?.bucketCounts.reduce((a, b) => a + b) ?? 0 },
            ]),
          ),
        ).toEqual(wanted);
      }),
      { numRuns: 50 },
    );
  });

  it("of any text is read or refused, and never breaks the reader", () => {
    const line = fc.oneof(
      fc.string({ unit: "binary" }),
      fc
        .tuple(
          fc.constantFrom(
            "grpc_server_started_total",
            "grpc_client_call_duration_seconds_bucket",
            "envoy_cluster_grpc_a_0",
          ),
          fc.string(),
          fc.constantFrom('grpc_method="a/b"', 'le="x"', 'a="\\', '"', "}", "{", ","),
          fc.oneof(fc.double().map(String), fc.string()),
        )
        .map(([metric, noise, label, value]) => `${metric}{${label}${noise}} ${value}`),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        try {
          const { methods } = createPageReader()("x", lines.join("\n"), null);
          for (const { started } of methods) expect(started).not.toBeLessThan(0);
        } catch (error) {
          expect(error).toMatchObject({ name: "CollectorError", code: "PROTOCOL" });
        }
      }),
      { numRuns: 50 },
    );
  });
});
