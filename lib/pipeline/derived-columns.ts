import { TRENDS } from "../derive/low-points.ts";
import { ratesOf } from "../derive/rate.ts";
import type { EpochMs } from "../model/reading.ts";
import { statusRank } from "../model/status.ts";
import type {
  Derived,
  DerivedPositions,
  Evidence,
  Growth,
  JudgedConsumers,
  Shrinking,
} from "../sample/derived.ts";
import type { Layout } from "../sample/layout.ts";
import type { Sample } from "../sample/sample.ts";
import { RememberedEvidence, trendOfConsumer } from "./lane-evidence.ts";
import type { SourceMemory } from "./memory/source-memory.ts";

/** What arrives is averaged over this long for what a limit in bytes or messages leaves room for. */
const PACE_WINDOW_MS = 5 * 60_000;
const BEHIND = statusRank("behind");

/** What judging a sample fills, row by row: columns of its own, as they are handed on with it. */
export interface Judged {
  readonly positions: DerivedPositions;
  readonly consumers: JudgedConsumers;
}

/** To be filled, every row of them. */
export function createJudged({ positions, consumers }: Layout): Judged {
  const rows = positions.count;
  const many = consumers.length;
  return {
    positions: {
      backlog: new Float64Array(rows),
      latencyMs: new Float64Array(rows),
      latencyProvenance: new Uint8Array(rows),
      status: new Uint8Array(rows),
    },
    consumers: {
      status: new Uint8Array(many),
      statusSince: new Float64Array(many),
      judged: new Uint8Array(many),
      betterSince: new Float64Array(many),
      worstPosition: new Int32Array(many),
      backlog: new Float64Array(many),
      backlogProvenance: new Uint8Array(many),
      unknownLanes: new Int32Array(many),
      unknownPosition: new Int32Array(many),
      leftBacklog: new Float64Array(many),
      leftPosition: new Int32Array(many),
      inFlight: new Float64Array(many),
      lost: new Float64Array(many),
      lostSeen: new Float64Array(many),
      latencyMs: new Float64Array(many),
      latencyProvenance: new Uint8Array(many),
    },
  };
}

/** The columns of a sample of which nothing is new: as they were, and older. */
export function carryOver(memory: SourceMemory, before: Derived, at: EpochMs): Judged {
  const judged = copyJudged(before);
  grow(judged.positions.latencyMs, memory.positions.agesSince, at);
  grow(judged.consumers.latencyMs, memory.consumers.agesSince, at);
  return judged;
}

function grow(ages: Float64Array, since: Float64Array, at: EpochMs): void {
  for (let row = 0; row < ages.length; row++) {
    const age = at - since[row]!;
    if (!Number.isNaN(age)) ages[row] = Math.max(0, age);
  }
}

/** The same columns once more, of which some rows are to be written. */
export function copyJudged(derived: Derived): Derived {
  const copy = <Columns extends object>(columns: Columns) =>
    Object.fromEntries(
      Object.entries(columns).map(([name, column]) => [
        name,
        ArrayBuffer.isView(column) ? (column as Float64Array).slice() : column,
      ]),
    ) as Columns;
  return { ...derived, positions: copy(derived.positions), consumers: copy(derived.consumers) };
}

/**
 * What the memory says after a sample was judged, for whoever looks at the sample.
 *
 * @param before of the sample before, where only rows of touched consumers were looked at; null: all were
 */
export function keepDerived(
  memory: SourceMemory,
  judged: Judged,
  sample: Sample,
  before: Derived | null,
): Derived {
  const { watched, lanes, streams, consumers } = memory;
  const { retentionBytes, retentionMessages } = sample.streams;
  const trends = keepTrends(memory, judged, sample);
  return {
    watched: watched.clock,
    streams: {
      inPerSecond: ratesOf(streams.inWindow),
      outPerSecond: ratesOf(streams.outWindow),
      troubles: new Map(),
    },
    lanes: {
      pace:
        isLimited(retentionBytes) || isLimited(retentionMessages)
          ? lanes.history.paces(PACE_WINDOW_MS)
          : null,
    },
    positions: judged.positions,
    consumers: {
      ...judged.consumers,
      ...trends,
      duePerSecond: ratesOf(consumers.dueWindow),
      outPerSecond: ratesOf(consumers.outWindow),
      paceDue: consumers.paces.duePerSecond.slice(),
      paceOut: consumers.paces.outPerSecond.slice(),
      paceOverMs: consumers.paces.overMs.slice(),
    },
    evidence: keepEvidence(memory, judged, sample, before?.evidence ?? null),
  };
}

