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
  /**
   * In hexadecimal; empty where the broker gives topics none (Kafka before 2.8). A topic that was deleted and made again
   * under its name has another one.
   */
  readonly id: string;
  /** Leader of each partition, by partition number; -1: none now. */
  readonly leaders: Int32Array;
  /** How many replicas each partition should have. */
  readonly replicas: Int32Array;
  readonly inSync: NodeLists;
  /** Nodes that should hold a copy of some partition, and those of them that lack one that is up to date. */
  readonly copies: readonly number[];
  readonly missing: readonly number[];
}

/** A list of nodes a partition, without an array a partition. */
export interface NodeLists {
  readonly nodes: Int32Array;
  /** Where in `nodes` the list of each partition begins, and how long it is. */
  readonly start: Int32Array;
  readonly count: Int32Array;
}

export function nodesOf({ nodes, start, count }: NodeLists, partition: number): Int32Array {
  return nodes.subarray(start[partition], start[partition]! + count[partition]!);
}

export type TopicsWanted = "all" | readonly string[];

/** Every topic, or those named; creates none. Versions 9 to 13. */
export function encodeMetadata(version: number, topics: TopicsWanted = "all"): Buffer {
  const writer = Writer.create();
  if (topics === "all") writer.appendUnsignedVarInt(0);
  else {
    writer.appendArray([...topics], (w, name) => {
      if (version >= 10) w.appendUUID(null);
      w.appendString(name);
    });
  }
  writer.appendBoolean(false).appendBoolean(false);
  if (version <= 10) writer.appendBoolean(false); // authorised operations on the cluster
  return writer.appendTaggedFields().buffer;
}

/** `controller`: its node with ZooKeeper, -1 for none; with KRaft any broker, drawn by lot. */
export function decodeMetadata(
  cursor: Cursor,
  version: number,
): ClusterMetadata & { readonly controller: number } {
  cursor.skip(4); // throttle time
  const brokers: { node: number; host: string; port: number }[] = [];
  for (let n = cursor.array(11); n > 0; n--) {
    brokers.push({ node: cursor.int32(), host: cursor.string(), port: cursor.int32() });
    cursor.skipString(); // rack
    cursor.skipTags();
  }
  const clusterId = cursor.nullableString();
  const controller = cursor.int32();
  const topics: TopicMetadata[] = [];
  for (let n = cursor.array(version >= 10 ? 25 : 9); n > 0; n--) topics.push(decodeTopic(cursor, version));
  if (version <= 10) cursor.skip(4); // authorised operations on the cluster
  if (version >= 13) cursor.skip(2); // error: only for requests that name topics by id
  cursor.end();
  return { clusterId, controller, brokers, topics };
}

function decodeTopic(cursor: Cursor, version: number): TopicMetadata {
  const error = cursor.int16();
  const name = cursor.string();
  const id = version >= 10 ? decodeTopicId(cursor) : "";
  const internal = cursor.boolean();
  const count = cursor.array(18);
  // The answer lists partitions in any order; their numbers are always 0 … count - 1.
  const leaders = new Int32Array(count).fill(-1);
  const replicas = new Int32Array(count);
  const start = new Int32Array(count);
  const inSyncCount = new Int32Array(count);
  const nodes: number[] = [];
  const copies: number[] = [];
  const missing: number[] = [];
  for (let i = 0; i < count; i++) {
    cursor.skip(2); // error: says no more than a leader of -1
    const partition = cursor.int32();
    leaders[partition] = cursor.int32();
    cursor.skip(4); // leader epoch
    const wanted = Array.from({ length: cursor.array(4) }, () => cursor.int32());
    replicas[partition] = wanted.length;
    start[partition] = nodes.length;
    const inSync = cursor.array(4);
    inSyncCount[partition] = inSync;
    for (let n = inSync; n > 0; n--) nodes.push(cursor.int32());
    for (const node of wanted) {
      if (!copies.includes(node)) copies.push(node);
      if (inSync === wanted.length || missing.includes(node)) continue;
      if (nodes.indexOf(node, start[partition]) < 0) missing.push(node);
    }
    cursor.skip(4 * cursor.array(4)); // offline replicas
    cursor.skipTags();
  }
  cursor.skip(4); // authorised operations
  cursor.skipTags();
  const inSync = { nodes: Int32Array.from(nodes), start, count: inSyncCount };
  return { name, internal, error, id, leaders, replicas, inSync, copies, missing };
}

function decodeTopicId(cursor: Cursor): string {
  const at = cursor.skip(16);
  const id = cursor.bytes.toString("hex", at, at + 16);
  return /^0+$/.test(id) ? "" : id;
}
