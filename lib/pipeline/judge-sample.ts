import { classifyLane, nextChangeAt, stoodStillMs } from "../derive/status.ts";
import { PROVENANCES } from "../model/reading.ts";
import { STATUSES, severityOf, statusRank } from "../model/status.ts";
import { ConsumerFlag } from "../sample/consumer-flag.ts";
import type { Limits } from "../sample/limits.ts";
import type { Sample } from "../sample/sample.ts";
import type { Judged } from "./derived-columns.ts";
import { RememberedEvidence } from "./lane-evidence.ts";
import type { Arrival } from "./memory/head-history.ts";
import { NO_STATUS, type SourceMemory } from "./memory/source-memory.ts";
import { tellsTimes } from "./rows-to-judge.ts";

const MEASURED = PROVENANCES.indexOf("measured");
const INTERPOLATED = PROVENANCES.indexOf("interpolated");
const AT_MOST = PROVENANCES.indexOf("atMost");
const AT_LEAST = PROVENANCES.indexOf("atLeast");
const UNKNOWN = PROVENANCES.indexOf("unknown");

/**
 * A position that moves outside of the history is looked up again with every full sample, as far as there is time for
 * all of them; what lies between is taken from the last look.
 */
export const LOOKED_UP_LATELY_MS = 10_000;

const CODE_UNKNOWN = statusRank("unknown");
const CODE_OK = statusRank("ok");
const CODE_IDLE = statusRank("idle");
const CODE_BEHIND = statusRank("behind");
const CODE_LATE = statusRank("late");
const CODE_LEFT = statusRank("left");
const CODE_LOSING = statusRank("losing");
/** Better than the best: no lane looked at yet. */
const CODE_NONE = STATUSES.length;

/** What judging one sample needs at every step. */
interface Judging {
  readonly memory: SourceMemory;
  /** Columns that were not handed on yet. */
  readonly judged: Judged;
  readonly obs: Sample;
  /** Reused, so that nothing is allocated for a position. */
  readonly evidence: RememberedEvidence;
  readonly arrival: Arrival;
  /** Whether rows that stand are left out: then it is noted when they have to be looked at again. */
  readonly leavesOut: boolean;
}

function createJudging(memory: SourceMemory, judged: Judged, obs: Sample): Judging {
  return {
    memory,
    judged,
    obs,
    evidence: new RememberedEvidence(memory, obs, judged.positions.backlog),
    arrival: { at: 0, bracketed: false },
    leavesOut: !tellsTimes(obs),
  };
}

/**
 * Latency and status of positions, and the worst lane and sums of their consumers.
 *
 * @param limits by consumer
 * @param rows rising; of every other row the columns hold already what there is to say
 */
export function judgeSample(
  memory: SourceMemory,
  judged: Judged,
  obs: Sample,
  limits: readonly Limits[],
  rows: Int32Array,
): void {
  const judging = createJudging(memory, judged, obs);
  const { evidence } = judging;
  const { touched, agesSince } = memory.consumers;
  const { start } = obs.layout.positions;
  let from = 0;
  for (let consumer = 0; consumer < obs.layout.consumers.length; consumer++) {
    if (touched[consumer] === 0) continue;
    const end = start[consumer + 1]!;
    const isPlain = hasNothingOfItsOwn(obs, consumer, limits[consumer]!);
    for (; from < rows.length && rows[from]! < end; from++) {
      judgeRow(judging, limits[consumer]!, rows[from]!, isPlain);
    }
    judgeConsumer(judging, limits[consumer]!, consumer);
    sumConsumer(judged, obs, consumer);
    const ageMs = judged.consumers.latencyMs[consumer]!;
    agesSince[consumer] = ageMs > 0 ? obs.finishedAt - ageMs : Number.NaN;
  }
  const { seenLosses } = memory.positions;
  const { consumer } = obs.layout.positions;
  seenLosses.retain((row) => evidence.of(consumer[row]!, row).lostSeen > 0);
}

/**
 * What is lost of a consumer's messages is seen from now on, and it is judged again without it; at once, as a person
 * waits for it. Messages.
 *
 * @param judged columns that were not handed on yet
 */
