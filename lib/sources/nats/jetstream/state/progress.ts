import type { EpochMs } from "../../../../model/reading.ts";
import { remapColumn } from "../../../../sample/remap.ts";
import type { ConsumerEntry, StreamEntry } from "../entries.ts";
import { finishedSeq, overwrites, removesUnread } from "./removed.ts";

/**
 * What consumers did since they were first seen, row for row with the layout: the server tells where they stand, and
 * what a purge or a limit takes looks much like work that was done. Unknown samples leave everything as it was.
 */
export interface Progress {
  /** Each as it was last known; null: never. */
  readonly entries: (ConsumerEntry | null)[];
  /** The stream's first message then, and its last. */
  readonly floor: Float64Array;
  readonly end: Float64Array;
  /** Messages given for the first time. */
  readonly first: Float64Array;
  /** Messages acknowledged, terminated or given up. */
  readonly finished: Float64Array;
  /** Messages that came for it, at least. */
  readonly due: Float64Array;
  /** Whether more may have come: some that were unread were removed in the last step. */
  readonly dueHidden: Uint8Array;
  /** Messages that limits removed before it was given them and that it has not passed yet, at least … */
  readonly vanished: Float64Array;
  /** … all of them before this sequence. */
  readonly vanishedBefore: Float64Array;
  /** When one was last seen to be delivered again; NaN: never. */
  readonly againAt: Float64Array;
}

export function createProgress(rows: number): Progress {
  const column = () => new Float64Array(rows).fill(Number.NaN);
  return {
    entries: new Array<ConsumerEntry | null>(rows).fill(null),
    floor: column(),
    end: column(),
    first: column(),
    finished: column(),
    due: column(),
    dueHidden: new Uint8Array(rows),
    vanished: new Float64Array(rows),
    vanishedBefore: column(),
    againAt: column(),
  };
}

/**
 * The same once more, to be followed on from.
 *
 * @param oldRow the row that each consumer had; -1: it is new. Null: all are where they were
 */
export function carryProgress(before: Progress, oldRow: Int32Array | null): Progress {
  const column = <Column extends Float64Array | Uint8Array>(from: Column, missing: number) =>
    oldRow === null ? (from.slice() as Column) : remapColumn(from, oldRow, missing);
  const { entries } = before;
  return {
    entries: oldRow === null ? entries.slice() : Array.from(oldRow, (row) => entries[row] ?? null),
    floor: column(before.floor, Number.NaN),
    end: column(before.end, Number.NaN),
    first: column(before.first, Number.NaN),
    finished: column(before.finished, Number.NaN),
    due: column(before.due, Number.NaN),
    dueHidden: column(before.dueHidden, 0),
    vanished: column(before.vanished, 0),
    vanishedBefore: column(before.vanishedBefore, Number.NaN),
    againAt: column(before.againAt, Number.NaN),
  };
}

/** One consumer in one sample. */
export interface Step {
  readonly row: number;
  readonly stream: StreamEntry;
  readonly consumer: ConsumerEntry;
  /** It reads only some messages of the stream. */
  readonly isFiltered: boolean;
}

/** Puts down in its row, which says what it did up to the sample before, what a consumer did since. */
export function follow(progress: Progress, step: Step): void {
  const { row, stream, consumer, isFiltered } = step;
  const last = progress.entries[row]!;
  const isKnown = !Number.isNaN(consumer.deliveredConsumerSeq + consumer.numPending);
  if (last === null) {
    if (isKnown) begin(progress, step);
    return;
  }
  // What was not asked for again stands where it stood; of the stream more may be known by now.
  if (!isKnown || consumer === last) return;
  progress.entries[row] = consumer;
  if (isStill(progress, step, last)) {
    progress.dueHidden[row] = 0;
    return;
  }
  const floor = progress.floor[row]!;
  const moved = stepOf(last, consumer);
  progress.first[row] = progress.first[row]! + moved.first;
  progress.finished[row] =
    progress.finished[row]! + finishedIn(moved, last, consumer, removedSince(stream, last, floor), stream);
  countDue(progress, step, last, moved);
  if (isFiltered) noteVanished(progress, step, last, floor, moved.gone);
  if (stream.firstSeq > floor) progress.floor[row] = stream.firstSeq;
  if (stream.lastSeq > progress.end[row]!) progress.end[row] = stream.lastSeq;
  if (moved.again > 0 || consumer.numRedelivered > last.numRedelivered) progress.againAt[row] = consumer.asOf;
}

function begin(progress: Progress, { row, stream, consumer }: Step): void {
  const out = consumer.ackNone ? 0 : consumer.numAckPending;
  progress.entries[row] = consumer;
  progress.floor[row] = stream.firstSeq;
  progress.first[row] = consumer.deliveredConsumerSeq;
  progress.finished[row] = consumer.deliveredConsumerSeq - out;
  progress.end[row] = stream.lastSeq;
  progress.due[row] = consumer.deliveredConsumerSeq + consumer.numPending;
}

