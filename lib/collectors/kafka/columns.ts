import type { Plan } from "./plan.ts";
import type { Topology } from "./topology.ts";
import { KafkaError, meansStaleTopology } from "./wire/error-codes.ts";
import type { OffsetVisitor } from "./wire/list-offsets.ts";
import type { CommitVisitor } from "./wire/offset-fetch.ts";

/** An error about one group, or about one lane; `lane` -1 for a group as a whole. */
export interface RowError {
  readonly row: number;
  readonly error: number;
}

/** Writes the answers about committed offsets into the rows of a plan. Names are matched as bytes, in whatever order they come. */
export class CommitColumns implements CommitVisitor {
  readonly position: Float64Array;
  readonly asOf: Float64Array;
  /** What the broker itself says is left, NaN for the rest; null where it said nothing of any position. */
  backlog: Float64Array | null = null;
  readonly groupErrors: RowError[] = [];
  /** Lanes whose offset the broker refused, by lane row. */
  readonly laneErrors: RowError[] = [];
  /** A commit without a row: the plan has to be made anew. */
  missesRow = false;
  /** A topic or partition the topology does not know. */
  missesTopic = false;
  /** When the answer now being read arrived. */
  at = 0;
  readonly #plan: Plan;
  #consumer = -1;
  #stream = -1;
  #first = -1;
  #partitions = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    const { count } = plan.layout.positions;
    this.position = new Float64Array(count).fill(Number.NaN);
    this.asOf = new Float64Array(count).fill(Number.NaN);
  }

  group(bytes: Buffer, start: number, end: number): void {
    this.#consumer = this.#plan.groupIds.find(bytes, start, end);
    this.#fillAsOf(this.at); // no commit is an answer, too
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
      this.missesRow ||= offset >= 0;
    } else if (error !== 0) {
      this.asOf[row] = Number.NaN;
      this.laneErrors.push({ row: this.#plan.laneStart[this.#stream]! + partition, error });
    } else if (offset >= 0) {
      this.position[row] = offset;
      if (lag >= 0) {
        this.backlog ??= new Float64Array(this.position.length).fill(Number.NaN);
        this.backlog[row] = lag;
      }
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
    const { start } = this.#plan.layout.positions;
    this.position.fill(Number.NaN, start[consumer], start[consumer + 1]);
    this.asOf.fill(Number.NaN, start[consumer], start[consumer + 1]);
    this.backlog?.fill(Number.NaN, start[consumer], start[consumer + 1]);
  }

  #fillAsOf(at: number): void {
    if (this.#consumer < 0) return;
    const { start } = this.#plan.layout.positions;
    this.asOf.fill(at, start[this.#consumer], start[this.#consumer + 1]);
  }
}

/** Notes which partitions have commits: only when a plan is made, as it costs objects. */
export class CommitFinder implements CommitVisitor {
  readonly found = new Map<string, Map<string, number[]>>();
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

  partition(partition: number, offset: number, error: number): void {
    if (error === 0 && offset >= 0) this.#partitions.push(partition);
  }

  /** A group that answered an error said nothing about its commits. */
  groupEnd(error: number): void {
    if (error === 0) this.found.set(this.#group, this.#topics);
  }
}

/** Writes ListOffsets answers into the lanes of a plan. */
export class OffsetColumns implements OffsetVisitor {
  readonly offset: Float64Array;
  readonly asOf: Float64Array;
  readonly errors: RowError[] = [];
  staleTopology = false;
  at = 0;
  readonly #plan: Plan;
  #firstLane = 0;
  #endLane = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.offset = new Float64Array(plan.layout.lanes.count).fill(Number.NaN);
    this.asOf = new Float64Array(plan.layout.lanes.count).fill(Number.NaN);
  }

  topic(bytes: Buffer, start: number, end: number): void {
    const stream = this.#plan.topicNames.find(bytes, start, end);
    const known = stream >= 0 && stream < this.#plan.layout.streams.length;
    this.#firstLane = known ? this.#plan.laneStart[stream]! : 0;
    this.#endLane = known ? this.#plan.laneStart[stream + 1]! : 0;
  }

  partition(partition: number, offset: number, error: number): void {
    const lane = this.#firstLane + partition;
    if (partition < 0 || lane >= this.#endLane) return;
    if (error !== 0) {
      this.errors.push({ row: lane, error });
      this.staleTopology ||= meansStaleTopology(error);
    } else if (offset >= 0) {
      this.offset[lane] = offset;
      this.asOf[lane] = this.at;
    }
  }

  /** What was written for these partitions does not count. */
  forget(topic: string, partitions: readonly number[]): void {
    const name = Buffer.from(topic);
    const stream = this.#plan.topicNames.find(name, 0, name.length);
    for (const partition of partitions) {
      const lane = this.#plan.laneStart[stream]! + partition;
      this.offset[lane] = Number.NaN;
      this.asOf[lane] = Number.NaN;
    }
  }
}

/** Lanes that nobody leads now. */
export function leaderlessLanes(topology: Topology): number[] {
  const lanes: number[] = [];
  topology.leader.forEach((node, lane) => {
    if (node < 0) lanes.push(lane);
  });
  return lanes;
}
