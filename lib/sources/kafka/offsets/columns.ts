import type { LaneColumns } from "../../../sample/columns.ts";
import { remapColumn } from "../../../sample/remap.ts";
import { rowsSince } from "../../../sample/row-map.ts";
import type { Plan } from "../groups/plan.ts";
import type { Topology } from "../topology/topology.ts";
import { KafkaError, meansStaleTopology } from "../wire/error-codes.ts";
import type { OffsetVisitor, TopicPartitions } from "../wire/list-offsets.ts";
import type { CommitVisitor } from "../wire/offset-fetch.ts";

/** An error about one group, or about one lane; `lane` -1 for a group as a whole. */
export interface RowError {
  readonly row: number;
  readonly error: number;
}

/** Commits as they are known, row for row with the positions of a plan. */
export interface KnownCommits {
  readonly position: Float64Array;
  readonly asOf: Float64Array;
  /** What the broker itself says is left, NaN for the rest; null where it said nothing of any position. */
  readonly backlog: Float64Array | null;
  /** 1 for what the broker knows of and has no offset for yet (a share-partition not initialised); null: there is none. */
  readonly empty: Uint8Array | null;
}

/**
 * Writes the answers about committed offsets into the rows of a plan. Names are matched as bytes, in whatever order they
 * come. What was known before is a sample's that was handed on: a column of it is copied once something is written.
 */
export class CommitColumns implements CommitVisitor, KnownCommits {
  position: Float64Array;
  asOf: Float64Array;
  backlog: Float64Array | null;
  empty: Uint8Array | null;
  readonly groupErrors: RowError[] = [];
  /** Lanes whose offset the broker refused, by lane row. */
  readonly laneErrors: RowError[] = [];
  /** A commit without a row: the plan has to be made anew. */
  missesRow = false;
  /** A topic or partition the topology does not know. */
  missesTopic = false;
  /** Consumers that were asked for and answered in this sample, and those of them in which a commit has changed. */
  readonly answered: Uint8Array;
  readonly moved: Uint8Array;
  readonly #plan: Plan;
  /** When the answer now being read arrived, and the groups that it was asked for. */
  #at = 0;
  #about: ReadonlySet<string> = new Set();
  /** Only its columns, not all of it: each would keep the one before it. */
  readonly #before: Float64Array | null;
  readonly #backlogBefore: Float64Array | null;
  readonly #emptyBefore: Uint8Array | null;
  #consumer = -1;
  #stream = -1;
  #first = -1;
  #partitions = 0;

  /** @param before in rows of the same plan: consumers that are not asked for now keep theirs */
  constructor(plan: Plan, before: KnownCommits | null = null) {
    this.#plan = plan;
    this.#before = before?.position ?? null;
    this.#backlogBefore = before?.backlog ?? null;
    this.#emptyBefore = before?.empty ?? null;
    const { count } = plan.layout.positions;
    this.position = before?.position ?? new Float64Array(count).fill(Number.NaN);
    this.asOf = before?.asOf ?? new Float64Array(count).fill(Number.NaN);
    this.backlog = this.#backlogBefore;
    this.empty = this.#emptyBefore;
    this.answered = new Uint8Array(plan.layout.consumers.length);
    this.moved = new Uint8Array(plan.layout.consumers.length);
  }

