import { Writer } from "@platformatic/kafka";
import type { Cursor } from "./cursor.ts";

/** Which end of a partition is asked for: ListOffsets takes these in place of a timestamp. */
export const LATEST = -1;
export const EARLIEST = -2;

export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

/**
 * One end of many partitions of one leader. Versions 7 to 10. The latest is the high watermark, or, for readers of
 * committed transactions, the last stable offset: where the first transaction that is still open begins.
 */
export function encodeListOffsets(
  version: number,
  which: number,
  topics: readonly TopicPartitions[],
  readCommitted = false,
): Buffer {
  const writer = Writer.create()
    .appendInt32(-1) // not a replica
    .appendInt8(readCommitted ? 1 : 0)
    .appendArray([...topics], (w, { topic, partitions }) => {
      w.appendString(topic).appendArray([...partitions], (w, partition) => {
        w.appendInt32(partition).appendInt32(-1).appendInt64(BigInt(which));
      });
    });
  if (version >= 10) writer.appendInt32(0); // only for remote storage lookups
  return writer.appendTaggedFields().buffer;
}

export interface OffsetVisitor {
  topic(bytes: Buffer, start: number, end: number): void;
  /** `offset` is -1 where there is an error. */
  partition(partition: number, offset: number, error: number): void;
}

/** Reads the answer to versions 7 to 10 without allocating anything a partition. */
export function decodeListOffsets(cursor: Cursor, visitor: OffsetVisitor): void {
  cursor.skip(4); // throttle time
  for (let topics = cursor.array(3); topics > 0; topics--) {
    const size = Math.max(0, cursor.compactSize());
    const start = cursor.skip(size);
    visitor.topic(cursor.bytes, start, start + size);
    for (let partitions = cursor.array(27); partitions > 0; partitions--) {
      const partition = cursor.int32();
      const error = cursor.int16();
      cursor.skip(8); // timestamp
      const offset = cursor.int64();
      cursor.skip(4); // leader epoch
      visitor.partition(partition, offset, error);
      cursor.skipTags();
    }
    cursor.skipTags();
  }
  cursor.end();
}
