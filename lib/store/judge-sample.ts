import { ConsumerFlag, type Observation } from "../collectors/contract.ts";
import { lostMessages } from "../derive/backlog.ts";
import { classifyLane, type LaneEvidence, TRENDS, type Trend } from "../derive/status.ts";
import { THRESHOLDS, TREND_SLOTS } from "../derive/thresholds.ts";
import { PROVENANCES } from "../model/reading.ts";
import { STATUSES, statusRank } from "../model/status.ts";
import type { System } from "../model/system.ts";
import type { ColumnWindow } from "./column-window.ts";
import type { Arrival } from "./head-history.ts";
import type { SourceColumns } from "./source-columns.ts";

const MEASURED = PROVENANCES.indexOf("measured");
const INTERPOLATED = PROVENANCES.indexOf("interpolated");
const AT_LEAST = PROVENANCES.indexOf("atLeast");
const UNKNOWN = PROVENANCES.indexOf("unknown");

/**
 * A position that moves outside of the history is looked up again with every full sample, as far as there is time for
 * all of them; what lies between is taken from the last look.
 */
export const LOOKED_UP_LATELY_MS = 10_000;

const CODE_UNKNOWN = statusRank("unknown");
/** Better than the best: no lane looked at yet. */
const CODE_NONE = STATUSES.length;

/** Latency and status of every position, and the worst lane and sums of every consumer. */
export function judgeSample(columns: SourceColumns, obs: Observation, system: System, at: number): void {
  const evidence = emptyEvidence();
  const arrival: Arrival = { at: 0, bracketed: false };
  for (let consumer = 0; consumer < obs.layout.consumers.length; consumer++) {
    sumConsumer(columns, obs, consumer, at, arrival);
    judgeConsumer(columns, obs, system, consumer, at, evidence);
  }
}

/** Ages of a consumer's positions, and its backlog and latency as a whole. */
export function sumConsumer(
  columns: SourceColumns,
  obs: Observation,
  consumer: number,
  at: number,
  arrival: Arrival,
): void {
  const { positions, consumers } = columns;
  const { start } = obs.layout.positions;
  let backlog = 0;
  let known = 0;
  let partial = 0;
  let inFlight = Number.NaN;
  let latency = Number.NaN;
  let latencyProvenance = UNKNOWN;
  let latencyPartial = false;
  for (let row = start[consumer]!; row < start[consumer + 1]!; row++) {
    ageOfPosition(columns, obs, row, at, arrival);
    const waiting = positions.backlog[row]!;
    if (!Number.isNaN(waiting)) {
      backlog += waiting;
      known++;
    } else if (!Number.isNaN(obs.positions.position[row]!)) partial = 1;
    const flying = obs.positions.inFlight?.[row] ?? Number.NaN;
    if (!Number.isNaN(flying)) inFlight = Number.isNaN(inFlight) ? flying : inFlight + flying;
    const age = positions.latencyMs[row]!;
    if (Number.isNaN(age)) {
      if (waiting > 0) latencyPartial = true;
    } else {
      // The oldest may be in a lane whose age is only a lower bound, even when another lane shows more.
      if (positions.latencyProvenance[row] === AT_LEAST) latencyPartial = true;
      if (Number.isNaN(latency) || age > latency) {
        latency = age;
        latencyProvenance = positions.latencyProvenance[row]!;
      }
    }
  }
  consumers.backlog[consumer] = known > 0 ? backlog : Number.NaN;
  consumers.backlogPartial[consumer] = partial;
  consumers.inFlight[consumer] = inFlight;
  consumers.latencyMs[consumer] = latency;
  consumers.latencyProvenance[consumer] =
    latencyPartial && !Number.isNaN(latency) ? AT_LEAST : latencyProvenance;
}

