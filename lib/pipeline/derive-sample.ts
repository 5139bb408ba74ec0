import { deriveBacklog } from "../derive/backlog.ts";
import { addDue, addGrowth, addGrowthByOwner, remember, smoothGrowth } from "../derive/totals.ts";
import { PROVENANCES } from "../model/reading.ts";
import { ConsumerFlag } from "../sample/consumer-flag.ts";
import type { Derived } from "../sample/derived.ts";
import type { Limits } from "../sample/limits.ts";
import type { Sample } from "../sample/sample.ts";
import { carryOver, createJudged, type Judged, keepDerived } from "./derived-columns.ts";
import { judgeSample } from "./judge-sample.ts";
import type { SourceMemory } from "./memory/source-memory.ts";
import { everyRow, rowsToJudge, tellsTimes } from "./rows-to-judge.ts";

const MEASURED = PROVENANCES.indexOf("measured");

/** The sample before, with what was derived of it. */
export interface Before {
  readonly sample: Sample;
  readonly derived: Derived;
}

/**
 * One sample into the memory, and what comes of it: totals, backlog, movement, latency, status, and their roll-up by
 * consumer. Allocates nothing for a position.
 *
 * @param before of the same rows; null: every row is looked at
 */
export function deriveSample(
  memory: SourceMemory,
  obs: Sample,
  limits: readonly Limits[],
  before: Before | null,
  afterFailure = false,
): Derived {
  const at = obs.finishedAt;
  memory.watched.advance(at, afterFailure);
  const isAll =
    before === null ||
    // A clock that was set back: nothing has waited since a moment that is still to come.
    at < before.sample.finishedAt ||
    tellsTimes(obs) ||
    !memory.positions.seenLosses.isEmpty;
  const rows = isAll ? everyRow(memory, obs) : rowsToJudge(memory, obs, before.sample);
  const judged = isAll ? createJudged(obs.layout) : carryOver(memory, before.derived, at);
  const { backlog } = judged.positions;
  countTraffic(memory, obs, rows);
  const { lane } = obs.layout.positions;
  if (!isAll) catchUp(memory, before, rows);
  deriveBacklog(obs.lanes.head, obs.lanes.floor, lane, obs.positions.position, backlog, rows);
  if (obs.positions.backlog !== null) takeReported(backlog, obs);
  noteMovement(memory, obs, backlog, rows);
  rememberSample(memory, obs);
  if (obs.positions.latencyMs === null) memory.lanes.history.push(at, obs.lanes.head);
  judgeSample(memory, judged, obs, limits, rows);
  notePaces(memory, judged);
  pushRates(memory, obs, at);
  return keepDerived(memory, judged, obs, isAll ? null : before.derived);
}

/** What the system reports goes before what was derived; of a consumer with a filter only the system knows. */
function takeReported(backlog: Float64Array, { layout, positions }: Sample): void {
  const reported = positions.backlog!;
  const { consumer } = layout.positions;
  for (let row = 0; row < backlog.length; row++) {
    const known = !Number.isNaN(reported[row]!);
    if (known || layout.consumers[consumer[row]!]!.filtered === true) backlog[row] = reported[row]!;
  }
}

/** Counters. What a system counts itself goes before what heads and positions tell. */
function countTraffic(memory: SourceMemory, obs: Sample, rows: Int32Array): void {
  const { layout, lanes, positions } = obs;
  const { streams, consumers } = memory;
  const ownIn = obs.streams.inTotal;
  if (ownIn !== null) addGrowth(streams.previousIn, ownIn, streams.inTotal);
  for (let lane = 0; lane < layout.lanes.count; lane++) {
    const stream = layout.lanes.stream[lane]!;
    const step = lanes.head[lane]! - memory.lanes.previousHead[lane]!;
    if (step > 0 && !isKnown(ownIn, stream)) streams.inTotal[stream]! += step;
  }
  if (obs.consumers.dueTotal === null) {
    addDue(
      memory.lanes.previousHead,
      lanes.head,
      layout.positions,
      positions.position,
      consumers.dueTotal,
      rows,
    );
  } else {
    addGrowth(consumers.previousDue, obs.consumers.dueTotal, consumers.dueTotal);
  }
  const { previous, stream } = memory.positions;
  const ownOut = obs.consumers.outTotal;
  if (ownOut === null) {
    addGrowthByOwner(previous, positions.position, layout.positions.consumer, consumers.outTotal, rows);
    addGrowthByOwner(previous, positions.position, stream, streams.outTotal, rows);
  } else {
    addGrowth(consumers.previousOut, ownOut, consumers.outTotal);
    for (let row = 0; row < layout.consumers.length; row++) {
      const step = ownOut[row]! - consumers.previousOut[row]!;
      if (!(step > 0)) continue;
      const read = layout.consumers[row]!.streams[0];
      if (read !== undefined && !isKnown(obs.streams.outTotal, read)) streams.outTotal[read]! += step;
    }
  }
  if (obs.streams.outTotal !== null) addGrowth(streams.previousOut, obs.streams.outTotal, streams.outTotal);
}

