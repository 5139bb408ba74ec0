import type { Layout } from "../lib/sample/layout.ts";
import { nextLayout } from "../lib/sample/row-map.ts";
import type { Sample } from "../lib/sample/sample.ts";

interface Rows {
  /** Lanes of each stream. */
  readonly streams: Readonly<Record<string, number>>;
  /** Streams that each consumer reads. */
  readonly consumers: Readonly<Record<string, readonly string[]>>;
}

/** What samples of all kinds have: heads and positions move, some of them less, and everything was read just now. */
export function baseOf(
  layout: Layout,
  at: number,
  perSecond: number,
  replicas: number,
): (n: number) => Sample {
  const { lanes, positions, streams, consumers } = layout;
  const numbers = (rows: number, make: (row: number) => number) =>
    Float64Array.from({ length: rows }, (_, row) => make(row));
  const pace = (row: number, n: number) => n * (perSecond + ((row * 7) % 11)) + ((row * 5 + n * 3) % 4);
  const info = [{ label: "Version", value: "1.2.3" }];
  const [events, failures] = [[], []];
  return (n) => {
    const now = at + n * 1_000 + ((n * 13) % 5);
    return {
      startedAt: now - 8,
      finishedAt: now,
      layout,
      lanes: {
        head: numbers(lanes.count, (row) => 10_000 + pace(row, n)),
        floor: numbers(lanes.count, () => 0),
        asOf: numbers(lanes.count, () => now - 2),
        messageBytes: numbers(lanes.count, () => 180),
        replicas: replicas === 0 ? null : numbers(lanes.count, () => replicas),
        inSync: replicas === 0 ? null : numbers(lanes.count, () => replicas),
      },
      positions: {
        position: numbers(positions.count, (row) => 9_990 + pace(positions.lane[row]!, n) - (row % 5)),
        backlog: null,
        inFlight: null,
        lost: null,
        latencyMs: null,
        unreadSince: numbers(positions.count, (row) =>
          (row + n) % 6 === 0 ? now - 700 - row * 9 : Number.NaN,
        ),
        asOf: numbers(positions.count, () => now - 5),
        member: new Int32Array(positions.count),
      },
      streams: {
        inTotal: numbers(streams.length, (row) => 90_000 + pace(row, n) * 3),
        outTotal: null,
        retentionMs: numbers(streams.length, () => 3_600_000),
        retentionBytes: numbers(streams.length, () => Number.POSITIVE_INFINITY),
        retentionMessages: null,
      },
      consumers: {
        readers: numbers(consumers.length, () => 1),
        dueTotal: null,
        outTotal: numbers(consumers.length, (row) => 80_000 + pace(row, n)),
        flags: new Uint16Array(consumers.length),
      },
      members: [],
      facts: [...info, { label: "Uptime", value: { kind: "duration", value: 90_000 + n * 1_000 } }],
      events,
      failures,
      cost: { requests: 4 },
    };
  };
}

export function layoutOf(
  kind: Layout["streams"][number]["kind"],
  consumerKind: Layout["consumers"][number]["kind"],
  { streams, consumers }: Rows,
): Layout {
  const names = Object.keys(streams);
  const stream = names.flatMap((name, row) => Array.from({ length: streams[name]! }, () => row));
  const number = names.flatMap((name) => Array.from({ length: streams[name]! }, (_, lane) => lane));
  const consumer: number[] = [];
  const lane: number[] = [];
  const start = [0];
  for (const [row, reads] of Object.values(consumers).entries()) {
    for (const [at, of] of stream.entries()) {
      if (!reads.includes(names[of]!)) continue;
      consumer.push(row);
      lane.push(at);
    }
    start.push(lane.length);
  }
  return nextLayout(null, {
    streams: names.map((name) => ({ key: name, name, kind, detail: `${streams[name]} lanes` })),
    lanes: { count: stream.length, stream: Int32Array.from(stream), number: Int32Array.from(number) },
    consumers: Object.entries(consumers).map(([name, reads]) => ({
      key: name,
      name,
      kind: consumerKind,
      streams: reads.map((read) => names.indexOf(read)),
      backlogUnit: "messages",
    })),
    positions: {
      count: lane.length,
      consumer: Int32Array.from(consumer),
      lane: Int32Array.from(lane),
      start: Int32Array.from(start),
    },
  });
}