/** Statuses of a consumer's positions; the worst of them decides. */
function judgeConsumer(
  columns: SourceColumns,
  obs: Observation,
  system: System,
  consumer: number,
  at: number,
  evidence: RowEvidence,
): void {
  const { positions, consumers } = columns;
  const { start } = obs.layout.positions;
  const limits = THRESHOLDS[system];
  let worstCode: number = CODE_NONE;
  let worstRow = -1;
  for (let row = start[consumer]!; row < start[consumer + 1]!; row++) {
    fillEvidence(evidence, columns, obs, consumer, row, at);
    const found = positions.trendFound[row]!;
    evidence.knownTrend = found === 0 ? undefined : TRENDS[found - 1];
    const code = statusRank(classifyLane(evidence, limits));
    if (found === 0 && evidence.knownTrend)
      positions.trendFound[row] = TRENDS.indexOf(evidence.knownTrend) + 1;
    positions.status[row] = code;
    const waiting = positions.backlog[row]!;
    // A lane without a position yet says nothing of the consumer as a whole.
    if (Number.isNaN(obs.positions.position[row]!) && Number.isNaN(waiting)) continue;
    if (code < worstCode || (code === worstCode && waiting > positions.backlog[worstRow]!)) {
      worstCode = code;
      worstRow = row;
    }
  }
  const code = worstRow < 0 ? CODE_UNKNOWN : worstCode;
  if (Number.isNaN(consumers.statusSince[consumer]!) || consumers.status[consumer] !== code) {
    consumers.statusSince[consumer] = at;
  }
  consumers.status[consumer] = code;
  consumers.worstPosition[consumer] = worstRow;
}

/** Age of the first unread message: reported by the system, or from the history of the lane's head. */
function ageOfPosition(
  { lanes, positions }: SourceColumns,
  obs: Observation,
  row: number,
  at: number,
  arrival: Arrival,
): void {
  const waiting = positions.backlog[row]!;
  positions.latencyMs[row] = Number.NaN;
  positions.latencyProvenance[row] = UNKNOWN;
  if (obs.positions.latencyMs !== null) {
    const reported = obs.positions.latencyMs[row]!;
    if (!(reported >= 0)) return;
    positions.latencyMs[row] = reported;
    positions.latencyProvenance[row] = MEASURED;
  } else if (waiting === 0) {
    positions.latencyMs[row] = 0;
    positions.latencyProvenance[row] = MEASURED;
  } else if (waiting > 0) {
    const lane = obs.layout.positions.lane[row]!;
    const isFiltered = obs.layout.consumers[obs.layout.positions.consumer[row]!]!.filtered === true;
    // What lies below the floor cannot be read any more: the first unread message is the floor's.
    const position = Math.max(obs.positions.position[row]!, obs.lanes.floor[lane]! || 0);
    // When the message at the position was written says nothing of the first one that a filter lets through.
    const told = !isFiltered && lanes.history.arrivalOf(lane, position, arrival, at, obs.lanes.head[lane]!);
    if (told && arrival.bracketed) {
      positions.latencyMs[row] = Math.max(0, at - arrival.at);
      positions.latencyProvenance[row] = INTERPOLATED;
      return;
    }
    const since = obs.positions.unreadSince?.[row] ?? Number.NaN;
    if (!told && !isFiltered && Number.isNaN(since)) return;
    // Producers stamp what they like: a message that was seen in the lane cannot have been written after that.
    if (!Number.isNaN(since) && !(told && since > arrival.at)) {
      positions.latencyMs[row] = Math.max(0, at - since);
      positions.latencyProvenance[row] = MEASURED;
      positions.lookedUp[row] = position;
      positions.lookedUpSince[row] = since;
      positions.lookedUpAt[row] = at;
      return;
    }
    const disbelieved = !Number.isNaN(since);
    const near = disbelieved ? Number.NaN : writtenNear(positions, row, position, obs.lanes.head[lane]!, at);
    const known = near <= (told ? arrival.at : at); // not where it is NaN
    if (!known && !told) return;
    positions.latencyMs[row] = Math.max(0, at - (known ? near : arrival.at));
    positions.latencyProvenance[row] = known ? INTERPOLATED : AT_LEAST;
  }
}

/**
 * When a message was written a little after one that was looked up moments ago: between that one's time and now, as far
 * on as its offset is between that one and the head. NaN where none was looked up lately.
 */
