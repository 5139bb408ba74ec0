import { Writer } from "@platformatic/kafka";
import type { Cursor } from "./cursor.ts";

/** From where to read one partition. Only partitions that occur once in a request get an answer of their own. */
export interface FetchFrom {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface FetchLimits {
  /** How long the broker may hold the answer back while there is nothing to tell. */
  readonly maxWaitMs: number;
  readonly minBytes: number;
  /** The first batch of the first partition that has one comes whole, however large; everything else is held to these. */
  readonly maxBytes: number;
  readonly partitionMaxBytes: number;
  /** What a reader of committed transactions is given: nothing from the first open one on. Default: everything. */
  readonly readCommitted?: boolean;
}

/**
 * Records of many partitions of one leader, in this order. Version 12: the last one that names topics, and one that
 * every broker from Kafka 3.0 on speaks. No fetch session.
 */
export function encodeFetch(partitions: readonly FetchFrom[], limits: FetchLimits): Buffer {
  return Writer.create()
    .appendInt32(-1) // not a replica
    .appendInt32(limits.maxWaitMs)
    .appendInt32(limits.minBytes)
    .appendInt32(limits.maxBytes)
    .appendInt8(limits.readCommitted ? 1 : 0)
    .appendInt32(0)
    .appendInt32(-1) // no session
    .appendArray([...partitions], (w, { topic, partition, offset }) => {
      w.appendString(topic).appendArray([partition], (p) => {
        p.appendInt32(partition).appendInt32(-1).appendInt64(BigInt(offset)).appendInt32(-1);
        p.appendInt64(-1n).appendInt32(limits.partitionMaxBytes);
      });
    })
    .appendArray([], () => {}) // nothing forgotten
    .appendString("") // no rack: from the leader itself
    .appendTaggedFields().buffer;
}

/** A transaction whose messages no reader of committed ones is shown. */
export interface AbortedTransaction {
  readonly producer: number;
  readonly from: number;
}

export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly error: number;
  /** Last stable offset: where the first transaction that is still open begins. */
  readonly stable: number;
  /** Told to readers of committed transactions only: those that touch what is answered. */
  readonly aborted: readonly AbortedTransaction[];
  /** Whole and cut record batches; empty where nothing fitted. A view, not a copy. */
  readonly records: Buffer;
}

/** The answer to version 12. `error` is about the request as a whole. */
export function decodeFetch(cursor: Cursor): {
  readonly error: number;
  readonly partitions: readonly FetchedPartition[];
} {
  cursor.skip(4); // throttle time
  const error = cursor.int16();
  cursor.skip(4); // session
  const partitions: FetchedPartition[] = [];
  for (let topics = cursor.array(3); topics > 0; topics--) {
    const topic = cursor.string();
    for (let n = cursor.array(37); n > 0; n--) {
      const partition = cursor.int32();
      const partitionError = cursor.int16();
      cursor.skip(8); // high watermark
      const stable = cursor.int64();
      cursor.skip(8); // log start
      const aborted = Array.from({ length: cursor.array(17) }, () => {
        const transaction = { producer: cursor.int64(), from: cursor.int64() };
        cursor.skipTags();
        return transaction;
      });
      cursor.skip(4); // preferred replica
      const records = cursor.data();
      cursor.skipTags();
      partitions.push({ topic, partition, error: partitionError, stable, aborted, records });
    }
    cursor.skipTags();
  }
  cursor.end();
  return { error, partitions };
}
