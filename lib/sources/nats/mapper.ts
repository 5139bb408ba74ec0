import type { ConsumerColumns, LaneColumns, PositionColumns, StreamColumns } from "../../sample/columns.ts";
import { ConsumerFlag } from "../../sample/consumer-flag.ts";
import type { Layout } from "../../sample/layout.ts";
import { rowsSince } from "../../sample/row-map.ts";
import type { AdvisoryWatch } from "./advisories/advisory-watch.ts";
import type { ConsumerEntry, StreamEntry } from "./jetstream/entries.ts";
import type { Snapshot } from "./jetstream/snapshot.ts";
import { finishedSeq, removedUnread, retentionOf } from "./jetstream/state/removed.ts";
import { noteStill, type Stillness } from "./jetstream/state/stillness.ts";
import { lookAtStreams, type StreamHealth } from "./jetstream/state/stream-health.ts";
import { type Trace, traceConsumers } from "./jetstream/state/trace.ts";
import { createLayout, sameRows } from "./layout.ts";
import type { NatsDetails } from "./words.ts";

/** What one sample leaves for the next. */
export interface Mapped extends Trace {
  readonly snapshot: Snapshot;
  readonly layout: Layout;
  readonly stillness: Stillness;
  /** The same, of messages that it is given for the first time. */
  readonly noNews: Stillness;
  readonly health: StreamHealth;
  readonly lanes: LaneColumns;
  readonly positions: NatsPositions;
  readonly streams: StreamColumns;
  readonly consumers: ConsumerColumns;
  readonly details: Omit<NatsDetails, "heard">;
}

/** The columns that NATS always tells; unknown numbers are NaN in them. */
export type NatsPositions = PositionColumns & {
  readonly backlog: Float64Array;
  readonly inFlight: Float64Array;
  readonly lost: Float64Array;
  readonly roundTripMs: Float64Array;
};

/** Rows: JetStream streams and their consumers, then the core and its connections. One lane a stream, one position a consumer. */
export function mapSnapshot(
  snapshot: Snapshot,
  previous: Mapped | null,
  advisories: Pick<AdvisoryWatch, "givenUpOf"> | null = null,
): Mapped {
  const layout =
    previous && sameRows(snapshot, previous.snapshot) ? previous.layout : createLayout(snapshot, previous);
  const { lanes, streams } = mapStreams(snapshot, layout);
  const delivered = unknown(layout.consumers.length);
  const reached = unknown(layout.consumers.length);
  const positions = unknownPositions(layout.positions.count);
  const consumers = unknownConsumers(layout.consumers.length);
  const oldRow = previous === null ? null : (rowsSince(previous.layout, layout)?.consumers ?? null);
  let row = 0;
  const before = previous?.positions ?? null;
  for (const { entry, consumers: read } of snapshot.streams) {
    for (const consumer of read) {
      const isFiltered = layout.consumers[row]!.filtered === true;
      mapPosition(entry, consumer, isFiltered, row, positions, before, oldRow === null ? row : oldRow[row]!);
      delivered[row] = consumer.deliveredConsumerSeq;
      reached[row] = consumer.deliveredStreamSeq;
      mapFlags(consumer, row++, consumers.flags);
    }
  }
  for (const { told, asOf } of snapshot.core?.connections ?? []) {
    const isTold = !Number.isNaN(asOf);
    positions.backlog[row] = isTold ? told.pending_bytes : Number.NaN;
    positions.roundTripMs[row] = isTold ? told.rtt : Number.NaN;
    positions.asOf[row] = asOf;
    // The server counts a message as out when it queues it for the connection: what was due and what left are one.
    consumers.dueTotal[row] = isTold ? told.out_msgs : Number.NaN;
    consumers.outTotal[row] = consumers.dueTotal[row]!;
    consumers.readers[row] = isTold ? 1 : Number.NaN;
    row++;
  }
  const stillness = noteStill(previous?.stillness ?? null, layout, delivered, positions.asOf, oldRow);
  const noNews = noteStill(previous?.noNews ?? null, layout, reached, positions.asOf, oldRow);
  const { progress, signs } = traceConsumers({
    ...{ snapshot, layout, previous, oldRow },
    ...{ stillness, noNews, positions, consumers },
  });
  const health = lookAtStreams(
    snapshot,
    previous?.health ?? null,
    (account, stream) => advisories?.givenUpOf(account, stream) ?? [],
  );
  return {
    snapshot,
    layout,
    stillness,
    noNews,
    progress,
    signs,
    health,
    lanes,
    positions,
    streams: { ...streams, signals: health.signals },
    consumers,
    details: {
      streams: snapshot.streams.map(({ entry }) => entry),
      consumers: snapshot.streams.flatMap(({ consumers: read }) => read),
      core: snapshot.core,
    },
  };
}