/** What is noted at each sample of a row that stands with nothing waiting, or with a message that was looked up: up to the last one. */
function catchUp(memory: SourceMemory, { sample, derived }: Before, rows: Int32Array): void {
  const { lowPoints, lookedUpAt } = memory.positions;
  const { backlog, latencyProvenance } = derived.positions;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (backlog[row] === 0) lowPoints.note(row, memory.watched.before, 0);
    else if (latencyProvenance[row] === MEASURED && lookedUpAt[row]! > 0) lookedUpAt[row] = sample.finishedAt;
  }
}

function noteMovement(memory: SourceMemory, obs: Sample, backlog: Float64Array, rows: Int32Array): void {
  const { previousHead, headMovedAt } = memory.lanes;
  const { head } = obs.lanes;
  smoothGrowth(previousHead, head, memory.lanes.arriving);
  if (obs.consumers.dueTotal !== null) {
    smoothGrowth(memory.consumers.previousDue, obs.consumers.dueTotal, memory.consumers.arriving);
  }
  const { now: watchedNow, before: watchedBefore, brokenAt } = memory.watched;
  for (let lane = 0; lane < head.length; lane++) {
    if (Number.isNaN(headMovedAt[lane]!) || head[lane]! > previousHead[lane]!) headMovedAt[lane] = watchedNow;
    if (head[lane]! < previousHead[lane]!) forgetWritten(memory, obs, lane);
  }

  const { previous, movedAt, highWater, waitingSince, rhythm, lowPoints } = memory.positions;
  const { lane, consumer: consumerOf } = obs.layout.positions;
  const { position, inFlight, readable, flags } = obs.positions;
  // Where messages are acknowledged one by one, others may be finished while the first of them holds the position.
  const finished = inFlight === null ? null : obs.consumers.outTotal;
  const { previousOut } = memory.consumers;
  const { moved } = memory.consumers;
  moved.fill(0);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const now = position[row]!;
    const before = previous[row]!;
    let waiting = backlog[row]!;
    // What only some readers can have is no work that stands still.
    if (readable && readable[row]! < waiting && ((flags?.[row] ?? 0) & ConsumerFlag.inTransaction) === 0) {
      waiting = readable[row]!;
    }
    const isFirst = Number.isNaN(movedAt[row]!);
    const passed = finished !== null && finished[consumerOf[row]!]! > previousOut[consumerOf[row]!]!;
    // A first position where there was none is a move, too; how long it took is not known.
    const appeared = Number.isNaN(before) && !isFirst;
    if (isFirst) movedAt[row] = watchedNow;
    if (!Number.isNaN(now)) {
      if (now > before || passed || appeared) {
        // Watched from its beginning to its end, and not interrupted meanwhile.
        const wasMoving = movedAt[row]!;
        const isSeenWhole = wasMoving > brokenAt && rhythm.hasMoved(row) && !appeared;
        const gapMs = isSeenWhole ? Math.max(0, watchedBefore - wasMoving) : Number.NaN;
        const waitedMs = watchedBefore - waitingSince[row]!;
        rhythm.moved(row, watchedNow, wasMoving, gapMs, waitedMs > 0 ? Math.min(gapMs, waitedMs) : 0);
        movedAt[row] = watchedNow;
        lowPoints.note(row, watchedNow, waiting);
      } else if (now < before) {
        movedAt[row] = watchedNow;
        lowPoints.note(row, watchedNow, waiting);
      } else if (waiting === 0) lowPoints.note(row, watchedNow, 0);
      const high = highWater[row]!;
      // A head below the high water means the lane was recreated or truncated: the old mark says nothing any more.
      if (Number.isNaN(high) || now > high || head[lane[row]!]! < high) highWater[row] = now;
    } else {
      // Without a position every sample shows the backlog as it is.
      movedAt[row] = watchedNow;
      lowPoints.note(row, watchedNow, waiting);
    }
    if (movedAt[row] === watchedNow) moved[consumerOf[row]!] = 1;
    if (waiting === 0) waitingSince[row] = Number.NaN;
    else if (waiting > 0 && Number.isNaN(waitingSince[row]!)) waitingSince[row] = watchedNow;
  }

  const { readersGoneSince, dueAt, previousDue } = memory.consumers;
  const { readers, dueTotal } = obs.consumers;
  for (let consumer = 0; consumer < readers.length; consumer++) {
    const grew = dueTotal !== null && dueTotal[consumer]! > previousDue[consumer]!;
    if (grew || Number.isNaN(dueAt[consumer]!)) dueAt[consumer] = watchedNow;
    if (readers[consumer] !== 0) readersGoneSince[consumer] = Number.NaN;
    else if (Number.isNaN(readersGoneSince[consumer]!)) readersGoneSince[consumer] = obs.finishedAt;
  }
}

