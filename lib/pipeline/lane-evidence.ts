import { lostMessages } from "../derive/backlog.ts";
import { TRENDS, type Trend } from "../derive/low-points.ts";
import type { LaneEvidence } from "../derive/status.ts";
import { ConsumerFlag } from "../sample/consumer-flag.ts";
import { type Derived, evidenceRow, type Growth, type WatchedClock, watchedAt } from "../sample/derived.ts";
import type { Sample } from "../sample/sample.ts";
import type { SourceMemory } from "./memory/source-memory.ts";

/** Whether the backlog of a consumer as a whole grows, over its low points. */
export function trendOfConsumer(
  { lanes, consumers }: SourceMemory,
  { layout, consumers: told }: Sample,
  consumer: number,
): Trend {
  let arriving = 0;
  if (told.dueTotal === null) {
    const { start, lane } = layout.positions;
    for (let row = start[consumer]!; row < start[consumer + 1]!; row++)
      arriving += lanes.arriving[lane[row]!]! || 0;
  } else arriving = consumers.arriving[consumer]! || 0;
  return consumers.lowPoints.trend(consumer, 1 + arriving);
}

/** What is known of one position: one row after the other, so that judging allocates nothing a position. */
abstract class RowEvidence implements LaneEvidence {
  now = 0;
  position = 0;
  head = 0;
  lost = 0;
  lostAtLeast = false;
  lostSeen = 0;
  backlog = 0;
  readable = 0;
  readers = 0;
  movedAt = 0;
  hasMoved = false;
  waitingSince = 0;
  toldStillMs = Number.NaN;
  arrivedAt = 0;
  quietMs = 0;
  highWater = 0;
  rhythmMs = Number.NaN;
  seenRhythmMs = Number.NaN;
  lowAgeMs = Number.NaN;
  leavesInMs = Number.NaN;
  blocked = false;
  inTransaction = false;
  failing = false;
  paused = false;
  held = false;
  redelivering = false;
  left = false;

  constructor(
    protected readonly obs: Sample,
    private readonly backlogs: Float64Array,
  ) {}

  abstract trend(): Trend;
  abstract growth(): Growth | null;
  /** Takes what is no part of the sample, and nothing else: what came before it. Returns the watched time of the sample. */
  abstract recall(consumer: number, row: number): WatchedClock;

  /** What is known of this row now, for the classifier and for the sentence that explains its verdict. */
  of(consumer: number, row: number): this {
    const { obs } = this;
    const { layout } = obs;
    const watched = this.recall(consumer, row);
    const info = layout.consumers[consumer]!;
    const lane = layout.positions.lane[row]!;
    const flags = (obs.consumers.flags?.[consumer] ?? 0) | (obs.positions.flags?.[row] ?? 0);
    // As of when it was read: what was not asked again has not stood for longer.
    this.now = watchedAt(watched, obs.positions.asOf[row]!);
    this.quietMs = watched.now - this.arrivedAt;
    this.position = obs.positions.position[row]!;
    this.head = obs.lanes.head[lane]!;
    const told = obs.positions.lost?.[row] ?? Number.NaN;
    this.lostAtLeast = !Number.isNaN(told);
    if (layout.streams[layout.lanes.stream[lane]!]!.overwrites === true) this.lost = 0;
    else if (this.lostAtLeast) this.lost = told;
    // A filtered consumer stands at its last match while its stream moves on: the floor passing it means nothing.
    else if (info.filtered === true) this.lost = 0;
    else this.lost = lostMessages(this.position, obs.lanes.floor[lane]!);
    this.lostSeen = this.lost > 0 ? Math.min(this.lostSeen, this.lost) : 0;
    if (this.lostSeen === this.lost) this.lost = 0;
    this.backlog = this.backlogs[row]!;
    const readable = obs.positions.readable?.[row] ?? Number.NaN;
    this.readable = Number.isNaN(readable) ? this.backlog : Math.min(readable, this.backlog);
    this.readers =
      (flags & (ConsumerFlag.gone | ConsumerFlag.unassigned)) !== 0 ? 0 : obs.consumers.readers[consumer]!;
    const stillSince = obs.positions.stillSince?.[row] ?? Number.NaN;
    this.toldStillMs = obs.finishedAt - stillSince;
    this.leavesInMs = (obs.consumers.leavesAt?.[consumer] ?? Number.NaN) - obs.finishedAt;
    // The window of a connection on which nobody answers is shut because of that.
    this.blocked = (flags & (ConsumerFlag.blocked | ConsumerFlag.gone)) === ConsumerFlag.blocked;
    this.inTransaction = (flags & ConsumerFlag.inTransaction) !== 0;
    this.failing = (flags & ConsumerFlag.failing) !== 0;
    this.paused = (flags & ConsumerFlag.paused) !== 0;
    this.held = (flags & ConsumerFlag.held) !== 0;
    this.redelivering = (flags & ConsumerFlag.redelivering) !== 0;
    this.left = (flags & ConsumerFlag.left) !== 0;
    return this;
  }
}

