import type { LaneColumns } from "../../../sample/columns.ts";
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

/** Writes the answers about committed offsets into the rows of a plan. Names are matched as bytes, in whatever order they come. */
export class CommitColumns implements CommitVisitor {
  readonly position: Float64Array;
  readonly asOf: Float64Array;
  /** What the broker itself says is left, NaN for the rest; null where it said nothing of any position. */
  backlog: Float64Array | null = null;
  /** 1 for what the broker knows of and has no offset for yet (a share-partition not initialised); null: there is none. */
  empty: Uint8Array | null = null;
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
  /** Only its column, not all of it: each would keep the one before it. */
  readonly #before: Float64Array | null;
  #consumer = -1;
  #stream = -1;
  #first = -1;
  #partitions = 0;

  /** @param before the last sample's, in rows of the same plan: consumers that are not asked for now keep theirs */
  constructor(plan: Plan, before: CommitColumns | null = null) {
    this.#plan = plan;
    this.#before = before?.position ?? null;
    const { count } = plan.layout.positions;
    this.position = before?.position.slice() ?? new Float64Array(count).fill(Number.NaN);
    this.asOf = before?.asOf.slice() ?? new Float64Array(count).fill(Number.NaN);
    this.backlog = before?.backlog?.slice() ?? null;
    this.empty = before?.empty?.slice() ?? null;
    this.answered = new Uint8Array(plan.layout.consumers.length);
    this.moved = new Uint8Array(plan.layout.consumers.length);
  }

  /** What was known of a plan's rows, in the rows of the plan after it. */
  static carriedOver(from: CommitColumns, plan: Plan): CommitColumns {
    const carried = new CommitColumns(plan);
    const { layout: old, rowOf, firstRow } = from.#plan;
    const oldConsumer = new Map(old.consumers.map(({ key }, row) => [key, row]));
    const oldStream = new Map(old.streams.map(({ key }, row) => [key, row]));
    const { consumers, streams, lanes, positions } = plan.layout;
    // A topic that was made anew under its name is another one.
    const was = streams.map(({ key, generation }) => {
      const row = oldStream.get(key) ?? -1;
      return row >= 0 && old.streams[row]!.generation === generation ? row : -1;
    });
    for (let row = 0; row < positions.count; row++) {
      const consumer = oldConsumer.get(consumers[positions.consumer[row]!]!.key) ?? -1;
      const lane = positions.lane[row]!;
      const stream = was[lanes.stream[lane]!]!;
      const first = consumer < 0 || stream < 0 ? -1 : firstRow(consumer, stream);
      const partition = lanes.number[lane]!;
      // A topic that has grown since has no row for its new partitions; what follows in `rowOf` is another's.
      const oldRow = first < 0 ? -1 : (rowOf[first + partition] ?? -1);
      if (oldRow < 0 || old.lanes.number[old.positions.lane[oldRow]!] !== partition) continue;
      if (old.positions.consumer[oldRow] !== consumer) continue;
      carried.position[row] = from.position[oldRow]!;
      carried.asOf[row] = from.asOf[oldRow]!;
      if (from.empty?.[oldRow] === 1) {
        carried.empty ??= new Uint8Array(positions.count);
        carried.empty[row] = 1;
      }
      if (from.backlog === null) continue;
      carried.backlog ??= new Float64Array(positions.count).fill(Number.NaN);
      carried.backlog[row] = from.backlog[oldRow]!;
    }
    return carried;
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
      if (lag >= 0) {
        this.backlog ??= new Float64Array(this.position.length).fill(Number.NaN);
        this.backlog[row] = lag;
      }
    } else if (Number.isNaN(lag)) {
      this.empty ??= new Uint8Array(this.position.length);
      this.empty[row] = 1;
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
    this.empty?.fill(0, start[consumer], start[consumer + 1]);
  }

  #fillAsOf(at: number): void {
    const { start } = this.#plan.layout.positions;
    this.asOf.fill(at, start[this.#consumer], start[this.#consumer + 1]);
  }
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

/** Writes ListOffsets answers into the lanes of a plan. */
export class OffsetColumns implements OffsetVisitor {
  readonly offset: Float64Array;
  readonly asOf: Float64Array;
  readonly errors: RowError[] = [];
  staleTopology = false;
  readonly #plan: Plan;
  /** When the answer now being read arrived, and 1 for each lane that it was asked for. */
  #at = 0;
  readonly #asked: Uint8Array;
  #firstLane = 0;
  #endLane = 0;

  /** @param before lanes that are not asked for now keep these values and times */
  constructor(plan: Plan, before: Pick<LaneColumns, "head" | "asOf"> | null = null) {
    this.#plan = plan;
    this.offset = before?.head.slice() ?? new Float64Array(plan.layout.lanes.count).fill(Number.NaN);
    this.asOf = before?.asOf.slice() ?? new Float64Array(plan.layout.lanes.count).fill(Number.NaN);
    this.#asked = new Uint8Array(plan.layout.lanes.count);
  }

  /** What follows is an answer about these partitions. */
  begin(at: number, topics: readonly TopicPartitions[]): void {
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
    const firstLane = this.#firstLaneOf(topic);
    for (const partition of partitions) {
      const lane = firstLane + partition;
      this.offset[lane] = Number.NaN;
      this.asOf[lane] = Number.NaN;
    }
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
