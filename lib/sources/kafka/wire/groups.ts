import { Writer } from "@platformatic/kafka";
import { Cursor } from "./cursor.ts";
import { KafkaError } from "./error-codes.ts";
import type { TopicPartitions } from "./list-offsets.ts";

export interface ListedGroup {
  readonly id: string;
  readonly protocolType: string;
  readonly state: string;
  /** `classic`, `consumer`, `share`, `streams` …; empty before version 5. */
  readonly type: string;
}

/** Every group this broker coordinates. Versions 4 and 5. */
export function encodeListGroups(version: number): Buffer {
  const writer = Writer.create().appendArray([], () => {}); // any state
  if (version >= 5) writer.appendArray([], () => {}); // any type
  return writer.appendTaggedFields().buffer;
}

export function decodeListGroups(
  cursor: Cursor,
  version: number,
): { readonly error: number; readonly groups: readonly ListedGroup[] } {
  cursor.skip(4); // throttle time
  const error = cursor.int16();
  const groups: ListedGroup[] = [];
  for (let n = cursor.array(4); n > 0; n--) {
    const id = cursor.string();
    const protocolType = cursor.string();
    const state = cursor.string();
    groups.push({ id, protocolType, state, type: version >= 5 ? cursor.string().toLowerCase() : "" });
    cursor.skipTags();
  }
  cursor.end();
  return { error, groups };
}

export interface GroupMember {
  readonly id: string;
  readonly clientId: string;
  readonly host: string;
  /** What it holds; null: not told in a form that can be read. */
  readonly assignment: readonly TopicPartitions[] | null;
  /** Topics that it reads or is about to, whether it has a partition of them or not; without what it asks for by pattern. */
  readonly topics: readonly string[];
}

export interface DescribedGroup {
  readonly id: string;
  readonly error: number;
  /** As this answer has it: another one than the list of groups may have told a moment before. */
  readonly state: string;
  /** How partitions are spread over the members: `range`, `uniform` …; empty where the answer does not say. */
  readonly assignor: string;
  /** Counts up with every change of members or subscriptions; -1 where the protocol tells none (classic groups). */
  readonly epoch: number;
  readonly members: readonly GroupMember[];
}

/** DescribeGroups, ConsumerGroupDescribe, ShareGroupDescribe and StreamsGroupDescribe all ask in the same form. */
export function encodeDescribe(groups: readonly string[]): Buffer {
  return Writer.create()
    .appendArray([...groups], (w, group) => w.appendString(group), true, false)
    .appendBoolean(false)
    .appendTaggedFields().buffer;
}

/** DescribeGroups, versions 5 and 6: classic groups only. A KIP-848 group is `Dead` here and must not be asked for. */
export function decodeDescribeGroups(cursor: Cursor, version: number): DescribedGroup[] {
  cursor.skip(4); // throttle time
  const groups: DescribedGroup[] = [];
  for (let n = cursor.array(12); n > 0; n--) {
    const error = cursor.int16();
    if (version >= 6) cursor.skipString(); // error message
    const id = cursor.string();
    const state = cursor.string();
    const protocolType = cursor.string();
    const assignor = cursor.string();
    const members: GroupMember[] = [];
    for (let m = cursor.array(7); m > 0; m--) {
      const memberId = cursor.string();
      cursor.skipString(); // instance id
      const clientId = cursor.string();
      const host = cursor.string();
      const metadata = cursor.data();
      const assignment = cursor.data();
      cursor.skipTags();
      const consumes = protocolType === "consumer";
      members.push({
        id: memberId,
        clientId,
        host: plainHost(host),
        assignment: consumes ? decodeAssignment(assignment) : null,
        topics: consumes ? decodeSubscription(metadata) : [],
      });
    }
    cursor.skip(4); // authorised operations
    cursor.skipTags();
    // Of a group it knows nothing of it says that it has no members, and only from version 6 on that it knows nothing.
    const unknown = state === "Dead" && error === KafkaError.none;
    groups.push({
      id,
      error: unknown ? KafkaError.groupNotFound : error,
      state,
      assignor,
      epoch: -1,
      members,
    });
  }
  cursor.end();
  return groups;
}

/**
 * The consumer protocol's assignment. Its bytes come from a client, not the broker: unreadable is null, not an error. No
 * bytes at all are a member that was left out.
 */
export function decodeAssignment(bytes: Buffer): TopicPartitions[] | null {
  const topics: TopicPartitions[] = [];
  if (bytes.length === 0) return topics;
  try {
    const cursor = new Cursor(bytes);
    cursor.skip(2); // version
    for (let n = cursor.array32(6); n > 0; n--) {
      const topic = cursor.string16();
      topics.push({ topic, partitions: Array.from({ length: cursor.array32(4) }, () => cursor.int32()) });
    }
  } catch {
    return null;
  }
  return topics;
}

/** The topics of the consumer protocol's subscription, which comes from a client, too: unreadable is none. */
export function decodeSubscription(bytes: Buffer): string[] {
  if (bytes.length === 0) return [];
  try {
    const cursor = new Cursor(bytes);
    cursor.skip(2); // version
    return Array.from({ length: cursor.array32(2) }, () => cursor.string16());
  } catch {
    return [];
  }
}

/** ConsumerGroupDescribe, versions 0 and 1: groups of KIP-848. */
export function decodeConsumerGroupDescribe(cursor: Cursor, version: number): DescribedGroup[] {
  cursor.skip(4); // throttle time
  const groups: DescribedGroup[] = [];
  for (let n = cursor.array(20); n > 0; n--) {
    const error = cursor.int16();
    cursor.skipString(); // error message
    const id = cursor.string();
    const state = cursor.string();
    const epoch = cursor.int32();
    cursor.skip(4); // assignment epoch
    const assignor = cursor.string();
    const members: GroupMember[] = [];
    for (let m = cursor.array(16); m > 0; m--) members.push(decodeConsumerMember(cursor, version));
    cursor.skip(4); // authorised operations
    cursor.skipTags();
    groups.push({ id, error, state, assignor, epoch, members });
  }
  cursor.end();
  return groups;
}

function decodeConsumerMember(cursor: Cursor, version: number): GroupMember {
  const id = cursor.string();
  cursor.skipString(); // instance id
  cursor.skipString(); // rack
  cursor.skip(4); // member epoch
  const clientId = cursor.string();
  const host = cursor.string();
  const topics = Array.from({ length: cursor.array(1) }, () => cursor.string());
  cursor.skipString(); // subscribed pattern
  const assignment = decodeTopicPartitions(cursor);
  for (const { topic } of decodeTopicPartitions(cursor)) topics.push(topic); // what it is about to get
  if (version >= 1) cursor.skip(1); // member type
  cursor.skipTags();
  return { id, clientId, host: plainHost(host), assignment, topics };
}

/** The form in which groups of KIP-848 and KIP-932 tell an assignment. */
export function decodeTopicPartitions(cursor: Cursor): TopicPartitions[] {
  const topics: TopicPartitions[] = [];
  for (let n = cursor.array(19); n > 0; n--) {
    cursor.skip(16); // topic id
    const topic = cursor.string();
    topics.push({ topic, partitions: Array.from({ length: cursor.array(4) }, () => cursor.int32()) });
    cursor.skipTags();
  }
  cursor.skipTags();
  return topics;
}

/** Java prints an address as `name/1.2.3.4`, mostly without the name. */
export function plainHost(host: string): string {
  return host.slice(host.indexOf("/") + 1);
}
