import { Writer } from "@platformatic/kafka";
import type { Cursor } from "./cursor.ts";

export interface ClusterMetadata {
  readonly clusterId: string | null;
  readonly brokers: readonly { readonly node: number; readonly host: string; readonly port: number }[];
  readonly topics: readonly TopicMetadata[];
}

export interface TopicMetadata {
  readonly name: string;
  readonly internal: boolean;
  readonly error: number;
  /** Leader of each partition, by partition number; -1: none now. */
  readonly leaders: Int32Array;
}

/** Every topic; creates none. Versions 11 to 13. */
export function encodeMetadata(): Buffer {
  return Writer.create()
    .appendUnsignedVarInt(0)
    .appendBoolean(false)
    .appendBoolean(false)
    .appendTaggedFields().buffer;
}

export function decodeMetadata(cursor: Cursor, version: number): ClusterMetadata {
  cursor.skip(4); // throttle time
  const brokers: { node: number; host: string; port: number }[] = [];
  for (let n = cursor.array(11); n > 0; n--) {
    brokers.push({ node: cursor.int32(), host: cursor.string(), port: cursor.int32() });
    cursor.skipString(); // rack
    cursor.skipTags();
  }
  const clusterId = cursor.nullableString();
  cursor.skip(4); // "controller": with KRaft any broker, drawn by lot
  const topics: TopicMetadata[] = [];
  for (let n = cursor.array(25); n > 0; n--) topics.push(decodeTopic(cursor));
  if (version >= 13) cursor.skip(2); // error: only for requests that name topics by id
  cursor.end();
  return { clusterId, brokers, topics };
}

function decodeTopic(cursor: Cursor): TopicMetadata {
  const error = cursor.int16();
  const name = cursor.string();
  cursor.skip(16); // id
  const internal = cursor.boolean();
  const count = cursor.array(18);
  const numbers = new Int32Array(count);
  const leaderOf = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    cursor.skip(2); // error: says no more than a leader of -1
    numbers[i] = cursor.int32();
    leaderOf[i] = cursor.int32();
    cursor.skip(4); // leader epoch
    for (let list = 0; list < 3; list++) cursor.skip(4 * cursor.array(4)); // replicas, in sync, offline
    cursor.skipTags();
  }
  cursor.skip(4); // authorised operations
  cursor.skipTags();
  // The answer lists partitions in any order; their numbers are always 0 … count - 1.
  const leaders = new Int32Array(count).fill(-1);
  for (let i = 0; i < count; i++) leaders[numbers[i]!] = leaderOf[i]!;
  return { name, internal, error, leaders };
}