/** Of consumers as a whole. */
function keepTrends(memory: SourceMemory, { consumers }: Judged, sample: Sample) {
  const { lowPoints } = memory.consumers;
  const trend = new Uint8Array(consumers.status.length);
  const shrinking = new Map<number, Shrinking>();
  for (let consumer = 0; consumer < trend.length; consumer++) {
    const is = lowPoints.knownTrend(consumer) ?? trendOfConsumer(memory, sample, consumer);
    trend[consumer] = TRENDS.indexOf(is);
    if (is === "shrinking") shrinking.set(consumer, lowPoints.shrinking(consumer));
  }
  return { trend, shrinking };
}

/**
 * What the verdicts of the positions rest on that somebody may ask for.
 *
 * @param before of the sample before, where it still is that of the consumers that were not touched; null: look at all
 */
export function keepEvidence(
  memory: SourceMemory,
  { positions, consumers }: Judged,
  sample: Sample,
  before: Evidence | null,
): Evidence {
  const { layout } = sample;
  // Each call has a page of its own.
  const position =
    sample.calls === undefined
      ? consumers.worstPosition.filter((row) => row >= 0)
      : Int32Array.from({ length: layout.positions.count }, (_, row) => row);
  const known = before !== null && isSame(before.position, position) ? before : null;
  const column = (name: EvidenceColumn) => known?.[name].slice() ?? new Float64Array(position.length);
  const growths = new Map<number, Growth>();
  const kept = {
    position,
    movedAt: column("movedAt"),
    hasMoved: known?.hasMoved.slice() ?? new Uint8Array(position.length),
    waitingSince: column("waitingSince"),
    arrivedAt: column("arrivedAt"),
    highWater: column("highWater"),
    rhythmMs: column("rhythmMs"),
    seenRhythmMs: column("seenRhythmMs"),
    lowAgeMs: column("lowAgeMs"),
    lostSeen: column("lostSeen"),
    trend: known?.trend.slice() ?? new Uint8Array(position.length),
    growths,
  };
  const evidence = new RememberedEvidence(memory, sample, positions.backlog);
  for (let at = 0; at < position.length; at++) {
    const row = position[at]!;
    const consumer = layout.positions.consumer[row]!;
    const isBehind = positions.status[row] === BEHIND;
    if (known !== null && memory.consumers.touched[consumer] === 0) {
      if (isBehind) keepGrowth(growths, row, known.growths.get(row) ?? null);
      continue;
    }
    evidence.recall(consumer, row);
    kept.movedAt[at] = evidence.movedAt;
    kept.hasMoved[at] = evidence.hasMoved ? 1 : 0;
    kept.waitingSince[at] = evidence.waitingSince;
    kept.arrivedAt[at] = evidence.arrivedAt;
    kept.highWater[at] = evidence.highWater;
    kept.rhythmMs[at] = evidence.rhythmMs;
    kept.seenRhythmMs[at] = evidence.seenRhythmMs;
    kept.lowAgeMs[at] = evidence.lowAgeMs;
    kept.lostSeen[at] = evidence.lostSeen;
    kept.trend[at] = TRENDS.indexOf(evidence.trend());
    if (isBehind) keepGrowth(growths, row, evidence.growth());
  }
  return kept;
}

type EvidenceColumn = {
  [Name in keyof Evidence]: Evidence[Name] extends Float64Array ? Name : never;
}[keyof Evidence];

function keepGrowth(growths: Map<number, Growth>, row: number, growth: Growth | null): void {
  if (growth !== null) growths.set(row, growth);
}

function isSame(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function isLimited(limits: Float64Array | null | undefined): boolean {
  return limits?.some((limit) => limit < Number.POSITIVE_INFINITY) ?? false;
}
