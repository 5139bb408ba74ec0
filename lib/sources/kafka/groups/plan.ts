import { ConsumerFlag } from "../../../sample/consumer-flag.ts";
import type { ConsumerInfo, Layout, StreamInfo } from "../../../sample/layout.ts";
import { nextLayout } from "../../../sample/row-map.ts";
import type { Member } from "../../../sample/sample.ts";
import type { Topology } from "../topology/topology.ts";
import type { GroupMember } from "../wire/groups.ts";
import { NameIndex } from "../wire/name-index.ts";

/** A group as the last answers described it; what is told anew makes another one. */
export interface GroupRecord {
  readonly id: string;
  readonly type: string;
  readonly protocolType: string;
  readonly state: string;
  /** Node of the coordinator: the broker that listed it. */
  readonly node: number;
  /** Since when no broker lists it any more; null while one does. */
  readonly missingSince: number | null;
  /** Null until its members were asked for. */
  readonly members: readonly GroupMember[] | null;
  /** The state it was in by the answer that told them. */
  readonly membersIn: string;
  /** How its partitions are spread; empty until it was asked for, and where it is not told. */
  readonly assignor: string;
  /** Of its members and subscriptions; -1 where none is known. */
  readonly epoch: number;
}

/** Partitions with a committed offset, by group and topic. Maps, because a group may be called `__proto__`. */
export type CommittedPartitions = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;

/** A layout, and the indexes that lead from the bytes of an answer to its rows without a string or an object a row. */
export interface Plan {
  readonly layout: Layout;
  readonly laneStart: Int32Array;
  /** Row of each group, by id. */
  readonly groupRow: ReadonlyMap<string, number>;
  readonly groupIds: NameIndex;
  /** Shown topics first, in the order of their rows; then those that are there and not shown. */
  readonly topicNames: NameIndex;
  /** Rows of a group's topic: `rowOf[firstRow(group, topic) + partition]`, -1 for none. */
  readonly rowOf: Int32Array;
  /** Where in `rowOf` a group's topic begins; -1 where the group has nothing to do with it. */
  firstRow(consumer: number, stream: number): number;
}

/** @param compacted topics made to overwrite, by name · @param before the layout that this plan's is to follow */
export function buildPlan(
  topology: Topology,
  groups: readonly GroupRecord[],
  committed: CommittedPartitions,
  compacted: ReadonlySet<string> = new Set(),
  before: Layout | null = null,
): Plan {
  const { topics, hidden, laneStart } = topology;
  const laneCount = laneStart.at(-1)!;
  const laneStream = new Int32Array(laneCount);
  const laneNumber = new Int32Array(laneCount);
  const streams = topics.map(({ name, id, leaders }, row): StreamInfo => {
    laneStream.fill(row, laneStart[row], laneStart[row + 1]);
    for (let p = 0; p < leaders.length; p++) laneNumber[laneStart[row]! + p] = p;
    return {
      key: name,
      name,
      kind: "topic",
      detail: countOf(leaders.length, "partition"),
      ...(id === "" ? {} : { generation: idText(id) }),
      ...(compacted.has(name) ? { overwrites: true } : {}),
    };
  });
  const streamRow = new Map(topics.map(({ name }, row) => [name, row]));

  const consumers: ConsumerInfo[] = [];
  const positionConsumer: number[] = [];
  const positionLane: number[] = [];
  const rowOf: number[] = [];
  const firstRows = new Map<number, number>();
  const start = new Int32Array(groups.length + 1);
  groups.forEach((group, consumer) => {
    const wanted = wantedPartitions(group, committed.get(group.id), topology, streamRow);
    const reads = [...wanted.keys()].sort((a, b) => a - b);
    for (const stream of reads) {
      firstRows.set(consumer * topics.length + stream, rowOf.length);
      wanted.get(stream)!.forEach((isWanted, partition) => {
        rowOf.push(isWanted ? positionLane.length : -1);
        if (!isWanted) return;
        positionConsumer.push(consumer);
        positionLane.push(laneStart[stream]! + partition);
      });
    }
    start[consumer + 1] = positionLane.length;
    consumers.push({
      key: group.id,
      name: group.id,
      kind: kindOf(group),
      streams: reads,
      backlogUnit: "messages",
      ...(group.protocolType && group.protocolType !== "consumer"
        ? { detail: `${group.protocolType} protocol` }
        : {}),
    });
  });

  return {
    layout: nextLayout(before, {
      streams,
      lanes: { count: laneCount, stream: laneStream, number: laneNumber },
      consumers,
      positions: {
        count: positionLane.length,
        consumer: Int32Array.from(positionConsumer),
        lane: Int32Array.from(positionLane),
        start,
      },
    }),
    laneStart,
    groupRow: new Map(groups.map(({ id }, row) => [id, row])),
    groupIds: new NameIndex(groups.map(({ id }) => id)),
    topicNames: new NameIndex([...topics.map(({ name }) => name), ...hidden]),
    rowOf: Int32Array.from(rowOf),
    firstRow: (consumer, stream) => firstRows.get(consumer * topics.length + stream) ?? -1,
  };
}

/** For each stream the group reads, by row: 1 for each partition it has a commit in or is assigned. */
function wantedPartitions(
  group: GroupRecord,
  committed: ReadonlyMap<string, readonly number[]> | undefined,
  { topics }: Topology,
  streamRow: ReadonlyMap<string, number>,
): Map<number, Uint8Array> {
  const wanted = new Map<number, Uint8Array>();
  const want = (topic: string, partitions: readonly number[]) => {
    const stream = streamRow.get(topic);
    if (stream === undefined) return;
    let flags = wanted.get(stream);
    if (!flags) {
      flags = new Uint8Array(topics[stream]!.leaders.length);
      wanted.set(stream, flags);
    }
    for (const partition of partitions) flags[partition] = 1; // one past the end is dropped: the topic has shrunk
  };
  committed?.forEach((partitions, topic) => {
    want(topic, partitions);
  });
  for (const member of group.members ?? []) {
    for (const { topic, partitions } of member.assignment ?? []) want(topic, partitions);
  }
  return wanted;
}