/** A head that fell belongs to a lane that was recreated or cut: nothing is known of when its messages were written. */
function forgetWritten({ positions }: SourceMemory, { layout }: Sample, lane: number): void {
  for (let row = 0; row < layout.positions.count; row++) {
    if (layout.positions.lane[row] !== lane) continue;
    positions.writtenAt[row] = Number.NaN;
    positions.agesSince[row] = Number.NaN;
  }
}

/** The window of what is told of a consumer as a whole: from one of its moves to another. */
function notePaces({ consumers, watched }: SourceMemory, judged: Judged): void {
  const { backlog } = judged.consumers;
  for (let consumer = 0; consumer < backlog.length; consumer++) {
    if (backlog[consumer] !== 0 && consumers.moved[consumer] === 0) continue;
    consumers.paces.note(consumer, watched.now, consumers.dueTotal[consumer]!, consumers.outTotal[consumer]!);
    consumers.lowPoints.note(consumer, watched.now, backlog[consumer]!);
  }
}

function rememberSample(memory: SourceMemory, obs: Sample): void {
  const { streams, consumers } = memory;
  remember(memory.lanes.previousHead, obs.lanes.head);
  remember(memory.positions.previous, obs.positions.position);
  if (obs.streams.inTotal !== null) remember(streams.previousIn, obs.streams.inTotal);
  if (obs.streams.outTotal !== null) remember(streams.previousOut, obs.streams.outTotal);
  if (obs.consumers.dueTotal !== null) remember(consumers.previousDue, obs.consumers.dueTotal);
  if (obs.consumers.outTotal !== null) remember(consumers.previousOut, obs.consumers.outTotal);
}

/** Totals into the rate windows, with NaN where a total counts nothing known, so that its rate is unknown, not 0. */
function pushRates(memory: SourceMemory, obs: Sample, at: number): void {
  const { layout } = obs;
  const { streams, consumers } = memory;
  const headKnown = new Uint8Array(layout.streams.length);
  for (let lane = 0; lane < layout.lanes.count; lane++) {
    if (!Number.isNaN(obs.lanes.head[lane]!)) headKnown[layout.lanes.stream[lane]!] = 1;
  }
  // A consumer's own numbers are derived from its positions, unless the system reports them.
  const { standing, touched } = consumers;
  const { start } = layout.positions;
  for (let consumer = 0; consumer < standing.length; consumer++) {
    if (touched[consumer] === 0) continue;
    standing[consumer] = 0;
    for (let row = start[consumer]!; standing[consumer] === 0 && row < start[consumer + 1]!; row++) {
      if (!Number.isNaN(obs.positions.position[row]!)) standing[consumer] = 1;
    }
  }
  const none = new Uint8Array(layout.consumers.length);
  const readKnown = new Uint8Array(layout.streams.length);
  for (let row = 0; row < layout.consumers.length; row++) {
    if (standing[row] === 1 || isKnown(obs.consumers.outTotal, row)) {
      for (const stream of layout.consumers[row]!.streams) readKnown[stream] = 1;
    }
  }
  const { dueTotal, outTotal } = obs.consumers;
  consumers.dueWindow.push(at, masked(consumers.dueTotal, dueTotal === null ? standing : none, dueTotal));
  consumers.outWindow.push(at, masked(consumers.outTotal, outTotal === null ? standing : none, outTotal));
  streams.inWindow.push(at, masked(streams.inTotal, headKnown, obs.streams.inTotal));
  streams.outWindow.push(at, masked(streams.outTotal, readKnown, obs.streams.outTotal));
}

function isKnown(reported: Float64Array | null, row: number): boolean {
  return reported !== null && !Number.isNaN(reported[row]!);
}

/** The totals that are known: because something was derived for the row, or the system reported it. */
function masked(totals: Float64Array, derived: Uint8Array, reported: Float64Array | null): Float64Array {
  const known = new Float64Array(totals.length);
  for (let row = 0; row < totals.length; row++) {
    known[row] = derived[row] === 1 || isKnown(reported, row) ? totals[row]! : Number.NaN;
  }
  return known;
}
