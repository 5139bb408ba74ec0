import { readFileSync } from "node:fs";
import { latencyAtMs, type MethodRow } from "@streamside/grpc-health";
import { describe, expect, it } from "vitest";
import type { MethodCatalogue } from "../ways.ts";
import { createPageReader } from "./page-reader.ts";

/** Pages of real exporters, cut to some methods. */
const recorded = (name: string) => readFileSync(new URL(`fixtures/${name}.txt`, import.meta.url), "utf8");
const read = (page: string, catalogue: MethodCatalogue | null = null) =>
  createPageReader()("http://test/metrics", page, catalogue);
/** By side and last part of the path. */
const byName = (rows: readonly MethodRow[]) =>
  Object.fromEntries(rows.map((row) => [`${row.side} ${row.path.split("/").at(-1)}`, row]));
const catalogueOf = (...methods: MethodCatalogue["methods"][number][]): MethodCatalogue => ({
  version: "v1",
  methods,
  services: [],
  unread: [],
  asOf: 0,
});

describe("calls of methods that the target does not serve", () => {
  const page = [
    'grpc_server_call_started_total{grpc_method="other"} 137',
    'grpc_server_call_started_total{grpc_method="a.B/C"} 3',
    'grpc_server_call_duration_seconds_count{grpc_method="other",grpc_status="UNIMPLEMENTED"} 2',
    'rpc_server_call_duration_seconds_count{rpc_system_name="grpc",rpc_method="_OTHER"} 4',
  ].join("\n");

  it("are nobody's traffic: they are said to be left out, and are no method", () => {
    const { methods, notes } = read(page);
    expect(methods.map(({ path, started }) => [path, started])).toEqual([["/a.B/C", 3]]);
    expect(notes).toEqual(["calls of methods that the target does not serve are left out"]);
  });
});

describe("metrics of go-grpc-prometheus", () => {
  it("tell calls, messages, status codes and how long calls took", () => {
    const { families, methods, notes, startedAtS } = read(recorded("go-grpc-prometheus"));
    expect({ families, notes, startedAtS }).toEqual({
      families: ["go-grpc-prometheus"],
      notes: [],
      startedAtS: 1795300978.49,
    });
    const rows = byName(methods);
    expect(rows["SERVER UnaryCall"]).toEqual({
      id: 6,
      path: "/grpc.testing.TestService/UnaryCall",
      kind: "UNARY",
      side: "SERVER",
      started: 6,
      completed: 6,
      statuses: [
        { code: 5, count: 1 },
        { code: 0, count: 5 },
      ],
      messagesFlushed: 5,
      messagesReceived: 6,
      latencies: [
        {
          measure: "CALL_DURATION",
          count: 6,
          sumUs: expect.closeTo(21.9, 1),
          maxUs: Number.NaN,
          bucketUpperUs: [5_000],
          bucketCounts: [6],
        },
      ],
    });
    // One call lives, one ended; how long it lived is no latency.
    expect(rows["SERVER FullDuplexCall"]).toMatchObject({
      kind: "BIDI",
      started: 2,
      completed: 1,
      statuses: [{ code: 1, count: 1 }],
      latencies: [],
    });
    expect(rows["SERVER EmptyCall"]).toMatchObject({ started: 0, completed: 0, statuses: [] });
    expect(rows["CLIENT FullDuplexCall"]).toMatchObject({ started: 2, statuses: [{ code: 4, count: 1 }] });
    // Its end was never read, so nobody counted it.
    expect(rows["CLIENT StreamingInputCall"]!.completed).toBeNaN();
  });

  it("are understood in the older names of Python, where no figure is made up for what is not told", () => {
    const rows = byName(read(recorded("py-grpc-prometheus")).methods);
    expect(rows["SERVER Get"]).toMatchObject({
      kind: "UNARY",
      started: 6,
      completed: 6,
      statuses: [
        { code: 0, count: 5 },
        { code: 5, count: 1 },
      ],
      latencies: [{ count: 6 }],
    });
    expect(rows["SERVER Get"]).not.toHaveProperty("messagesReceived");
    expect(rows["SERVER Upload"]).toMatchObject({ kind: "CLIENT_STREAM", messagesReceived: 4, completed: 1 });
    expect(rows["SERVER Upload"]!.started).toBeNaN();
    expect(rows["SERVER Watch"]).toMatchObject({ kind: "SERVER_STREAM", started: 1, latencies: [] });
    expect(rows["SERVER Watch"]!.completed).toBeNaN();
    expect(rows["CLIENT Talk"]).toMatchObject({ kind: "BIDI", messagesFlushed: 2, messagesReceived: 2 });
  });

  it("are understood in the names of Java", () => {
    const labels = 'grpc_type="SERVER_STREAMING",grpc_service="a.B",grpc_method="C"';
    const page = `
grpc_client_started_total{${labels}} 3
grpc_client_completed{${labels},code="DEADLINE_EXCEEDED",grpc_code="DEADLINE_EXCEEDED"} 2
grpc_client_completed_latency_seconds_bucket{${labels},le="+Inf"} 2
`;
    expect(read(page).methods).toMatchObject([
      {
        path: "/a.B/C",
        kind: "SERVER_STREAM",
        side: "CLIENT",
        completed: 2,
        statuses: [{ code: 4, count: 2 }],
      },
    ]);
  });
});

