import { type Cursor, WireError } from "./cursor.ts";
import { type DescribedGroup, type GroupMember, plainHost } from "./groups.ts";
import type { TopicPartitions } from "./list-offsets.ts";

/** The topics each subtopology reads, by its id: a task is one partition of all of them. */
type SourceTopics = ReadonlyMap<string, readonly string[]>;

/** StreamsGroupDescribe, version 0: groups of KIP-1071. */
export function decodeStreamsGroupDescribe(cursor: Cursor): DescribedGroup[] {
  cursor.skip(4); // throttle time
  const groups: DescribedGroup[] = [];
  for (let n = cursor.array(20); n > 0; n--) {
    const error = cursor.int16();
    cursor.skipString(); // error message
    const id = cursor.string();
    const state = cursor.string();
    const epoch = cursor.int32();
    cursor.skip(4); // assignment epoch
    const sources = decodeTopology(cursor);
    const members: GroupMember[] = [];
    for (let m = cursor.array(24); m > 0; m--) members.push(decodeStreamsMember(cursor, sources));
    cursor.skip(4); // authorised operations
    cursor.skipTags();
    groups.push({ id, error, state, assignor: "", epoch, members });
  }
  cursor.end();
  return groups;
}

function decodeTopology(cursor: Cursor): SourceTopics {
  const sources = new Map<string, string[]>();
  if (!present(cursor)) return sources;
  cursor.skip(4); // topology epoch
  for (let n = cursor.array(6); n > 0; n--) {
    const id = cursor.string();
    const topics: string[] = [];
    for (let t = cursor.array(1); t > 0; t--) topics.push(cursor.string());
    for (let t = cursor.array(1); t > 0; t--) cursor.skipString(); // topics it writes to for repartitioning
    decodeTopicNames(cursor); // changelogs: restored from, not read
    topics.push(...decodeTopicNames(cursor)); // repartition topics are read like any other
    cursor.skipTags();
    sources.set(id, topics);
  }
  cursor.skipTags();
  return sources;
}

function decodeTopicNames(cursor: Cursor): string[] {
  const names: string[] = [];
  for (let n = cursor.array(9); n > 0; n--) {
    names.push(cursor.string());
    cursor.skip(6); // partitions, replication factor
    skipKeyValues(cursor); // configuration
    cursor.skipTags();
  }
  return names;
}

function decodeStreamsMember(cursor: Cursor, sources: SourceTopics): GroupMember {
  const id = cursor.string();
  cursor.skip(4); // member epoch
  cursor.skipString(); // instance id
  cursor.skipString(); // rack
  const clientId = cursor.string();
  const host = plainHost(cursor.string());
  cursor.skip(4); // topology epoch
  cursor.skipString(); // process id
  if (present(cursor)) {
    cursor.skipString(); // endpoint
    cursor.skip(2); // its port
    cursor.skipTags();
  }
  skipKeyValues(cursor); // client tags
  for (let list = 0; list < 2; list++) {
    for (let n = cursor.array(14); n > 0; n--) {
      cursor.skipString(); // subtopology
      cursor.skip(12); // partition; offset, or end offset
      cursor.skipTags();
    }
  }
  const assignment = decodeTasks(cursor, sources);
  const next = decodeTasks(cursor, sources);
  cursor.skip(1); // of the classic protocol
  cursor.skipTags();
  return { id, clientId, host, assignment, topics: next.map(({ topic }) => topic) };
}

/** The partitions the active tasks read. Standby and warm-up tasks only keep state warm. */
function decodeTasks(cursor: Cursor, sources: SourceTopics): TopicPartitions[] {
  const read: TopicPartitions[] = [];
  for (const active of [true, false, false]) {
    for (let n = cursor.array(3); n > 0; n--) {
      const subtopology = cursor.string();
      const partitions = Array.from({ length: cursor.array(4) }, () => cursor.int32());
      cursor.skipTags();
      if (!active) continue;
      for (const topic of sources.get(subtopology) ?? []) read.push({ topic, partitions });
    }
  }
  cursor.skipTags();
  return read;
}

/** A structure that may be null is led by a byte: -1 for null. */
function present(cursor: Cursor): boolean {
  const marker = cursor.int8();
  if (marker !== 1 && marker !== -1) throw new WireError(`a structure led by ${marker}`);
  return marker === 1;
}

function skipKeyValues(cursor: Cursor): void {
  for (let n = cursor.array(3); n > 0; n--) {
    cursor.skipString();
    cursor.skipString();
    cursor.skipTags();
  }
}
