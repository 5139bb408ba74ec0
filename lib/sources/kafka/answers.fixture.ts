import { Writer } from "@platformatic/kafka";

/** Answers as a broker would write them: for tests that need one no real broker gives on demand. */

export type Offsets = readonly (readonly [partition: number, offset: number, error?: number])[];

export interface GroupCommits {
  readonly group: string;
  readonly topics: readonly (readonly [topic: string, partitions: Offsets])[];
  readonly error?: number;
}

export function offsetFetchAnswer(groups: readonly GroupCommits[]): Buffer {
  return Writer.create()
    .appendInt32(0)
    .appendArray([...groups], (w, { group, topics, error = 0 }) => {
      w.appendString(group)
        .appendArray([...topics], (t, [topic, partitions]) => {
          t.appendString(topic).appendArray([...partitions], (p, [partition, offset, partitionError = 0]) => {
            p.appendInt32(partition).appendInt64(BigInt(offset)).appendInt32(-1).appendString("");
            p.appendInt16(partitionError);
          });
        })
        .appendInt16(error);
    })
    .appendTaggedFields().buffer;
}

export function listOffsetsAnswer(
  topics: readonly (readonly [topic: string, partitions: Offsets])[],
): Buffer {
  return Writer.create()
    .appendInt32(0)
    .appendArray([...topics], (w, [topic, partitions]) => {
      w.appendString(topic).appendArray([...partitions], (p, [partition, offset, error = 0]) => {
        p.appendInt32(partition).appendInt16(error).appendInt64(-1n).appendInt64(BigInt(offset));
        p.appendInt32(0);
      });
    })
    .appendTaggedFields().buffer;
}

export interface ClusterAnswer {
  readonly brokers: readonly { readonly node: number; readonly host: string; readonly port: number }[];
  /** Leader of each partition, and the nodes in sync of three replicas; none are told where it is left out. */
  readonly topics: readonly (readonly [
    topic: string,
    leaders: readonly number[],
    inSync?: readonly (readonly number[])[],
  ])[];
}

/** Metadata, version 12. */
export function metadataAnswer({ brokers, topics }: ClusterAnswer): Buffer {
  return Writer.create()
    .appendInt32(0)
    .appendArray([...brokers], (w, { node, host, port }) => {
      w.appendInt32(node).appendString(host).appendInt32(port).appendString(null);
    })
    .appendString("fake")
    .appendInt32(1)
    .appendArray([...topics], (w, [topic, leaders, inSync]) => {
      w.appendInt16(0).appendString(topic).appendUUID(null).appendBoolean(topic.startsWith("__"));
      w.appendArray([...leaders], (p, leader, partition) => {
        p.appendInt16(0).appendInt32(partition).appendInt32(leader).appendInt32(0);
        for (const nodes of [inSync ? [1, 2, 3] : [], inSync?.[partition] ?? [], []]) {
          p.appendArray([...nodes], (n, node) => n.appendInt32(node), true, false);
        }
      });
      w.appendInt32(-1);
    })
    .appendTaggedFields().buffer;
}

/** ListGroups, version 5. */
export function listGroupsAnswer(
  groups: readonly { readonly id: string; readonly state: string; readonly type: string }[],
  error = 0,
): Buffer {
  return Writer.create()
    .appendInt32(0)
    .appendInt16(error)
    .appendArray([...groups], (w, { id, state, type }) => {
      w.appendString(id).appendString("consumer").appendString(state).appendString(type);
    })
    .appendTaggedFields().buffer;
}

/** ApiVersions, version 3, of a broker that speaks these. */
export function apiVersionsAnswer(
  ranges: readonly (readonly [key: number, min: number, max: number])[],
): Buffer {
  return Writer.create()
    .appendInt16(0)
    .appendArray([...ranges], (w, [key, min, max]) => {
      w.appendInt16(key).appendInt16(min).appendInt16(max);
    })
    .appendInt32(0)
    .appendTaggedFields().buffer;
}