describe("metrics of OpenTelemetry", () => {
  it("of gRPC itself (A66) tell calls, and attempts of a client are no calls", () => {
    const { families, methods } = read(recorded("grpc-go-opentelemetry"));
    expect(families).toEqual(["OpenTelemetry"]);
    const rows = byName(methods);
    expect(rows["SERVER UnaryCall"]).toMatchObject({
      path: "/grpc.testing.TestService/UnaryCall",
      kind: "KIND_UNSPECIFIED",
      started: 6,
      completed: 6,
      statuses: [
        { code: 5, count: 1 },
        { code: 0, count: 5 },
      ],
      latencies: [{ count: 6, bucketUpperUs: [10, 50, 100, 300], bucketCounts: [1, 3, 1, 1] }],
    });
    // The sizes that are told are those after compression.
    expect(rows["SERVER UnaryCall"]).not.toHaveProperty("bytesReceived");
    expect(rows["SERVER FullDuplexCall"]).toMatchObject({ started: 2, completed: 1 });
    expect(rows["CLIENT UnaryCall"]).toMatchObject({ completed: 6 });
    expect(rows["CLIENT UnaryCall"]!.started).toBeNaN();
  });

  it("of gRPC tell attempts where nothing tells calls", () => {
    const labels = 'grpc_method="a.B/C",grpc_target="dns:///x"';
    const page = `
grpc_client_attempt_started{${labels}} 4
grpc_client_attempt_duration_bucket{${labels},grpc_status="OK",le="0.1"} 3
grpc_client_attempt_duration_bucket{${labels},grpc_status="OK",le="+Inf"} 3
grpc_client_attempt_duration_sum{${labels},grpc_status="OK"} 0.12
grpc_client_attempt_duration_count{${labels},grpc_status="OK"} 3
`;
    expect(read(page).methods).toMatchObject([
      { path: "/a.B/C", side: "CLIENT", started: 4, completed: 3, latencies: [{ sumUs: 120_000 }] },
    ]);
  });

  it("of its conventions for RPC tell ended calls, in seconds", () => {
    const rows = byName(read(recorded("otelgrpc")).methods);
    expect(rows["SERVER UnaryCall"]).toMatchObject({
      path: "/grpc.testing.TestService/UnaryCall",
      completed: 6,
      statuses: [
        { code: 5, count: 1 },
        { code: 0, count: 5 },
      ],
      latencies: [{ count: 6, bucketUpperUs: [5_000] }],
    });
    expect(rows["SERVER UnaryCall"]!.started).toBeNaN();
  });

  it("of its older conventions tell ended calls in milliseconds, and sizes before compression", () => {
    const [row, ...others] = read(recorded("otelgrpc-0.60")).methods;
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      path: "/grpc.testing.TestService/UnaryCall",
      side: "SERVER",
      completed: 6,
      statuses: [
        { code: 0, count: 5 },
        { code: 5, count: 1 },
      ],
      bytesReceived: 87,
      bytesFlushed: 520,
      latencies: [{ count: 6, sumUs: expect.closeTo(783.299), bucketUpperUs: [5_000], bucketCounts: [6] }],
    });
  });

  it("of its conventions are left alone where the calls are not gRPC", () => {
    const page = `rpc_server_duration_milliseconds_count{rpc_system="connect_rpc",rpc_service="a.B",rpc_method="C"} 9\n`;
    expect(read(page)).toMatchObject({ methods: [], families: [] });
  });
});

