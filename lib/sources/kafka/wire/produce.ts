import { createRecordsBatch, Writer } from "@platformatic/kafka";
import type { Cursor } from "./cursor.ts";

/** The only requests here that write. Nothing but the probe sends them. */

export interface ProducePartition {
  readonly partition: number;
  readonly values: readonly Buffer[];
}

/** One batch a partition, to be stored by every replica in sync. Version 9: the last one before 13 names topics by id. */
export function encodeProduce(
  topic: string,
  partitions: readonly ProducePartition[],
  writtenAt: number,
  timeoutMs: number,
): Buffer {
  return Writer.create()
    .appendString(null) // no transaction
    .appendInt16(-1)
    .appendInt32(timeoutMs)
    .appendArray([topic], (w) => {
      w.appendString(topic).appendArray([...partitions], (p, { partition, values }) => {
        const timestamp = BigInt(writtenAt);
        const batch = createRecordsBatch(values.map((value) => ({ topic, value, timestamp })));
        p.appendInt32(partition).appendBytes(batch.buffer);
      });
    })
    .appendTaggedFields().buffer;
}

export interface Produced {
  readonly partition: number;
  readonly error: number;
  /** Where the first message of the batch was stored. */
  readonly offset: number;
}

export function decodeProduce(cursor: Cursor): Produced[] {
  const produced: Produced[] = [];
  for (let topics = cursor.array(3); topics > 0; topics--) {
    cursor.skipString();
    for (let n = cursor.array(33); n > 0; n--) {
      produced.push({ partition: cursor.int32(), error: cursor.int16(), offset: cursor.int64() });
      cursor.skip(16); // append time, log start
      for (let errors = cursor.array(6); errors > 0; errors--) {
        cursor.skip(4);
        cursor.skipString();
        cursor.skipTags();
      }
      cursor.skipString();
      cursor.skipTags();
    }
    cursor.skipTags();
  }
  cursor.skip(4); // throttle time
  cursor.end();
  return produced;
}

/** A topic with the cluster's usual number of replicas. Version 7. */
export function encodeCreateTopic(
  topic: string,
  partitions: number,
  settings: Readonly<Record<string, string>>,
  timeoutMs: number,
): Buffer {
  return Writer.create()
    .appendArray([topic], (w) => {
      w.appendString(topic).appendInt32(partitions).appendInt16(-1);
      w.appendArray([], () => {}); // the cluster chooses who holds it
      w.appendArray(Object.entries(settings), (c, [name, value]) => {
        c.appendString(name).appendString(value);
      });
    })
    .appendInt32(timeoutMs)
    .appendBoolean(false)
    .appendTaggedFields().buffer;
}

/** The error number of the one topic, and what the broker says about it. */
export function decodeCreateTopic(cursor: Cursor): { readonly error: number; readonly message: string } {
  cursor.skip(4); // throttle time
  let error = 0;
  let message = "";
  for (let n = cursor.array(27); n > 0; n--) {
    cursor.skipString();
    cursor.skip(16); // id
    error = cursor.int16();
    message = cursor.string();
    cursor.skip(6); // partitions, replicas
    for (let settings = cursor.array(5); settings > 0; settings--) {
      cursor.skipString();
      cursor.skipString();
      cursor.skip(3);
      cursor.skipTags();
    }
    cursor.skipTags();
  }
  cursor.end();
  return { error, message };
}