export function markLossesSeen(
  memory: SourceMemory,
  judged: Judged,
  obs: Sample,
  limits: Limits,
  consumer: number,
): number {
  const judging = createJudging(memory, judged, obs);
  const { evidence } = judging;
  const { start } = obs.layout.positions;
  let messages = 0;
  for (let row = start[consumer]!; row < start[consumer + 1]!; row++) {
    const { lost } = evidence.of(consumer, row);
    if (!(lost > 0)) continue;
    memory.positions.seenLosses.mark(row, lost);
    messages += lost;
  }
  if (messages > 0) {
    for (let row = start[consumer]!; row < start[consumer + 1]!; row++) judgeRow(judging, limits, row, false);
    judgeConsumer(judging, { ...limits, recoveryMs: 0 }, consumer);
    sumConsumer(judged, obs, consumer);
  }
  return messages;
}

/**
 * Age and status of one position, and when to look at it again if nothing happens to it.
 *
 * @param isPlain nothing but head, floor and position tells anything of it
 */
function judgeRow(judging: Judging, limits: Limits, row: number, isPlain: boolean): void {
  const { memory, judged, obs, evidence, arrival, leavesOut } = judging;
  const { movedAt, lowAgeMs, judgeAt, agesSince } = memory.positions;
  const { backlog, latencyMs, latencyProvenance, status } = judged.positions;
  // What waits and is no moment old, or was written in what is the future since the clock was set back, is not yet.
  const isSettled =
    ageOfPosition(memory, judged, obs, row, arrival) && !(latencyMs[row] === 0 && backlog[row]! > 0);
  agesSince[row] = latencyMs[row]! > 0 ? obs.finishedAt - latencyMs[row]! : Number.NaN;
  if (movedAt[row] === memory.watched.now) {
    lowAgeMs[row] = latencyProvenance[row] === AT_MOST ? Number.NaN : latencyMs[row]!;
  }
  const code = isPlain ? plainCode(memory, judged, obs, row, limits) : -1;
  if (code >= 0) status[row] = code;
  else {
    evidence.of(obs.layout.positions.consumer[row]!, row);
    status[row] = statusRank(classifyLane(evidence, limits));
    if (leavesOut) judgeAt[row] = nextChangeAt(evidence, limits);
  }
  // Without a position every sample shows the backlog as it is.
  if (!isSettled || Number.isNaN(obs.positions.position[row]!)) judgeAt[row] = Number.NEGATIVE_INFINITY;
}

/** The worst of a consumer's positions decides its status. */
function judgeConsumer(judging: Judging, limits: Limits, consumer: number): void {
  const { memory, judged, obs, evidence } = judging;
  const { seenLosses } = memory.positions;
  const { positions, consumers } = judged;
  const { start } = obs.layout.positions;
  let worstCode: number = CODE_NONE;
  let worstRow = -1;
  let leftRow = -1;
  let lost = 0;
  let lostSeen = 0;
  for (let row = start[consumer]!; row < start[consumer + 1]!; row++) {
    const code = positions.status[row]!;
    if (code === CODE_LOSING) lost += evidence.of(consumer, row).lost;
    if (!seenLosses.isEmpty) lostSeen += seenLosses.of(row);
    const waiting = positions.backlog[row]!;
    // A lane without a position yet says nothing of the consumer as a whole.
    if (Number.isNaN(obs.positions.position[row]!) && Number.isNaN(waiting)) continue;
    // What its readers have left does not decide about what they read.
    if (code === CODE_LEFT) {
      if (leftRow < 0) leftRow = row;
      continue;
    }
    if (code < worstCode || (code === worstCode && waiting > positions.backlog[worstRow]!)) {
      worstCode = code;
      worstRow = row;
    }
  }
  if (worstRow < 0 && leftRow >= 0) {
    worstCode = CODE_LEFT;
    worstRow = leftRow;
  }
  consumers.worstPosition[consumer] = worstRow;
  consumers.lost[consumer] = lost;
  consumers.lostSeen[consumer] = lostSeen;
  show(judging, limits, consumer, worstRow < 0 ? CODE_UNKNOWN : worstCode);
  consumers.status[consumer] = memory.consumers.status[consumer]!;
  consumers.statusSince[consumer] = memory.consumers.statusSince[consumer]!;
  consumers.judged[consumer] = memory.consumers.judged[consumer]!;
  consumers.betterSince[consumer] = memory.consumers.betterSince[consumer]!;
}

