import { Writer } from "@platformatic/kafka";
import type { Cursor } from "./cursor.ts";
import type { TopicPartitions } from "./list-offsets.ts";

/** DescribeProducers, version 0: who writes to these partitions. It goes to their leader and needs READ on the topic. */
export function encodeDescribeProducers(topics: readonly TopicPartitions[]): Buffer {
  return Writer.create()
    .appendArray([...topics], (w, { topic, partitions }) => {
      w.appendString(topic).appendArray([...partitions], (p, n) => p.appendInt32(n), true, false);
    })
    .appendTaggedFields().buffer;
}

export interface PartitionProducers {
  readonly topic: string;
  readonly partition: number;
  readonly error: number;
  /** Those with a transaction under way: where it begins in this partition. */
  readonly open: readonly { readonly producer: number; readonly from: number }[];
}

export function decodeDescribeProducers(cursor: Cursor): PartitionProducers[] {
  cursor.skip(4); // throttle time
  const found: PartitionProducers[] = [];
  for (let topics = cursor.array(3); topics > 0; topics--) {
    const topic = cursor.string();
    for (let n = cursor.array(9); n > 0; n--) {
      const partition = cursor.int32();
      const error = cursor.int16();
      cursor.skipString(); // error message
      const open: { producer: number; from: number }[] = [];
      for (let producers = cursor.array(37); producers > 0; producers--) {
        const producer = cursor.int64();
        cursor.skip(20); // epoch, last sequence, last timestamp, coordinator's epoch
        const from = cursor.int64();
        cursor.skipTags();
        if (from >= 0) open.push({ producer, from });
      }
      cursor.skipTags();
      found.push({ topic, partition, error, open });
    }
    cursor.skipTags();
  }
  cursor.end();
  return found;
}

/** ListTransactions, version 0: of these producers, as far as the broker coordinates them. */
export function encodeListTransactions(producers: readonly number[]): Buffer {
  return Writer.create()
    .appendArray([], () => {}) // any state
    .appendArray([...producers], (w, producer) => w.appendInt64(BigInt(producer)), true, false)
    .appendTaggedFields().buffer;
}

/** Transactional ids by producer; those that may not be described are left out. */
export function decodeListTransactions(cursor: Cursor): Map<number, string> {
  cursor.skip(4); // throttle time
  const ids = new Map<number, string>();
  cursor.skip(2); // error: then nothing is listed
  for (let states = cursor.array(1); states > 0; states--) cursor.skipString(); // asked for and not known
  for (let n = cursor.array(11); n > 0; n--) {
    const id = cursor.string();
    ids.set(cursor.int64(), id);
    cursor.skipString(); // state
    cursor.skipTags();
  }
  cursor.end();
  return ids;
}

/** DescribeTransactions, version 0. It goes to the coordinator and needs DESCRIBE on the transactional id. */
export function encodeDescribeTransactions(ids: readonly string[]): Buffer {
  return Writer.create()
    .appendArray([...ids], (w, id) => w.appendString(id), true, false)
    .appendTaggedFields().buffer;
}

export interface DescribedTransaction {
  readonly id: string;
  readonly error: number;
  readonly producer: number;
  readonly timeoutMs: number;
  /** EpochMs by the broker's clock; -1: none is under way. */
  readonly startedAt: number;
}

export function decodeDescribeTransactions(cursor: Cursor): DescribedTransaction[] {
  cursor.skip(4); // throttle time
  const found: DescribedTransaction[] = [];
  for (let n = cursor.array(28); n > 0; n--) {
    const error = cursor.int16();
    const id = cursor.string();
    cursor.skipString(); // state
    const timeoutMs = cursor.int32();
    const startedAt = cursor.int64();
    const producer = cursor.int64();
    cursor.skip(2); // epoch
    for (let topics = cursor.array(3); topics > 0; topics--) {
      cursor.skipString();
      cursor.skip(4 * cursor.array(4)); // partitions
      cursor.skipTags();
    }
    cursor.skipTags();
    found.push({ id, error, producer, timeoutMs, startedAt });
  }
  cursor.end();
  return found;
}