/** While a sample is judged: from what is remembered of the ones before it. */
export class RememberedEvidence extends RowEvidence {
  private row = 0;
  private noise = 0;

  constructor(
    private readonly memory: SourceMemory,
    obs: Sample,
    backlogs: Float64Array,
  ) {
    super(obs, backlogs);
  }

  trend(): Trend {
    return this.memory.positions.lowPoints.trend(this.row, this.noise);
  }

  growth(): Growth | null {
    return this.memory.positions.lowPoints.growth(this.row);
  }

  recall(consumer: number, row: number): WatchedClock {
    const { positions, consumers, lanes, watched } = this.memory;
    const { layout, consumers: told } = this.obs;
    const lane = layout.positions.lane[row]!;
    this.row = row;
    this.movedAt = positions.movedAt[row]!;
    this.hasMoved = positions.rhythm.hasMoved(row);
    this.waitingSince = positions.waitingSince[row]!;
    // The consumer's own count goes before the head: what arrives in a stream need not be for a filtered consumer.
    const ownDue = told.dueTotal?.[consumer] ?? Number.NaN;
    this.arrivedAt = Number.isNaN(ownDue) ? lanes.headMovedAt[lane]! : consumers.dueAt[consumer]!;
    this.highWater = positions.highWater[row]!;
    this.rhythmMs = positions.rhythm.knownMs(row, this.movedAt);
    this.seenRhythmMs = positions.rhythm.seenMs(row);
    this.lowAgeMs = positions.lowAgeMs[row]!;
    this.lostSeen = positions.seenLosses.of(row);
    const { start } = layout.positions;
    const arriving =
      told.dueTotal === null
        ? lanes.arriving[lane]!
        : consumers.arriving[consumer]! / (start[consumer + 1]! - start[consumer]!);
    this.noise = 1 + (arriving || 0);
    return watched;
  }
}

/** Of a sample that was judged: from what was kept of that. Only of positions that evidence is kept of. */
export class KeptEvidence extends RowEvidence {
  private row = 0;
  private kept = 0;

  constructor(
    obs: Sample,
    private readonly derived: Derived,
  ) {
    super(obs, derived.positions.backlog);
  }

  trend(): Trend {
    return TRENDS[this.derived.evidence.trend[this.kept]!]!;
  }

  growth(): Growth | null {
    return this.derived.evidence.growths.get(this.row) ?? null;
  }

  recall(_consumer: number, row: number): WatchedClock {
    const { evidence, watched } = this.derived;
    const kept = evidenceRow(evidence, row);
    this.row = row;
    this.kept = kept;
    this.movedAt = evidence.movedAt[kept]!;
    this.hasMoved = evidence.hasMoved[kept] === 1;
    this.waitingSince = evidence.waitingSince[kept]!;
    this.arrivedAt = evidence.arrivedAt[kept]!;
    this.highWater = evidence.highWater[kept]!;
    this.rhythmMs = evidence.rhythmMs[kept]!;
    this.seenRhythmMs = evidence.seenRhythmMs[kept]!;
    this.lowAgeMs = evidence.lowAgeMs[kept]!;
    this.lostSeen = evidence.lostSeen[kept]!;
    return watched;
  }
}