  /** What is known, in the rows of a later plan. */
  carriedOver(plan: Plan): KnownCommits {
    const rows = rowsSince(this.#plan.layout, plan.layout)?.positions;
    if (rows === undefined) return this;
    return {
      position: remapColumn(this.position, rows, Number.NaN),
      asOf: remapColumn(this.asOf, rows, Number.NaN),
      backlog: this.backlog && remapColumn(this.backlog, rows, Number.NaN),
      empty: this.empty && remapColumn(this.empty, rows, 0),
    };
  }

  /** What follows is an answer about these groups. */
  begin(at: number, about: ReadonlySet<string>): void {
    this.#at = at;
    this.#about = about;
  }

  group(bytes: Buffer, start: number, end: number): void {
    const consumer = this.#plan.groupIds.find(bytes, start, end);
    const asked = consumer >= 0 && this.#about.has(this.#plan.layout.consumers[consumer]!.key);
    this.#consumer = asked ? consumer : -1;
    if (!asked) return;
    this.forget(this.#consumer);
    this.answered[this.#consumer] = 1;
    this.#fillAsOf(this.#at); // no commit is an answer, too
  }

  topic(bytes: Buffer, start: number, end: number): void {
    const { topicNames, layout, laneStart } = this.#plan;
    this.#stream = topicNames.find(bytes, start, end);
    this.#partitions = 0;
    if (this.#stream < 0) this.missesTopic = true;
    if (this.#stream < 0 || this.#stream >= layout.streams.length || this.#consumer < 0) return;
    this.#partitions = laneStart[this.#stream + 1]! - laneStart[this.#stream]!;
    this.#first = this.#plan.firstRow(this.#consumer, this.#stream);
  }

  partition(partition: number, offset: number, error: number, lag: number): void {
    if (this.#partitions === 0) return;
    if (partition < 0 || partition >= this.#partitions) {
      this.missesTopic = true;
      return;
    }
    const row = this.#first < 0 ? -1 : this.#plan.rowOf[this.#first + partition]!;
    if (row < 0) {
      this.missesRow ||= offset >= 0 || (error === 0 && Number.isNaN(lag));
    } else if (error !== 0) {
      this.asOf[row] = Number.NaN;
      this.laneErrors.push({ row: this.#plan.laneStart[this.#stream]! + partition, error });
    } else if (offset >= 0) {
      this.position[row] = offset;
      if (this.#before !== null && this.#before[row] !== offset) this.moved[this.#consumer] = 1;
      if (lag >= 0) this.ownBacklog()[row] = lag;
    } else if (Number.isNaN(lag)) {
      this.#ownEmpty()[row] = 1;
    }
  }

  groupEnd(error: number): void {
    if (error === 0 || this.#consumer < 0) return;
    this.forget(this.#consumer);
    // Deleted since it was listed: the next list says so.
    if (error !== KafkaError.groupNotFound) this.groupErrors.push({ row: this.#consumer, error });
  }

  /** What was written for a consumer does not count. */
  forget(consumer: number): void {
    if (this.position === this.#before) {
      this.position = this.position.slice();
      this.asOf = this.asOf.slice();
    }
    const { start } = this.#plan.layout.positions;
    const [from, to] = [start[consumer]!, start[consumer + 1]!];
    this.position.fill(Number.NaN, from, to);
    this.asOf.fill(Number.NaN, from, to);
    // Only share groups have these: the others have nothing to forget.
    if (this.backlog !== null && holdsNumber(this.backlog, from, to)) {
      this.ownBacklog().fill(Number.NaN, from, to);
    }
    if (this.empty?.subarray(from, to).includes(1)) this.#ownEmpty().fill(0, from, to);
  }

  /** The column of what brokers say is left, to be written. */
  ownBacklog(): Float64Array {
    if (this.backlog === null) this.backlog = new Float64Array(this.position.length).fill(Number.NaN);
    else if (this.backlog === this.#backlogBefore) this.backlog = this.backlog.slice();
    return this.backlog;
  }

  #ownEmpty(): Uint8Array {
    if (this.empty === null) this.empty = new Uint8Array(this.position.length);
    else if (this.empty === this.#emptyBefore) this.empty = this.empty.slice();
    return this.empty;
  }

  #fillAsOf(at: number): void {
    const { start } = this.#plan.layout.positions;
    this.asOf.fill(at, start[this.#consumer], start[this.#consumer + 1]);
  }
}

function holdsNumber(column: Float64Array, from: number, to: number): boolean {
  for (let row = from; row < to; row++) if (!Number.isNaN(column[row]!)) return true;
  return false;
}

/** Notes which partitions have commits: only when a plan is made, as it costs objects. */
export class CommitFinder implements CommitVisitor {
  readonly found = new Map<string, Map<string, number[]>>();
  /** The groups that the answer now being read was asked for. */
  about: ReadonlySet<string> = new Set();
  #topics = new Map<string, number[]>();
  #partitions: number[] = [];
  #group = "";

  group(bytes: Buffer, start: number, end: number): void {
    this.#group = bytes.toString("utf8", start, end);
    this.#topics = new Map();
  }

  topic(bytes: Buffer, start: number, end: number): void {
    this.#partitions = [];
    this.#topics.set(bytes.toString("utf8", start, end), this.#partitions);
  }

  partition(partition: number, offset: number, error: number, lag: number): void {
    // Without an offset it may be there all the same: how much waits in it is not known.
    if (error === 0 && (offset >= 0 || Number.isNaN(lag))) this.#partitions.push(partition);
  }

  /** A group that answered an error said nothing about its commits. */
  groupEnd(error: number): void {
    if (error === 0 && this.about.has(this.#group)) this.found.set(this.#group, this.#topics);
  }
}

/** Writes ListOffsets answers into the lanes of a plan: into copies of what was known before, once there is one. */
export class OffsetColumns implements OffsetVisitor {
  offset: Float64Array;
  asOf: Float64Array;
  readonly errors: RowError[] = [];
  staleTopology = false;
  readonly #plan: Plan;
  /** When the answer now being read arrived, and 1 for each lane that it was asked for. */
  #at = 0;
  readonly #asked: Uint8Array;
  #firstLane = 0;
  #endLane = 0;
  readonly #before: Float64Array | null;

  /** @param before lanes that are not asked for now keep these values and times */
  constructor(plan: Plan, before: Pick<LaneColumns, "head" | "asOf"> | null = null) {
    this.#plan = plan;
    this.#before = before?.head ?? null;
    this.offset = before?.head ?? new Float64Array(plan.layout.lanes.count).fill(Number.NaN);
    this.asOf = before?.asOf ?? new Float64Array(plan.layout.lanes.count).fill(Number.NaN);
    this.#asked = new Uint8Array(plan.layout.lanes.count);
  }

  /** What follows is an answer about these partitions. */
  begin(at: number, topics: readonly TopicPartitions[]): void {
    this.#own();
    this.#at = at;
    this.#asked.fill(0);
    for (const { topic, partitions } of topics) {
      const firstLane = this.#firstLaneOf(topic);
      for (const partition of partitions) this.#asked[firstLane + partition] = 1;
    }
  }

  topic(bytes: Buffer, start: number, end: number): void {
    const stream = this.#plan.topicNames.find(bytes, start, end);
    const known = stream >= 0 && stream < this.#plan.layout.streams.length;
    this.#firstLane = known ? this.#plan.laneStart[stream]! : 0;
    this.#endLane = known ? this.#plan.laneStart[stream + 1]! : 0;
  }

  partition(partition: number, offset: number, error: number): void {
    const lane = this.#firstLane + partition;
    if (partition < 0 || lane >= this.#endLane || this.#asked[lane] !== 1) return;
    if (error !== 0) {
      this.errors.push({ row: lane, error });
      this.staleTopology ||= meansStaleTopology(error);
    } else if (offset >= 0) {
      this.offset[lane] = offset;
      this.asOf[lane] = this.#at;
    }
  }

  /** What was written for these partitions does not count. */
  forget(topic: string, partitions: readonly number[]): void {
    this.#own();
    const firstLane = this.#firstLaneOf(topic);
    for (const partition of partitions) {
      const lane = firstLane + partition;
      this.offset[lane] = Number.NaN;
      this.asOf[lane] = Number.NaN;
    }
  }

  #own(): void {
    if (this.offset !== this.#before) return;
    this.offset = this.offset.slice();
    this.asOf = this.asOf.slice();
  }

  #firstLaneOf(topic: string): number {
    const name = Buffer.from(topic);
    return this.#plan.laneStart[this.#plan.topicNames.find(name, 0, name.length)]!;
  }
}

/** Lanes that nobody leads now. */
export function leaderlessLanes({ leader }: Pick<Topology, "leader">): number[] {
  const lanes: number[] = [];
  for (let lane = 0; lane < leader.length; lane++) if (leader[lane]! < 0) lanes.push(lane);
  return lanes;
}
