import { TRENDS } from "../derive/low-points.ts";
import { ratesOf } from "../derive/rate.ts";
import { statusRank } from "../model/status.ts";
import type { Derived, DerivedPositions, Evidence, JudgedConsumers } from "../sample/derived.ts";
import type { Layout } from "../sample/layout.ts";
import type { Sample } from "../sample/sample.ts";
import { RememberedEvidence, trendOfConsumer } from "./lane-evidence.ts";
import type { SourceMemory } from "./source-memory.ts";

/** What arrives is averaged over this long for what a limit in bytes or messages leaves room for. */
const PACE_WINDOW_MS = 5 * 60_000;
const BEHIND = statusRank("behind");
const SHRINKING = TRENDS.indexOf("shrinking");

/** What judging a sample fills, row by row: columns of its own, as they are handed on with it. */
export interface Judged {
  readonly positions: DerivedPositions;
  readonly consumers: JudgedConsumers;
}

export function createJudged({ positions, consumers }: Layout): Judged {
  const rows = positions.count;
  const many = consumers.length;
  return {
    positions: {
      backlog: unknown(rows),
      latencyMs: unknown(rows),
      latencyProvenance: new Uint8Array(rows),
      status: new Uint8Array(rows),
    },
    consumers: {
      status: new Uint8Array(many),
      statusSince: unknown(many),
      judged: new Uint8Array(many),
      judgedSince: unknown(many),
      worstPosition: new Int32Array(many).fill(-1),
      backlog: unknown(many),
      backlogProvenance: new Uint8Array(many),
      unknownLanes: new Int32Array(many),
      unknownPosition: new Int32Array(many).fill(-1),
      leftBacklog: unknown(many),
      leftPosition: new Int32Array(many).fill(-1),
      inFlight: unknown(many),
      lost: new Float64Array(many),
      lostSeen: new Float64Array(many),
      latencyMs: unknown(many),
      latencyProvenance: new Uint8Array(many),
    },
  };
}

/** The same columns once more, of which some rows are to be written. */
export function copyJudged(derived: Derived): Derived {
  const copy = <Columns extends object>(columns: Columns) =>
    Object.fromEntries(
      Object.entries(columns).map(([name, column]: [string, Float64Array]) => [name, column.slice()]),
    ) as Columns;
  return { ...derived, positions: copy(derived.positions), consumers: copy(derived.consumers) };
}

/** What the memory says after a sample was judged, for whoever looks at the sample. */
export function keepDerived(memory: SourceMemory, judged: Judged, sample: Sample): Derived {
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
    evidence: keepEvidence(memory, judged, sample),
  };
}

/** Of consumers as a whole. */
function keepTrends(memory: SourceMemory, { consumers }: Judged, sample: Sample) {
  const { lowPoints } = memory.consumers;
  const many = consumers.status.length;
  const trend = new Uint8Array(many);
  const shrinking = unknown(many);
  const shrinkingLately = unknown(many);
  for (let consumer = 0; consumer < many; consumer++) {
    trend[consumer] = TRENDS.indexOf(trendOfConsumer(memory, sample, consumer));
    if (trend[consumer] !== SHRINKING) continue;
    const { whole, lately } = lowPoints.shrinking(consumer);
    shrinking[consumer] = whole;
    shrinkingLately[consumer] = lately;
  }
  return { trend, shrinking, shrinkingLately };
}

/** What the verdicts of the positions rest on that somebody may ask for. */
export function keepEvidence(
  memory: SourceMemory,
  { positions, consumers }: Judged,
  sample: Sample,
): Evidence {
  const { layout } = sample;
  // Each call has a page of its own.
  const position =
    sample.calls === undefined
      ? consumers.worstPosition.filter((row) => row >= 0)
      : Int32Array.from({ length: layout.positions.count }, (_, row) => row);
  const kept = createEvidence(position);
  const evidence = new RememberedEvidence(memory, sample, positions.backlog);
  for (const [at, row] of position.entries()) {
    evidence.of(layout.positions.consumer[row]!, row);
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
    const growth = positions.status[row] === BEHIND ? evidence.growth() : null;
    if (growth === null) continue;
    kept.growthFrom[at] = growth.from;
    kept.growthTo[at] = growth.to;
    kept.growthOverMs[at] = growth.overMs;
  }
  return kept;
}

function createEvidence(position: Int32Array): Evidence {
  const rows = position.length;
  return {
    position,
    movedAt: unknown(rows),
    hasMoved: new Uint8Array(rows),
    waitingSince: unknown(rows),
    arrivedAt: unknown(rows),
    highWater: unknown(rows),
    rhythmMs: unknown(rows),
    seenRhythmMs: unknown(rows),
    lowAgeMs: unknown(rows),
    lostSeen: new Float64Array(rows),
    trend: new Uint8Array(rows),
    growthFrom: unknown(rows),
    growthTo: unknown(rows),
    growthOverMs: unknown(rows),
  };
}

function isLimited(limits: Float64Array | null | undefined): boolean {
  return limits?.some((limit) => limit < Number.POSITIVE_INFINITY) ?? false;
}

function unknown(rows: number): Float64Array {
  return new Float64Array(rows).fill(Number.NaN);
}