function writtenNear(
  { lookedUp, lookedUpSince, lookedUpAt }: SourceColumns["positions"],
  row: number,
  position: number,
  head: number,
  at: number,
): number {
  const from = lookedUp[row]!;
  if (!(at - lookedUpAt[row]! <= LOOKED_UP_LATELY_MS && position >= from && head > position))
    return Number.NaN;
  const since = lookedUpSince[row]!;
  return since + ((at - since) * (position - from)) / (head - from);
}

/** One row after the other, so that judging allocates nothing a position. */
class RowEvidence implements LaneEvidence {
  now = 0;
  position = 0;
  head = 0;
  lost = 0;
  lostAtLeast = false;
  backlog = 0;
  readers = 0;
  readersGoneSince = 0;
  movedAt = 0;
  waitingSince = 0;
  stillSince = Number.NaN;
  arrivedAt = 0;
  highWater = 0;
  arriving = 0;
  blocked = false;
  failing = false;
  paused = false;
  redelivering = false;
  readonly window = new Float64Array(TREND_SLOTS);
  samples = 0;
  knownTrend: Trend | undefined;
  trend: ColumnWindow | null = null;
  row = 0;

  loadWindow(): void {
    const { trend, row } = this;
    this.samples = trend === null || !(this.backlog > 0) ? 0 : trend.length;
    for (let i = 0; i < this.samples; i++) this.window[i] = trend!.columnAt(this.samples - 1 - i)[row]!;
  }
}

export function emptyEvidence(): RowEvidence {
  return new RowEvidence();
}

/** What is known of one position, for the classifier and for the sentence that explains its verdict. */
export function fillEvidence(
  e: RowEvidence,
  columns: SourceColumns,
  obs: Observation,
  consumer: number,
  row: number,
  at: number,
): LaneEvidence {
  const { positions, consumers } = columns;
  const lane = obs.layout.positions.lane[row]!;
  const flags = (obs.consumers.flags?.[consumer] ?? 0) | (obs.positions.flags?.[row] ?? 0);
  e.now = at;
  e.position = obs.positions.position[row]!;
  e.head = obs.lanes.head[lane]!;
  const told = obs.positions.lost?.[row] ?? Number.NaN;
  e.lostAtLeast = !Number.isNaN(told);
  if (e.lostAtLeast) e.lost = told;
  // A filtered consumer stands at its last match while its stream moves on: the floor passing it means nothing.
  else if (obs.layout.consumers[consumer]!.filtered === true) e.lost = 0;
  else e.lost = lostMessages(e.position, obs.lanes.floor[lane]!);
  e.backlog = positions.backlog[row]!;
  e.readers = obs.consumers.readers[consumer]!;
  e.readersGoneSince = consumers.readersGoneSince[consumer]!;
  e.movedAt = positions.movedAt[row]!;
  if ((flags & ConsumerFlag.gone) !== 0) {
    e.readers = 0;
    e.readersGoneSince = e.movedAt;
  }
  e.waitingSince = positions.waitingSince[row]!;
  e.stillSince = obs.positions.stillSince?.[row] ?? Number.NaN;
  // The consumer's own count goes before the head: what arrives in a stream need not be for a filtered consumer.
  const ownDue = obs.consumers.dueTotal?.[consumer] ?? Number.NaN;
  e.arrivedAt = Number.isNaN(ownDue) ? columns.lanes.headMovedAt[lane]! : consumers.dueAt[consumer]!;
  e.highWater = positions.highWater[row]!;
  const { start } = obs.layout.positions;
  e.arriving =
    obs.consumers.dueTotal === null
      ? columns.lanes.arriving[lane]!
      : consumers.arriving[consumer]! / (start[consumer + 1]! - start[consumer]!);
  e.blocked = (flags & ConsumerFlag.blocked) !== 0;
  e.failing = (flags & ConsumerFlag.failing) !== 0;
  e.paused = (flags & ConsumerFlag.paused) !== 0;
  e.redelivering = (flags & ConsumerFlag.redelivering) !== 0;
  e.trend = positions.trend;
  e.row = row;
  return e;
}