/**
 * Where one consumer stands.
 *
 * @param previous,oldRow the positions of the sample before, and its row among them; -1: it was not there
 */
export function mapPosition(
  stream: StreamEntry,
  consumer: ConsumerEntry,
  isFiltered: boolean,
  row: number,
  positions: NatsPositions,
  previous: NatsPositions | null,
  oldRow: number,
): void {
  const position = finishedSeq(consumer) + 1;
  positions.position[row] = position;
  positions.backlog[row] = consumer.numPending + consumer.numAckPending;
  positions.inFlight[row] = consumer.numAckPending;
  positions.asOf[row] = consumer.asOf;
  const stood = previous?.position[oldRow] === position;
  positions.lost[row] = lostBy(stream, consumer, isFiltered, stood ? previous!.lost[oldRow]! : 0);
}

/** @param before what was known to be lost when the consumer was seen to stand where it stands now */
function lostBy(stream: StreamEntry, consumer: ConsumerEntry, isFiltered: boolean, before: number): number {
  // The stream may have moved on since the consumer's turn.
  if (consumer.asOf < stream.asOf) return before;
  // What passes a filter is not told by sequences; with the floor at or under the position nothing is missing.
  if (isFiltered && stream.firstSeq > finishedSeq(consumer) + 1) return before > 0 ? before : Number.NaN;
  const lost = removedUnread(stream, consumer);
  // Once something is delivered, what was removed before that is not told any more: it stays lost until it is passed.
  return lost > 0 && before > lost ? before : lost;
}

function mapFlags(c: ConsumerEntry, row: number, flags: Uint16Array): void {
  flags[row] =
    (c.numAckPending >= c.maxAckPending ? ConsumerFlag.blocked : 0) | (c.paused ? ConsumerFlag.paused : 0);
}

function mapStreams({ streams, core }: Snapshot, layout: Layout) {
  const lanes = {
    head: unknown(layout.lanes.count),
    floor: unknown(layout.lanes.count),
    asOf: unknown(layout.lanes.count),
    messageBytes: unknown(layout.lanes.count),
    replicas: unknown(layout.lanes.count),
    inSync: unknown(layout.lanes.count),
  };
  const told = {
    retentionMs: unknown(layout.streams.length),
    retentionBytes: unknown(layout.streams.length),
    retentionMessages: unknown(layout.streams.length),
    held: unknown(layout.streams.length),
  };
  streams.forEach(({ entry }, lane) => {
    mapStanding(entry, lane, lanes);
    if (entry.messages > 0) lanes.messageBytes[lane] = entry.bytes / entry.messages;
    if (entry.cluster !== null) {
      lanes.replicas[lane] = entry.config.replicas;
      if (!Number.isNaN(entry.asOf)) lanes.inSync[lane] = copiesInSync(entry.cluster);
    }
    const { retentionMs, retentionBytes, retentionMessages } = retentionOf(entry.config);
    told.retentionMs[lane] = retentionMs;
    told.retentionBytes[lane] = retentionBytes;
    told.retentionMessages[lane] = retentionMessages;
    told.held[lane] = entry.messages;
  });
  if (core === null) return { lanes, streams: { inTotal: null, outTotal: null, ...told } };
  const lane = streams.length;
  lanes.asOf[lane] = core.totals.asOf;
  // NaN for JetStream: what a stream takes in is told by its head.
  const inTotal = unknown(layout.streams.length);
  const outTotal = unknown(layout.streams.length);
  inTotal[lane] = core.totals.inMsgs;
  outTotal[lane] = core.totals.outMsgs;
  return { lanes, streams: { inTotal, outTotal, ...told } };
}

/** From where to where a stream holds messages. */
export function mapStanding(entry: StreamEntry, lane: number, lanes: LaneColumns): void {
  lanes.head[lane] = entry.lastSeq + 1;
  lanes.floor[lane] = Math.max(1, entry.firstSeq); // a stream that never held a message says 0; sequences begin at 1
  lanes.asOf[lane] = entry.asOf;
}

/** The leader's copy and those that follow it closely. */
function copiesInSync({ leader, replicas }: NonNullable<StreamEntry["cluster"]>): number {
  let inSync = leader === "" ? 0 : 1;
  for (const { current, offline } of replicas) if (current && !offline) inSync++;
  return inSync;
}

function unknown(length: number): Float64Array {
  return new Float64Array(length).fill(Number.NaN);
}

function unknownPositions(count: number): NatsPositions {
  return {
    position: unknown(count),
    backlog: unknown(count),
    inFlight: unknown(count),
    lost: unknown(count),
    latencyMs: null,
    roundTripMs: unknown(count),
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
    flags: new Uint16Array(count),
    leavesAt: unknown(count),
  };
}
