import {
  type ConsumerColumns,
  ConsumerFlag,
  type ConsumerInfo,
  type LaneColumns,
  type Layout,
  type PositionColumns,
  type StreamColumns,
  type StreamInfo,
} from "../contract.ts";
import type { ConsumerEntry } from "./entries.ts";
import type { Snapshot, StreamSnapshot } from "./snapshot.ts";
import { countStill, type Stillness } from "./stillness.ts";
import { isNarrower } from "./subjects.ts";

export const CORE_KEY = "$core";

/** What one sample leaves for the next. */
export interface Mapped {
  readonly snapshot: Snapshot;
  readonly layout: Layout;
  readonly stillness: Stillness;
  readonly lanes: LaneColumns;
  readonly positions: PositionColumns;
  readonly streams: StreamColumns;
  readonly consumers: ConsumerColumns;
}

/** Rows: JetStream streams and their consumers, then the core and its connections. One lane a stream, one position a consumer. */
export function mapSnapshot(snapshot: Snapshot, previous: Mapped | null): Mapped {
  const layout = previous && sameRows(snapshot, previous.snapshot) ? previous.layout : createLayout(snapshot);
  const { lanes, streams } = mapStreams(snapshot, layout);
  const delivered = new Float64Array(layout.consumers.length).fill(Number.NaN);
  const positions = unknownPositions(layout.positions.count);
  const consumers = unknownConsumers(layout.consumers.length);
  let row = 0;
  for (const stream of snapshot.streams) {
    for (const consumer of stream.consumers) {
      delivered[row] = consumer.deliveredConsumerSeq;
      mapConsumer(consumer, row++, positions, consumers);
    }
  }
  const stillness = countStill(previous?.stillness ?? null, layout, delivered);
  row = 0;
  for (const stream of snapshot.streams) {
    for (const consumer of stream.consumers)
      consumers.readers[row] = readersOf(consumer, stillness.samples[row++]!);
  }
  for (const { pendingBytes, outMsgs, asOf } of snapshot.core?.connections ?? []) {
    positions.backlog[row] = pendingBytes;
    positions.asOf[row] = asOf;
    // The server counts a message as out when it queues it for the connection: what was due and what left are one.
    consumers.dueTotal[row] = outMsgs;
    consumers.outTotal[row] = outMsgs;
    consumers.readers[row] = Number.isNaN(asOf) ? Number.NaN : 1;
    row++;
  }
  return { snapshot, layout, stillness, lanes, positions, streams, consumers };
}

/** Samples without a delivery after which a pull consumer that nobody waits on and that owes nothing counts as left. */
const STILL_SAMPLES = 3;

/**
 * Active readers of a consumer. A pull consumer shows a reader only while a pull waits: none may mean that all of its
 * readers are busy, so that is not known until nothing is in flight and nothing moves any more.
 */
function readersOf(consumer: ConsumerEntry, stillSamples: number): number {
  if (consumer.push) return consumer.pushBound;
  if (consumer.numWaiting > 0) return 1; // one at least: a client may have several pulls waiting
  const left = consumer.numWaiting === 0 && consumer.numAckPending === 0 && stillSamples >= STILL_SAMPLES;
  return left ? 0 : Number.NaN;
}

function mapConsumer(
  c: ConsumerEntry,
  row: number,
  positions: ReturnType<typeof unknownPositions>,
  consumers: ReturnType<typeof unknownConsumers>,
): void {
  positions.position[row] = (c.ackNone ? c.deliveredStreamSeq : c.ackFloorStreamSeq) + 1;
  positions.backlog[row] = c.numPending + c.numAckPending;
  positions.inFlight[row] = c.numAckPending;
  positions.asOf[row] = c.asOf;
  consumers.dueTotal[row] = c.numPending + c.deliveredConsumerSeq;
  consumers.outTotal[row] = c.ackNone ? c.deliveredConsumerSeq : c.ackFloorConsumerSeq;
  consumers.flags[row] =
    (c.maxAckPending > 0 && c.numAckPending >= c.maxAckPending ? ConsumerFlag.blocked : 0) |
    (c.paused ? ConsumerFlag.paused : 0) |
    (c.numRedelivered > 0 ? ConsumerFlag.redelivering : 0);
}