/** Nothing but head, floor and position tells anything of this consumer: true of nearly all of them, nearly always. */
function hasNothingOfItsOwn(obs: Sample, consumer: number, limits: Limits): boolean {
  const { positions, consumers, layout } = obs;
  return (
    (consumers.flags?.[consumer] ?? 0) === 0 &&
    consumers.dueTotal === null &&
    !positions.readable &&
    positions.lost === null &&
    positions.stillSince === undefined &&
    limits.minBacklog === 0 &&
    layout.consumers[consumer]!.filtered !== true
  );
}

/**
 * What `classifyLane` says of a position that moves, or has nothing to do, and of which nothing else is told, straight
 * from the columns: of most positions that is all there is to say. -1: it has to be looked at. Notes when that may change
 * by itself.
 */
function plainCode(memory: SourceMemory, judged: Judged, obs: Sample, row: number, limits: Limits): number {
  const { positions, lanes, watched } = memory;
  const { judgeAt } = positions;
  const position = obs.positions.position[row]!;
  const lane = obs.layout.positions.lane[row]!;
  const isUsual =
    position >= positions.highWater[row]! &&
    position >= obs.lanes.floor[lane]! &&
    !((obs.positions.flags?.[row] ?? 0) > 0);
  if (!isUsual) return -1;
  const waiting = judged.positions.backlog[row]!;
  if (waiting === 0) {
    const idleAt = lanes.headMovedAt[lane]! + limits.idleMs;
    const isIdle = watched.now >= idleAt;
    judgeAt[row] = isIdle ? Number.POSITIVE_INFINITY : idleAt;
    return isIdle ? CODE_IDLE : CODE_OK;
  }
  if (!(waiting > 0)) return -1;
  const leastMs = Math.min(limits.stillLeastMs, limits.stalledMs ?? Infinity, limits.stoppedMs ?? Infinity);
  judgeAt[row] = Math.max(positions.movedAt[row]!, positions.waitingSince[row]!) + leastMs;
  if (watched.now >= judgeAt[row]!) return -1;
  switch (positions.lowPoints.knownTrend(row)) {
    case "growing":
      return CODE_BEHIND;
    case "level":
    case "shrinking":
      return positions.lowAgeMs[row]! > limits.lateMs ? CODE_LATE : CODE_OK;
    case "unknown":
      return CODE_UNKNOWN;
    case null:
      return -1;
  }
}

/** What is shown of what was judged: a change for the better waits until it has held. */
function show(judging: Judging, limits: Limits, consumer: number, code: number): void {
  const { consumers, watched } = judging.memory;
  const { betterSince } = consumers;
  if (consumers.judged[consumer] !== code) {
    consumers.judged[consumer] = code;
    consumers.judgedSince[consumer] = watched.now;
  }
  const shown = consumers.status[consumer]!;
  if (shown !== NO_STATUS && isForTheBetter(shown, code)) {
    // Better in one way and then in another is better all the time.
    if (Number.isNaN(betterSince[consumer]!)) betterSince[consumer] = watched.now;
    if (watched.now - betterSince[consumer]! < limits.recoveryMs) return;
  }
  betterSince[consumer] = Number.NaN;
  if (shown === code) return;
  consumers.status[consumer] = code;
  consumers.statusSince[consumer] = beganAt(judging, consumer, code);
}

/** From one trouble to a lesser one, or to none: two that take turns are told as the worse of them. */
function isForTheBetter(from: number, to: number): boolean {
  const severity = severityOf(STATUSES[from]!);
  return (severity === "critical" || severity === "warning") && to > from && to !== CODE_UNKNOWN;
}

