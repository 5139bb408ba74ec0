import { Writer } from "@platformatic/kafka";
import type { Cursor } from "./cursor.ts";
import { type DescribedGroup, decodeTopicPartitions, type GroupMember, plainHost } from "./groups.ts";
import type { CommitVisitor } from "./offset-fetch.ts";

/** ShareGroupDescribe, version 1: groups of KIP-932. Version 0 was the early access of Kafka 4.0. */
export function decodeShareGroupDescribe(cursor: Cursor): DescribedGroup[] {
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
    for (let m = cursor.array(12); m > 0; m--) members.push(decodeShareMember(cursor));
    cursor.skip(4); // authorised operations
    cursor.skipTags();
    groups.push({ id, error, state, assignor, epoch, members });
  }
  cursor.end();
  return groups;
}

function decodeShareMember(cursor: Cursor): GroupMember {
  const id = cursor.string();
  cursor.skipString(); // rack
  cursor.skip(4); // member epoch
  const clientId = cursor.string();
  const host = plainHost(cursor.string());
  const topics = Array.from({ length: cursor.array(1) }, () => cursor.string());
  const assignment = decodeTopicPartitions(cursor);
  cursor.skipTags();
  return { id, clientId, host, assignment, topics };
}

/** DescribeShareGroupOffsets of `groups`, whatever their topics. Versions 0 and 1. */
export function encodeShareOffsets(groups: readonly string[]): Buffer {
  return Writer.create()
    .appendArray([...groups], (w, group) => {
      w.appendString(group).appendUnsignedVarInt(0); // every topic
    })
    .appendTaggedFields().buffer;
}

/**
 * Reads the answer to versions 0 and 1 without allocating anything a position. The offset is the share-partition's
 * start: everything below it is finished. What is finished above it only the lag knows, which version 1 (Kafka 4.2)
 * tells; -1 where it does not.
 */
export function decodeShareOffsets(cursor: Cursor, version: number, visitor: CommitVisitor): void {
  const { bytes } = cursor;
  cursor.skip(4); // throttle time
  for (let groups = cursor.array(6); groups > 0; groups--) {
    const groupSize = Math.max(0, cursor.compactSize());
    const groupStart = cursor.skip(groupSize);
    visitor.group(bytes, groupStart, groupStart + groupSize);
    for (let topics = cursor.array(19); topics > 0; topics--) {
      const topicSize = Math.max(0, cursor.compactSize());
      const topicStart = cursor.skip(topicSize);
      visitor.topic(bytes, topicStart, topicStart + topicSize);
      cursor.skip(16); // topic id
      for (let partitions = cursor.array(20); partitions > 0; partitions--) {
        const partition = cursor.int32();
        const offset = cursor.int64();
        cursor.skip(4); // leader epoch
        const lag = version >= 1 ? cursor.int64() : -1;
        visitor.partition(partition, offset, cursor.int16(), offset < 0 ? Number.NaN : lag);
        cursor.skipString(); // error message
        cursor.skipTags();
      }
      cursor.skipTags();
    }
    visitor.groupEnd(cursor.int16());
    cursor.skipString(); // error message
    cursor.skipTags();
  }
  cursor.end();
}