describe("metrics of Envoy", () => {
  it("tell ended calls, messages and how long calls took, without those of health", () => {
    const { families, methods, notes } = read(recorded("envoy"));
    expect({ families, notes }).toEqual({ families: ["Envoy"], notes: [] });
    expect(methods.map(({ path }) => path)).toEqual([
      "/foreign.Quotes/Get",
      "/foreign.Quotes/Talk",
      "/foreign.Quotes/Upload",
      "/foreign.Quotes/Watch",
    ]);
    expect(byName(methods)["SERVER Get"]).toMatchObject({
      completed: 6,
      statuses: [
        { code: 0, count: 5 },
        { code: 5, count: 1 },
      ],
      messagesReceived: 6,
      messagesFlushed: 5,
      latencies: [{ count: 6, bucketUpperUs: [500, 1_000], bucketCounts: [5, 1] }],
    });
    expect(byName(methods)["SERVER Get"]!.started).toBeNaN();
    // It lives: messages have passed, and no call has ended.
    expect(byName(methods)["SERVER Talk"]).toMatchObject({ messagesReceived: 2, messagesFlushed: 2 });
    expect(byName(methods)["SERVER Talk"]!.completed).toBeNaN();
  });

  it("have the paths and kinds that reflection knows, however Envoy wrote them", () => {
    const catalogue = catalogueOf(
      { path: "/foreign.Quotes/Get", kind: "unary" },
      { path: "/foreign.Quotes/Watch", kind: "server stream" },
    );
    for (const page of ["envoy", "envoy-dots-replaced"]) {
      const rows = byName(read(recorded(page), catalogue).methods);
      expect(rows["SERVER Get"]).toMatchObject({ path: "/foreign.Quotes/Get", kind: "UNARY" });
      expect(rows["SERVER Watch"]).toMatchObject({ kind: "SERVER_STREAM", latencies: [] });
    }
  });

  it("have paths as one writes them, where nobody knows them", () => {
    const path = (service: string, method: string, rest: string) => {
      const labels = `envoy_grpc_bridge_service="${service}",envoy_grpc_bridge_method="${method}"`;
      return read(`envoy_cluster_grpc_${rest}0{${labels}} 1\n`).methods.map((row) => row.path);
    };
    expect(path("Cart", "Add", "")).toEqual(["/Cart/Add"]);
    expect(path("shop", "v1", "Cart_Add_")).toEqual(["/shop.v1.Cart/Add"]);
    expect(path("shop", "Cart", "Add_all_")).toEqual(["/shop.Cart/Add_all"]);
    expect(path("shop", "cart", "add_")).toEqual(["/shop.cart/add"]);
  });

  it("are of no use by cluster, which is said", () => {
    const { methods, notes } = read(recorded("envoy-by-cluster"));
    expect(methods).toEqual([]);
    expect(notes).toEqual([expect.stringContaining("stats_for_all_methods")]);
  });

  it("are a client's where they go out of a sidecar", () => {
    const labels =
      'envoy_grpc_bridge_service="Cart",envoy_grpc_bridge_method="Add",envoy_cluster_name="outbound|80||cart"';
    const page = `envoy_cluster_grpc_request_message_count{${labels}} 7\nenvoy_cluster_grpc_0{${labels}} 6\n`;
    expect(read(page).methods).toMatchObject([
      { path: "/Cart/Add", side: "CLIENT", messagesFlushed: 7, completed: 6 },
    ]);
  });
});