/**
 * What came is what waits now and did not, and what was given. Where some that waited may have been removed meanwhile
 * that is too little: a consumer of everything was due whatever was written, of another one it is not known.
 */
function countDue(
  progress: Progress,
  { row, stream, isFiltered }: Step,
  last: ConsumerEntry,
  moved: Moved,
): void {
  const { firstSeq, lastSeq, config } = stream;
  const written = lastSeq - progress.end[row]!;
  const isOverrun =
    moved.gone > 0 || firstSeq - 1 > Math.max(last.deliveredStreamSeq, progress.floor[row]! - 1);
  const isThinned = (config.messageTtl || overwrites(config)) && last.numPending > 0 && written > 0;
  const isHidden = isOverrun || isThinned;
  progress.due[row] = progress.due[row]! + Math.max(0, isHidden && !isFiltered ? written : moved.came);
  progress.dueHidden[row] = isHidden && isFiltered ? 1 : 0;
}

/** Whether nothing happened to a consumer and its stream: most of the time, that is all there is to say of most of them. */
function isStill({ floor, end }: Progress, { row, stream, consumer }: Step, last: ConsumerEntry): boolean {
  return (
    consumer.deliveredConsumerSeq === last.deliveredConsumerSeq &&
    consumer.deliveredStreamSeq === last.deliveredStreamSeq &&
    consumer.ackFloorStreamSeq === last.ackFloorStreamSeq &&
    consumer.numPending === last.numPending &&
    consumer.numAckPending === last.numAckPending &&
    consumer.numRedelivered === last.numRedelivered &&
    stream.firstSeq === floor[row] &&
    stream.lastSeq === end[row]
  );
}

interface Moved {
  /** Messages given for the first time, and deliveries besides. */
  readonly first: number;
  readonly again: number;
  /** Messages that came for it, less those that were removed. */
  readonly came: number;
  /** Messages that waited and neither wait nor were given: removed, at least so many. */
  readonly gone: number;
  /** Sequences of the stream that it was moved on. */
  readonly reached: number;
}

/**
 * Its own sequence counts every delivery, and the stream's also what is not for it: the smaller step of the two has
 * neither.
 */
function stepOf(last: ConsumerEntry, now: ConsumerEntry): Moved {
  const delivered = now.deliveredConsumerSeq - last.deliveredConsumerSeq;
  const reached = now.deliveredStreamSeq - last.deliveredStreamSeq;
  const first = Math.max(0, Math.min(delivered, reached));
  const came = first + now.numPending - last.numPending;
  return { first, again: delivered - Math.max(0, reached), came, gone: Math.max(0, -came), reached };
}

/** Messages beyond the ack floor that the stream has removed since. */
function removedSince(
  { firstSeq }: StreamEntry,
  { ackFloorStreamSeq }: ConsumerEntry,
  floor: number,
): number {
  return Math.max(0, firstSeq - 1 - Math.max(ackFloorStreamSeq, floor - 1));
}

/**
 * How many messages were finished: those that are not out any more, without those that went because the stream removed
 * them. Where both happened between two samples and nothing tells them apart, the fewest that it can have been.
 *
 * @param removed messages beyond the ack floor that the stream has removed since
 */
function finishedIn(
  { first, gone, reached }: Moved,
  last: ConsumerEntry,
  now: ConsumerEntry,
  removed: number,
  { config }: StreamEntry,
): number {
  if (now.ackNone) return first;
  const left = first + last.numAckPending - now.numAckPending;
  if (!(left > 0)) return 0;
  // A purge moves the ack floor on and is no acknowledgement; what is given up is none either, but moves no floor.
  const isPurged = now.ackedAt === last.ackedAt && now.ackFloorStreamSeq > last.ackFloorStreamSeq;
  if (isPurged) return 0;
  if (gone > 0 && reached > first) return Math.max(0, left - last.numAckPending);
  // Where messages go once they are acknowledged, the removal is the work.
  return config.retention === "limits" ? Math.max(0, left - Math.min(last.numAckPending, removed)) : left;
}

/** @param floor the stream's first message when the consumer was last known · @param gone messages for it that went */
function noteVanished(
  progress: Progress,
  { row, stream, consumer }: Step,
  last: ConsumerEntry,
  floor: number,
  gone: number,
): void {
  const passed = finishedSeq(consumer) + 1 >= progress.vanishedBefore[row]!;
  if (passed) progress.vanished[row] = 0;
  if (gone === 0 || !removesUnread(stream.config)) return;
  const unread = stream.firstSeq - 1 - Math.max(last.deliveredStreamSeq, floor - 1);
  const stillBefore = finishedSeq(consumer) + 1 < stream.firstSeq;
  if (!(unread > 0) || !stillBefore) return;
  progress.vanished[row] = progress.vanished[row]! + Math.min(gone, unread);
  progress.vanishedBefore[row] = stream.firstSeq;
}

/** How long ago messages were last seen to be delivered again; NaN: they never were. */
export function againMs({ againAt }: Progress, row: number, now: EpochMs): number {
  return now - againAt[row]!;
}