function mapStreams({ streams, core }: Snapshot, layout: Layout) {
  const lanes = {
    head: unknown(layout.lanes.count),
    floor: unknown(layout.lanes.count),
    asOf: unknown(layout.lanes.count),
    messageBytes: null,
    replicas: null,
    inSync: null,
  };
  const limits = { retentionMs: null, retentionBytes: null, retentionMessages: null }; // not looked at
  streams.forEach(({ entry }, lane) => {
    lanes.head[lane] = entry.lastSeq + 1;
    lanes.floor[lane] = Math.max(1, entry.firstSeq); // a stream that never held a message says 0; sequences begin at 1
    lanes.asOf[lane] = entry.asOf;
  });
  if (core === null) return { lanes, streams: { inTotal: null, outTotal: null, ...limits } };
  const lane = streams.length;
  lanes.asOf[lane] = core.asOf;
  // NaN for JetStream: what a stream takes in is told by its head.
  const inTotal = unknown(layout.streams.length);
  const outTotal = unknown(layout.streams.length);
  inTotal[lane] = core.inMsgs;
  outTotal[lane] = core.outMsgs;
  return { lanes, streams: { inTotal, outTotal, ...limits } };
}

function unknown(length: number): Float64Array {
  return new Float64Array(length).fill(Number.NaN);
}

function unknownPositions(count: number) {
  return {
    position: unknown(count),
    backlog: unknown(count),
    inFlight: unknown(count),
    lost: null,
    latencyMs: null,
    unreadSince: null,
    asOf: unknown(count),
    member: new Int32Array(count).fill(-1),
  };
}

function unknownConsumers(count: number) {
  return {
    readers: unknown(count),
    dueTotal: unknown(count),
    outTotal: unknown(count),
    flags: new Uint8Array(count),
  };
}

/** Whether two snapshots give the same layout. Allocates nothing: it runs over everything at every sample. */
function sameRows(a: Snapshot, b: Snapshot): boolean {
  if (a.streams.length !== b.streams.length || (a.core === null) !== (b.core === null)) return false;
  return (
    a.streams.every((stream, i) => sameStream(stream, b.streams[i]!)) &&
    sameList(a.core?.connections ?? [], b.core?.connections ?? [], (x, y) => {
      return x.cid === y.cid && x.name === y.name && x.detail === y.detail;
    })
  );
}

function sameStream(a: StreamSnapshot, b: StreamSnapshot): boolean {
  return (
    a.entry.name === b.entry.name &&
    a.entry.subjects === b.entry.subjects &&
    sameList(
      a.consumers,
      b.consumers,
      (x, y) => x.name === y.name && x.push === y.push && x.filter === y.filter,
    )
  );
}

function sameList<T>(a: readonly T[], b: readonly T[], same: (a: T, b: T) => boolean): boolean {
  return a.length === b.length && a.every((item, i) => same(item, b[i]!));
}

function createLayout({ streams, core }: Snapshot): Layout {
  const streamInfos: StreamInfo[] = streams.map(({ entry }) => ({
    key: entry.name,
    name: entry.name,
    kind: "jetstream",
    detail: entry.subjects === "" ? "mirror or sourced" : entry.subjects.split(" ").join(", "),
  }));
  const consumers: ConsumerInfo[] = [];
  streams.forEach((stream, row) => {
    for (const consumer of stream.consumers) consumers.push(describeConsumer(consumer, stream, row));
  });
  if (core) {
    const row = streamInfos.length;
    streamInfos.push({ key: CORE_KEY, name: "core", kind: "core", detail: "all traffic of the server" });
    for (const { cid, name, detail } of core.connections) {
      const key = `conn:${name}#${cid}`;
      consumers.push({ key, name, kind: "connection", streams: [row], backlogUnit: "bytes", detail });
    }
  }
  const rows = Int32Array.from(consumers, (_, row) => row);
  return {
    streams: streamInfos,
    lanes: {
      count: streamInfos.length,
      stream: Int32Array.from(streamInfos, (_, row) => row),
      number: new Int32Array(streamInfos.length),
    },
    consumers,
    positions: {
      count: consumers.length,
      consumer: rows,
      lane: Int32Array.from(consumers, ({ streams: [stream] }) => stream!),
      start: Int32Array.from({ length: consumers.length + 1 }, (_, row) => row),
    },
  };
}

function describeConsumer(
  { name, push, filter }: ConsumerEntry,
  { entry }: StreamSnapshot,
  stream: number,
): ConsumerInfo {
  return {
    key: `${entry.name}.${name}`,
    name,
    kind: push ? "push consumer" : "pull consumer",
    streams: [stream],
    backlogUnit: "messages",
    ...(filter !== "" && { detail: filter.split(" ").join(", ") }),
    ...(isNarrower(filter, entry.subjects) && { filtered: true }),
  };
}
