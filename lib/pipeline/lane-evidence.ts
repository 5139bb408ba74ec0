import { lostMessages } from "../derive/backlog.ts";
import type { Growth, Trend } from "../derive/low-points.ts";
import type { LaneEvidence } from "../derive/status.ts";
import { ConsumerFlag } from "../sample/consumer-flag.ts";
import type { Sample } from "../sample/sample.ts";
import type { SourceColumns } from "./source-columns.ts";

/** Whether the backlog of a consumer as a whole grows, over its low points. */
export function trendOfConsumer(
  { lanes, consumers }: SourceColumns,
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

/** What is known of one position, from the columns: one row after the other, so that judging allocates nothing a position. */
export class RowEvidence implements LaneEvidence {
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
  private row = 0;
  private noise = 0;

  constructor(
    private readonly columns: SourceColumns,
    private readonly obs: Sample,
  ) {}

  trend(): Trend {
    return this.columns.positions.lowPoints.trend(this.row, this.noise);
  }

  growth(): Growth | null {
    return this.columns.positions.lowPoints.growth(this.row);
  }

  /** What is known of this row now, for the classifier and for the sentence that explains its verdict. */
  of(consumer: number, row: number): this {
    const { columns, obs } = this;
    const { positions, consumers, lanes, watched } = columns;
    const { layout } = obs;
    const info = layout.consumers[consumer]!;
    const lane = layout.positions.lane[row]!;
    const flags = (obs.consumers.flags?.[consumer] ?? 0) | (obs.positions.flags?.[row] ?? 0);
    this.row = row;
    const readLagMs = obs.finishedAt - obs.positions.asOf[row]!;
    this.now = readLagMs > 0 ? watched.now - readLagMs : watched.now;
    this.position = obs.positions.position[row]!;
    this.head = obs.lanes.head[lane]!;
    const told = obs.positions.lost?.[row] ?? Number.NaN;
    this.lostAtLeast = !Number.isNaN(told);
    if (layout.streams[layout.lanes.stream[lane]!]!.overwrites === true) this.lost = 0;
    else if (this.lostAtLeast) this.lost = told;
    // A filtered consumer stands at its last match while its stream moves on: the floor passing it means nothing.
    else if (info.filtered === true) this.lost = 0;
    else this.lost = lostMessages(this.position, obs.lanes.floor[lane]!);
    this.lostSeen = this.lost > 0 ? Math.min(positions.seenLosses.of(row), this.lost) : 0;
    if (this.lostSeen === this.lost) this.lost = 0;
    this.backlog = positions.backlog[row]!;
    const readable = obs.positions.readable?.[row] ?? Number.NaN;
    this.readable = Number.isNaN(readable) ? this.backlog : Math.min(readable, this.backlog);
    this.readers =
      (flags & (ConsumerFlag.gone | ConsumerFlag.unassigned)) !== 0 ? 0 : obs.consumers.readers[consumer]!;
    this.movedAt = positions.movedAt[row]!;
    this.hasMoved = positions.rhythm.hasMoved(row);
    this.waitingSince = positions.waitingSince[row]!;
    const stillSince = obs.positions.stillSince?.[row] ?? Number.NaN;
    this.toldStillMs = obs.finishedAt - stillSince;
    // The consumer's own count goes before the head: what arrives in a stream need not be for a filtered consumer.
    const ownDue = obs.consumers.dueTotal?.[consumer] ?? Number.NaN;
    const arrivedAt = Number.isNaN(ownDue) ? lanes.headMovedAt[lane]! : consumers.dueAt[consumer]!;
    this.quietMs = watched.now - arrivedAt;
    this.highWater = positions.highWater[row]!;
    this.rhythmMs = positions.rhythm.knownMs(row, this.movedAt);
    this.seenRhythmMs = positions.rhythm.seenMs(row);
    this.lowAgeMs = positions.lowAgeMs[row]!;
    this.leavesInMs = (obs.consumers.leavesAt?.[consumer] ?? Number.NaN) - obs.finishedAt;
    const { start } = layout.positions;
    const arriving =
      obs.consumers.dueTotal === null
        ? lanes.arriving[lane]!
        : consumers.arriving[consumer]! / (start[consumer + 1]! - start[consumer]!);
    this.noise = 1 + (arriving || 0);
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
