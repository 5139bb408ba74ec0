import { Writer } from "@platformatic/kafka";
import type { Cursor } from "./cursor.ts";

/** All committed offsets of `groups`, whatever their topics. Versions 8 and 9. */
export function encodeOffsetFetch(version: number, groups: readonly string[]): Buffer {
  const writer = Writer.create().appendArray([...groups], (w, group) => {
    w.appendString(group);
    if (version >= 9) w.appendString(null).appendInt32(-1); // no member, no epoch: an onlooker
    w.appendUnsignedVarInt(0); // every topic
  });
  return writer.appendBoolean(false).appendTaggedFields().buffer;
}

/** What a decoder tells of committed offsets. Names come as bytes: most of them are known already. */
export interface CommitVisitor {
  group(bytes: Buffer, start: number, end: number): void;
  topic(bytes: Buffer, start: number, end: number): void;
  /**
   * `offset` is -1 where nothing is committed; `lag` where the broker reports one itself, -1 otherwise, and NaN where it has
   * neither for a partition that the group does read (a share-partition not initialised).
   */
  partition(partition: number, offset: number, error: number, lag: number): void;
  /** The group's own error comes last. */
  groupEnd(error: number): void;
}

/** Reads the answer to versions 8 and 9 without allocating anything a position. */
export function decodeOffsetFetch(cursor: Cursor, visitor: CommitVisitor): void {
  const { bytes } = cursor;
  cursor.skip(4); // throttle time
  for (let groups = cursor.array(5); groups > 0; groups--) {
    const groupSize = Math.max(0, cursor.compactSize());
    const groupStart = cursor.skip(groupSize);
    visitor.group(bytes, groupStart, groupStart + groupSize);
    for (let topics = cursor.array(3); topics > 0; topics--) {
      const topicSize = Math.max(0, cursor.compactSize());
      const topicStart = cursor.skip(topicSize);
      visitor.topic(bytes, topicStart, topicStart + topicSize);
      for (let partitions = cursor.array(20); partitions > 0; partitions--) {
        const partition = cursor.int32();
        const offset = cursor.int64();
        cursor.skip(4); // leader epoch
        cursor.skipString(); // metadata of the commit
        visitor.partition(partition, offset, cursor.int16(), -1);
        cursor.skipTags();
      }
      cursor.skipTags();
    }
    visitor.groupEnd(cursor.int16());
    cursor.skipTags();
  }
  cursor.end();
}