describe("a page of metrics", () => {
  const method = 'grpc_type="unary",grpc_service="a.B",grpc_method="C"';

  it("counts a call once where several exporters count it, and adds up the series of each", () => {
    const page = `
grpc_server_started_total{${method},pod="1"} 3
grpc_server_started_total{${method},pod="2"} 4
grpc_server_handling_seconds_bucket{${method},pod="1",le="+Inf"} 3
grpc_server_handling_seconds_bucket{${method},pod="1",le="0.1"} 2
grpc_server_handling_seconds_bucket{${method},pod="2",le="0.1"} 4
grpc_server_handling_seconds_bucket{${method},pod="2",le="+Inf"} 4
grpc_server_call_started_total{grpc_method="a.B/C"} 6
grpc_server_call_duration_seconds_count{grpc_method="a.B/C",grpc_status="OK"} 6
`;
    const [row, ...others] = read(page).methods;
    expect(others).toEqual([]);
    expect(row).toMatchObject({ kind: "UNARY", started: 7 });
    expect(row!.latencies).toMatchObject([
      { count: 7, bucketUpperUs: [100_000, Number.POSITIVE_INFINITY], bucketCounts: [6, 1] },
    ]);
    expect(latencyAtMs({ ...row!.latencies[0]!, maxUs: 1e9 }, 0.5)).toBe(100);
  });

  it("tells that no call has ended where its exporter counts every end, and not where it may not", () => {
    const completed = (started: string, ended = "") =>
      read(`${started} 3\n${ended}`).methods.map((row) => row.completed)[0];
    const of = (type: string, method = "C") =>
      `{grpc_type="${type}",grpc_service="a.B",grpc_method="${method}",grpc_code="OK"}`;
    const bidi = `grpc_server_started_total${of("bidi_stream")}`;
    const other = `grpc_server_handled_total${of("unary", "D")} 1`;
    expect(completed(bidi, other)).toBe(0);
    expect(completed(bidi)).toBeNaN();
    expect(completed(`grpc_server_started_total${of("BIDI_STREAMING")}`, other)).toBeNaN();
    const client = `grpc_client_handled_total${of("unary", "D")} 1`;
    expect(completed(`grpc_client_started_total${of("bidi_stream")}`, client)).toBeNaN();
    const ended = 'grpc_server_call_duration_seconds_count{grpc_method="grpc.health.v1.Health/Check"} 1';
    expect(completed('grpc_server_call_started_total{grpc_method="a.B/C"}', ended)).toBe(0);
    expect(completed('grpc_server_call_started_total{grpc_method="a.B/C"}')).toBeNaN();
  });

  it("keeps the numbers of its methods from page to page", () => {
    const reader = createPageReader();
    const line = (name: string) => `grpc_server_started_total{grpc_service="a.B",grpc_method="${name}"} 1\n`;
    const ids = (page: string) => reader("x", page, null).methods.map(({ path, id }) => `${path} ${id}`);
    expect(ids(line("C") + line("D"))).toEqual(["/a.B/C 1", "/a.B/D 2"]);
    expect(ids(line("D") + line("E") + line("C"))).toEqual(["/a.B/D 2", "/a.B/E 3", "/a.B/C 1"]);
  });

  it("takes names as they are", () => {
    const odd = ["__proto__", 'quo\\"te', "back\\\\slash", "new\\nline", "größe", "a,b=}{", "\\q"];
    const page = odd
      .map((name) => `grpc_server_started_total{grpc_service="a.B",grpc_method="${name}"} 1`)
      .join("\n");
    expect(read(page).methods.map(({ path }) => path.slice(5))).toEqual([
      "__proto__",
      'quo"te',
      "back\\slash",
      "new\nline",
      "größe",
      "a,b=}{",
      "\\q",
    ]);
  });

  it("says what of it could not be used, which costs only itself", () => {
    const page = `
grpc_server_started_total{${method}} 3
grpc_server_msg_sent_total{${method} 5
grpc_server_msg_sent_total{${method}} five
grpc_server_msg_received_total{${method}} -1
grpc_server_handled_total{${method},grpc_code="NO_SUCH_CODE"} 2
grpc_server_handled_total{${method},grpc_code="Code(99)"} 1
grpc_server_handling_seconds_bucket{${method},le="0.1"} 5
grpc_server_handling_seconds_bucket{${method},le="+Inf"} 4
grpc_server_handling_seconds_bucket{${method},le="wide"} 4
`;
    const { methods, notes } = read(page);
    expect(methods).toEqual([
      {
        ...{ id: 1, path: "/a.B/C", kind: "UNARY", side: "SERVER", started: 3, completed: 3 },
        ...{ statuses: [{ code: 99, count: 1 }], latencies: [] },
      },
    ]);
    expect(notes).toEqual([
      "2 lines not in the Prometheus format, first line 3",
      "2 lines with a value that is no count",
    ]);
  });

  it.each(["1e300", "NaN", "+Inf", "-Inf", "9007199254740993"])("makes no total of %s", (value) => {
    const page = `grpc_server_started_total{${method}} ${value}\ngrpc_server_msg_sent_total{${method}} ${value}\n`;
    const [row] = read(page).methods;
    expect(row!.started).toBeNaN();
    expect(row).not.toHaveProperty("messagesFlushed");
  });

  it("may have no gRPC metrics, which is said", () => {
    for (const page of ["", "# HELP up Up.\n", "up 1\n"]) {
      expect(read(page)).toMatchObject({
        methods: [],
        families: [],
        notes: [expect.stringMatching(/^no gRPC metrics/)],
      });
    }
  });

  it.each([
    "<!doctype html>\n<p>hello</p>",
    '{"status":"ok"}',
    "404 page not found\n",
    "ok\n",
    "\0\u0001\u0002",
  ])("is none: %j", (page) => {
    expect(() => read(page)).toThrow(/does not answer metrics/);
  });

  it("does not have more methods than can be shown", () => {
    const line = (n: number) => `grpc_server_started_total{grpc_service="a.B",grpc_method="m${n}"} 1`;
    const page = Array.from({ length: 5_010 }, (_, n) => line(n)).join("\n");
    const { methods, notes } = read(page);
    expect(methods).toHaveLength(5_000);
    expect(notes).toEqual(["10 lines of methods beyond the first 5,000"]);
  });

  it("tells when the process began, or its first counter", () => {
    const created = `grpc_server_started_created{${method}} 1700\ngrpc_server_handled_created{${method}} 1600\n`;
    expect(read(created).startedAtS).toBe(1600);
    expect(read(`${created}process_start_time_seconds 1500\n`).startedAtS).toBe(1500);
  });
});
