import type { MethodTotals } from "../lib/sample/method-totals.ts";
import type { Sample } from "../lib/sample/sample.ts";
import { baseOf, layoutOf } from "./codec-rows.ts";

/** The sample of a source after `n` seconds; layouts, names and what stands still are the same objects. */
export type MadeSource = (n: number) => Sample;

/** Three sources with 25 streams, 21 consumers and about 60 positions together, at the pace of the demo's load. */
export function createDemoSources(at: number): readonly MadeSource[] {
  return [kafka(at), nats(at), grpc(at)];
}

function kafka(at: number): MadeSource {
  const layout = layoutOf("topic", "consumer group", {
    streams: { orders: 12, payments: 6, shipments: 4 },
    consumers: {
      "billing-writer": ["orders"],
      "search-indexer": ["orders", "payments"],
      "fraud-check": ["payments"],
      "shipping-labels": ["shipments"],
    },
  });
  const members = layout.consumers.map(({ name }, consumer) => ({
    id: `${name}-1-2c5b7d1e`,
    clientId: `${name}-1`,
    host: "/127.0.0.1",
    consumer,
  }));
  const group = { state: "Stable", protocol: "range", coordinator: 1, members: 1, epoch: 3 };
  const details = { groups: new Map(layout.consumers.map(({ key }) => [key, group])) };
  const base = baseOf(layout, at, 20, 3);
  return (n) => ({
    ...base(n),
    members,
    details,
    gauges: [gauge("kafka_brokers", 1), gauge("streamside_kafka_log_bytes", 48_000_000 + n * 83_120)],
  });
}

function nats(at: number): MadeSource {
  const layout = layoutOf("jetstream", "pull consumer", {
    streams: { ORDERS: 1, TELEMETRY: 1, APP: 1, SYS: 1, QUOTES: 1, EVENTS: 1, BILLING: 1, OPS: 1, EDGE: 1 },
    consumers: {
      audit: ["ORDERS"],
      invoice: ["ORDERS"],
      dashboard: ["TELEMETRY"],
      "edge-sync": ["TELEMETRY"],
      "conn 12": ["QUOTES"],
      "conn 13": ["EVENTS"],
      "conn 14": ["EVENTS"],
    },
  });
  const base = baseOf(layout, at, 200, 1);
  const connection = (n: number) => (_: unknown, row: number) => ({
    id: String(10 + row),
    cells: [`worker-${row}`, n * (40 + row) + 7_000, n * 3 + 90, n * (9_100 + row) + 310, n * 700 + 40, null],
  });
  return (n) => ({
    ...base(n),
    sections: [
      {
        key: "connections",
        title: "Connections",
        columns: [
          { label: "Name", kind: "text" },
          ...["In", "Out"].map((label) => ({ label, kind: "counter" as const })),
          ...["Bytes in", "Bytes out"].map((label) => ({ label, kind: "byteCounter" as const })),
          { label: "Pending", kind: "bytes" },
        ],
        rows: Array.from({ length: 8 }, connection(n)),
        asOf: at + n * 1_000 - 30,
      },
    ],
    details: {
      streams: layout.streams.map(({ key }, row) => ({
        key,
        messages: 50_000 + n * (200 + row),
        bytes: 9_000_000 + n * (31_000 + row),
        leader: "n1",
      })),
      consumers: layout.consumers.map(({ key }, row) => ({
        key,
        delivered: 40_000 + n * (180 + row),
        pending: row === 0 ? 900 + n * 16 : 0,
        waiting: 1,
        lastActive: at + n * 1_000 - 12 - row,
      })),
    },
  });
}

const GET = "demo.market.v1.Market/GetQuote";
const WATCH = "demo.market.v1.Market/WatchQuotes";
const METHODS = [
  GET,
  WATCH,
  ...["UploadOrders", "Negotiate", "SetProducing", "SetTrouble"].map(
    (name) => `demo.market.v1.Market/${name}`,
  ),
  ...["Rate", "Rates"].map((name) => `demo.reference.v1.Reference/${name}`),
  ...["Check", "List", "Watch"].map((name) => `grpc.health.v1.Health/${name}`),
  "streamside.health.v1.StreamHealth/Watch",
  "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
];
const PEERS = [
  "desk",
  "slow-dashboard",
  "trader",
  "uploader",
  "pricer",
  "rates",
  "probe",
  "batch",
  "ops",
  "audit",
];

function grpc(at: number): MadeSource {
  const layout = layoutOf("method", "peer", {
    streams: Object.fromEntries(METHODS.map((name) => [name, name === WATCH ? 3 : 1])),
    consumers: Object.fromEntries(PEERS.map((name, row) => [name, [row < 2 ? WATCH : GET]])),
  });
  const base = baseOf(layout, at, 50, 0);
  const names = Array.from({ length: 6 }, (_, call) => `call-${call}`);
  const still = (value: number) => new Float64Array(6).fill(value);
  const rows = (value: number) => new Int32Array(6).fill(value);
  return (n) => {
    const { streams, ...rest } = base(n);
    const now = at + n * 1_000;
    return {
      ...rest,
      streams: {
        ...streams,
        calls: layout.streams.map((_, row) => (row < 6 ? [totals(n, row)] : [])),
        counting: ["market-1"],
      },
      calls: {
        count: 6,
        live: 6,
        key: names,
        stream: rows(1),
        consumer: rows(0),
        position: rows(-1),
        connection: rows(2),
        startedAt: still(at - 90_000),
        deadlineAt: still(Number.NaN),
        sent: Float64Array.from(names, (_, call) => 900 + n * (20 + call)),
        received: still(1),
        queued: Float64Array.from(names, (_, call) => (call === 3 ? 10 + (n % 7) : 0)),
        unread: still(0),
        waitingMs: Float64Array.from(names, (_, call) => (call === 3 ? 400.5 + n * 3 : 0)),
        lastSentAt: Float64Array.from(names, (_, call) => now - 20 - ((n * 7 + call) % 40)),
        lastReceivedAt: still(at - 90_000),
        flags: new Uint16Array(6),
        peer: names.map(() => "127.0.0.1:51234"),
        clientName: names.map(() => "desk"),
        ended: new Map(),
      },
    };
  };
}

function totals(n: number, row: number): MethodTotals {
  const perSecond = 5 + row * 9;
  return {
    process: "market-1",
    from: "instrumented",
    started: 400 + n * perSecond,
    completed: 399 + n * perSecond,
    sent: 400 + n * perSecond,
    received: 400 + n * perSecond,
    bytesSent: 90_000 + n * perSecond * 217,
    bytesReceived: 9_000 + n * perSecond * 31,
    retries: 0,
    statuses: [
      { code: 0, count: 390 + n * perSecond },
      { code: 5, count: 9 },
    ],
    latencies: [
      {
        measure: "callDuration",
        count: 399 + n * perSecond,
        sumMs: 812.25 + n * perSecond * 2.125,
        maxMs: 41.5,
        upperMs: [1, 2, 5, 10, 25, 50, 100, 250, 1_000],
        counts: [100 + n * perSecond - 3 * n, 200 + 2 * n, 60 + n, 30, 9, 0, 0, 0, 0],
      },
    ],
  };
}

function gauge(name: string, value: number) {
  return { name, type: "gauge" as const, help: "As the bench has it.", labels: {}, value };
}