/** What a plan holds rows for: the committed partitions to go on with while a coordinator does not answer. */
export function partitionsOf(plan: Plan, consumer: number): Map<string, number[]> {
  const { streams, lanes, positions } = plan.layout;
  const found = new Map<string, number[]>();
  for (let row = positions.start[consumer]!; row < positions.start[consumer + 1]!; row++) {
    const lane = positions.lane[row]!;
    const topic = streams[lanes.stream[lane]!]!.name;
    const partitions = found.get(topic);
    if (partitions) partitions.push(lanes.number[lane]!);
    else found.set(topic, [lanes.number[lane]!]);
  }
  return found;
}

export interface Membership {
  readonly members: readonly Member[];
  /** Row in `members` of who reads each position; -1: nobody. */
  readonly column: Int32Array;
  readonly readers: Float64Array;
  /** Bits of `ConsumerFlag` by position, as far as members and kinds of groups tell them; null: none is set. */
  readonly flags: Uint16Array | null;
  /** True where something is assigned that the plan has no row for: time for a new plan. */
  readonly incomplete: boolean;
}

/** Who reads what. `groups` row for row with the plan's consumers. */
export function mapMembership(plan: Plan, topology: Topology, groups: readonly GroupRecord[]): Membership {
  const streamRow = new Map(topology.topics.map(({ name }, row) => [name, row]));
  const members: Member[] = [];
  const column = new Int32Array(plan.layout.positions.count).fill(-1);
  const readers = new Float64Array(groups.length);
  let incomplete = false;
  groups.forEach((group, consumer) => {
    readers[consumer] = readersOf(group);
    for (const { id, clientId, host, assignment } of group.members ?? []) {
      for (const { topic, partitions } of assignment ?? []) {
        const stream = streamRow.get(topic);
        if (stream === undefined) continue;
        const first = plan.firstRow(consumer, stream);
        for (const partition of partitions) {
          if (partition < 0 || partition >= topology.topics[stream]!.leaders.length) continue;
          const row = first < 0 ? -1 : plan.rowOf[first + partition]!;
          if (row < 0) incomplete = true;
          else column[row] = members.length;
        }
      }
      members.push({ id, clientId, host, consumer });
    }
  });
  return { members, column, readers, flags: mapFlags(plan, streamRow, groups, column), incomplete };
}

function mapFlags(
  plan: Plan,
  streamRow: ReadonlyMap<string, number>,
  groups: readonly GroupRecord[],
  column: Int32Array,
): Uint16Array | null {
  const { lanes, positions } = plan.layout;
  let flags: Uint16Array | null = null;
  groups.forEach((group, consumer) => {
    const isShare = group.type === "share";
    const holders = holdersOf(group);
    if (!isShare && !(holders > 0)) return;
    flags ??= new Uint16Array(positions.count);
    const read = new Set<number | undefined>();
    for (const { assignment, topics } of group.members ?? []) {
      for (const { topic, partitions } of assignment ?? [])
        if (partitions.length > 0) read.add(streamRow.get(topic));
      for (const topic of topics) read.add(streamRow.get(topic));
    }
    for (let row = positions.start[consumer]!; row < positions.start[consumer + 1]!; row++) {
      // The start offset moves late: what lies there may be finished for long.
      if (isShare) flags[row]! |= ConsumerFlag.ageAtMost;
      if (!(holders > 0) || column[row]! >= 0) continue;
      flags[row]! |= read.has(lanes.stream[positions.lane[row]!]!)
        ? ConsumerFlag.unassigned
        : ConsumerFlag.left;
    }
  });
  return flags;
}

/**
 * Members that have a partition. NaN while nobody can say who has what: the group is handing its partitions out, or what
 * its members hold is told in a form of their own (Kafka Connect).
 */
export function holdersOf({
  state,
  members,
  membersIn,
}: Pick<GroupRecord, "state" | "members" | "membersIn">): number {
  if (members === null || state !== "Stable" || membersIn !== "Stable") return Number.NaN;
  let holders = 0;
  for (const { assignment } of members) {
    if (assignment === null) return Number.NaN;
    if (assignment.some(({ partitions }) => partitions.length > 0)) holders++;
  }
  return holders;
}

/** Active readers of a group: members that have a partition, or all of them where that is not told; NaN: not known. */
export function readersOf(
  group: Pick<GroupRecord, "type" | "protocolType" | "state" | "members" | "membersIn">,
): number {
  if (group.state === "Empty" || group.state === "Dead") {
    // Offsets committed by clients that assign partitions to themselves: the broker never sees who they are.
    return group.protocolType === "" && isClassic(group.type) ? Number.NaN : 0;
  }
  const holders = holdersOf(group);
  return Number.isNaN(holders) ? (group.members?.length ?? Number.NaN) : holders;
}

export function kindOf({ type, protocolType }: Pick<GroupRecord, "type" | "protocolType">): string {
  switch (type) {
    case "consumer":
      return "consumer group";
    case "share":
      return "share group";
    case "streams":
      return "streams group";
    default:
      return isClassic(type) && protocolType !== "" ? "classic group" : "group";
  }
}

/** Brokers before ListGroups 5 (Kafka 3.8) say no type and know no other. */
export function isClassic(type: string): boolean {
  return type === "classic" || type === "";
}

/** A topic id as Kafka writes it. */
function idText(id: string): string {
  return Buffer.from(id, "hex").toString("base64url");
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