/** When a status truly began: what stands still has done so since it last moved, not since that was told. */
function beganAt({ memory, judged, obs, evidence }: Judging, consumer: number, code: number): number {
  const { consumers, positions, watched } = memory;
  const row = judged.consumers.worstPosition[consumer]!;
  switch (STATUSES[code]) {
    case "stalled":
    case "stopped":
    case "blocked":
    case "leaving":
      if (row < 0 || Number.isNaN(positions.movedAt[row]!)) break;
      evidence.of(consumer, row);
      return watched.clockOf(evidence.now - stoodStillMs(evidence));
  }
  return obs.finishedAt - (watched.now - consumers.judgedSince[consumer]!);
}

/** A consumer's backlog and latency as a whole, without what its readers have left. */
export function sumConsumer({ positions, consumers }: Judged, obs: Sample, consumer: number): void {
  const { start, lane: laneOf } = obs.layout.positions;
  const { readable, flags } = obs.positions;
  let backlog = 0;
  let known = 0;
  let unknownLanes = 0;
  let unknownRow = -1;
  let isUpper = false;
  let left = Number.NaN;
  let leftRow = -1;
  let inFlight = Number.NaN;
  let latency = Number.NaN;
  let latencyProvenance = UNKNOWN;
  let latencyPartial = false;
  const isAllLeft = consumers.judged[consumer] === CODE_LEFT;
  for (let row = start[consumer]!; row < start[consumer + 1]!; row++) {
    const waiting = positions.backlog[row]!;
    if (positions.status[row] === CODE_LEFT && !isAllLeft) {
      if (waiting > 0) left = (left || 0) + waiting;
      if (leftRow < 0 && waiting > 0) leftRow = row;
      continue;
    }
    if (!Number.isNaN(waiting)) {
      backlog += waiting;
      known++;
      if (readable && readable[row]! < waiting && ((flags?.[row] ?? 0) & ConsumerFlag.inTransaction) === 0) {
        isUpper = true;
      }
    } else {
      const lane = laneOf[row]!;
      const { head, floor } = obs.lanes;
      // Nothing is waiting in an empty lane, whatever the position.
      if (Number.isNaN(obs.positions.position[row]!) && head[lane]! === floor[lane]!) known++;
      else {
        if (unknownRow < 0) unknownRow = row;
        unknownLanes++;
      }
    }
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
  consumers.backlogProvenance[consumer] = unknownLanes > 0 ? AT_LEAST : isUpper ? AT_MOST : MEASURED;
  consumers.unknownLanes[consumer] = unknownLanes;
  consumers.unknownPosition[consumer] = unknownRow;
  consumers.leftBacklog[consumer] = left;
  consumers.leftPosition[consumer] = leftRow;
  consumers.inFlight[consumer] = inFlight;
  consumers.latencyMs[consumer] = latency;
  consumers.latencyProvenance[consumer] =
    latencyPartial && !Number.isNaN(latency) ? AT_LEAST : latencyProvenance;
}

/**
 * Age of the first unread message: reported by the system, or from the history of the lane's head. True where that is
 * settled: as long as neither position nor lane moves, only the clock changes it.
 */
export function ageOfPosition(
  { lanes, positions, watched }: SourceMemory,
  { positions: { backlog, latencyMs, latencyProvenance } }: Judged,
  obs: Sample,
  row: number,
  arrival: Arrival,
): boolean {
  const at = obs.finishedAt;
  const waiting = backlog[row]!;
  latencyMs[row] = Number.NaN;
  latencyProvenance[row] = UNKNOWN;
  // What is told may be of a message before the first unread one: then that one is younger.
  const isAtMost = ((obs.positions.flags?.[row] ?? 0) & ConsumerFlag.ageAtMost) !== 0;
  // What waits for a connection are bytes without an age: its latency is the way there and back.
  if (
    obs.positions.roundTripMs &&
    obs.layout.consumers[obs.layout.positions.consumer[row]!]!.kind === "connection"
  ) {
    const roundTripMs = obs.positions.roundTripMs[row]!;
    if (!(roundTripMs >= 0)) return false;
    latencyMs[row] = roundTripMs;
    latencyProvenance[row] = MEASURED;
    return false;
  }
  if (obs.positions.latencyMs !== null) {
    const reported = obs.positions.latencyMs[row]!;
    if (!(reported >= 0)) return false;
    latencyMs[row] = reported;
    latencyProvenance[row] = isAtMost && reported > 0 ? AT_MOST : MEASURED;
    return false;
  }
  if (waiting === 0) {
    latencyMs[row] = 0;
    latencyProvenance[row] = MEASURED;
    return true;
  }
  if (!(waiting > 0)) return true;
  const lane = obs.layout.positions.lane[row]!;
  const isFiltered = obs.layout.consumers[obs.layout.positions.consumer[row]!]!.filtered === true;
  // What lies below the floor cannot be read any more: the first unread message is the floor's.
  const position = Math.max(obs.positions.position[row]!, obs.lanes.floor[lane]! || 0);
  // Compared with the last full sample: one of what somebody looks at may be newer.
  const isStanding = position === positions.previous[row]! && positions.movedAt[row] !== watched.now;
  // While a position stands, its first unread message was written when it was written.
  const written = positions.writtenAt[row]!;
  if (isStanding && written <= at) {
    latencyMs[row] = at - written;
    latencyProvenance[row] = isAtMost ? AT_MOST : INTERPOLATED;
    return true;
  }
  positions.writtenAt[row] = Number.NaN;
  const since = obs.positions.unreadSince?.[row] ?? Number.NaN;
  if (Number.isNaN(since) && Number.isNaN(positions.lookedUpAt[row]!) && !isFiltered && !isAtMost) {
    const thereSince = lanes.history.thereSince(lane, position);
    if (!Number.isNaN(thereSince)) {
      // The history ends somewhere; that it waited before is known.
      const known = (isStanding && positions.agesSince[row]) || thereSince; // not where it is NaN
      latencyMs[row] = Math.max(0, at - Math.min(known, thereSince));
      latencyProvenance[row] = AT_LEAST;
      return true;
    }
  }
  // When the message at the position was written says nothing of the first one that a filter lets through.
  const told = !isFiltered && lanes.history.arrivalOf(lane, position, arrival, at, obs.lanes.head[lane]!);
  if (told && arrival.bracketed) {
    latencyMs[row] = Math.max(0, at - arrival.at);
    latencyProvenance[row] = isAtMost ? AT_MOST : INTERPOLATED;
    positions.writtenAt[row] = arrival.at;
    return true;
  }
  if (!told && !isFiltered && Number.isNaN(since)) return false;
  // Producers stamp what they like: a message that was seen in the lane cannot have been written after that.
  if (!Number.isNaN(since) && !(told && since > arrival.at)) {
    latencyMs[row] = Math.max(0, at - since);
    latencyProvenance[row] = isAtMost ? AT_MOST : MEASURED;
    positions.lookedUp[row] = position;
    positions.lookedUpSince[row] = since;
    positions.lookedUpAt[row] = at;
    return true;
  }
  const disbelieved = !Number.isNaN(since);
  const near = disbelieved ? Number.NaN : writtenNear(positions, row, position, obs.lanes.head[lane]!, at);
  const known = near <= (told ? arrival.at : at); // not where it is NaN
  // Of what passes a filter nothing is told but what is looked up.
  if (!known && isFiltered) return Number.isNaN(near);
  // An upper bound of which only a lower bound is known says nothing.
  if (!known && (!told || isAtMost)) return false;
  latencyMs[row] = Math.max(0, at - (known ? near : arrival.at));
  latencyProvenance[row] = isAtMost ? AT_MOST : known ? INTERPOLATED : AT_LEAST;
  return false;
}

/**
 * When a message was written a little after one that was looked up moments ago: between that one's time and now, as far
 * on as its offset is between that one and the head. NaN where none was looked up lately.
 */
function writtenNear(
  { lookedUp, lookedUpSince, lookedUpAt }: SourceMemory["positions"],
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
