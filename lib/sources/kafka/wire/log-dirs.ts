import { Writer } from "@platformatic/kafka";
import type { Cursor } from "./cursor.ts";

/** Every partition this broker holds a replica of. Versions 2 to 4. */
export function encodeDescribeLogDirs(): Buffer {
  return Writer.create().appendUnsignedVarInt(0).appendTaggedFields().buffer;
}

export interface LogDirVisitor {
  /** `error` is not 0 where the directory failed: then it lists nothing. */
  dir(error: number): void;
  topic(bytes: Buffer, start: number, end: number): void;
  partition(partition: number, size: number): void;
  /** Size of the volume the directory is on and what is free of it, in bytes; -1 before version 4. */
  dirEnd(totalBytes: number, freeBytes: number): void;
}

/** Reads the answer without allocating anything a partition. Returns the error of the answer as a whole. */
export function decodeDescribeLogDirs(cursor: Cursor, version: number, visitor: LogDirVisitor): number {
  cursor.skip(4); // throttle time
  const error = version >= 3 ? cursor.int16() : 0;
  for (let dirs = cursor.array(5); dirs > 0; dirs--) {
    visitor.dir(cursor.int16());
    cursor.skipString(); // path
    for (let topics = cursor.array(3); topics > 0; topics--) {
      const size = Math.max(0, cursor.compactSize());
      const start = cursor.skip(size);
      visitor.topic(cursor.bytes, start, start + size);
      for (let partitions = cursor.array(22); partitions > 0; partitions--) {
        const partition = cursor.int32();
        const bytes = cursor.int64();
        cursor.skip(8); // how far the replica lags
        // A replica on its way to another directory is not the one that is read.
        if (!cursor.boolean()) visitor.partition(partition, bytes);
        cursor.skipTags();
      }
      cursor.skipTags();
    }
    visitor.dirEnd(version >= 4 ? cursor.int64() : -1, version >= 4 ? cursor.int64() : -1);
    cursor.skipTags();
  }
  cursor.end();
  return error;
}
