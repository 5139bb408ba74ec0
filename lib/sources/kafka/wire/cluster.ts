import { Writer } from "@platformatic/kafka";
import { type Cursor, WireError } from "./cursor.ts";

export interface ApiVersions {
  readonly error: number;
  /** Lowest and highest version the broker speaks, by API key. */
  readonly ranges: ReadonlyMap<number, readonly [min: number, max: number]>;
  /** The cluster-wide `metadata.version`, which moves with Kafka's own; null before KRaft. */
  readonly metadataLevel: number | null;
}

/** Version 3. */
export function encodeApiVersions(): Buffer {
  return Writer.create().appendString("streamside").appendString("1").appendTaggedFields().buffer;
}

const FINALIZED_FEATURES = 2;

export function decodeApiVersions(cursor: Cursor): ApiVersions {
  const error = cursor.int16();
  const ranges = new Map<number, [number, number]>();
  let metadataLevel: number | null = null;
  if (error !== 0) return { error, ranges, metadataLevel }; // told in version 0, which has no more of use
  for (let n = cursor.array(7); n > 0; n--) {
    ranges.set(cursor.int16(), [cursor.int16(), cursor.int16()]);
    cursor.skipTags();
  }
  cursor.skip(4); // throttle time
  for (let n = cursor.uvarint(); n > 0; n--) {
    const tag = cursor.uvarint();
    const size = cursor.uvarint();
    const end = cursor.skip(size) + size;
    if (tag !== FINALIZED_FEATURES) continue;
    cursor.position = end - size;
    for (let features = cursor.array(6); features > 0; features--) {
      const name = cursor.string();
      const level = cursor.int16();
      cursor.skip(2); // lowest level
      cursor.skipTags();
      if (name === "metadata.version") metadataLevel = level;
    }
    if (cursor.position !== end) throw new WireError("the broker's features do not end where they should");
  }
  return { error, ranges, metadataLevel };
}

/** First `metadata.version` level of each Kafka release (MetadataVersion.java). */
const RELEASES: readonly (readonly [level: number, release: string])[] = [
  [31, "4.4"],
  [30, "4.3"],
  [28, "4.2"],
  [26, "4.1"],
  [22, "4.0"],
  [21, "3.9"],
  [20, "3.8"],
  [15, "3.7"],
  [12, "3.6"],
  [9, "3.5"],
  [8, "3.4"],
  [1, "3.3"],
];

/** The last level of the newest of them: a release has several. */
const NEWEST_LEVEL = 33;

/** `4.3`, `newer than 4.4`; null where the level says nothing. */
export function releaseOf(metadataLevel: number | null): string | null {
  if (metadataLevel === null || metadataLevel < 1) return null;
  if (metadataLevel > NEWEST_LEVEL) return `newer than ${RELEASES[0]![1]}`;
  return RELEASES.find(([level]) => metadataLevel >= level)![1];
}

/** The first release with a request, newest first. Brokers of before KRaft do not say what they are. */
const FIRST_IN: readonly (readonly [key: number, version: number, release: string])[] = [
  [60, 0, "2.8"], // DescribeCluster
  [57, 0, "2.7"], // UpdateFeatures
  [48, 0, "2.6"], // DescribeClientQuotas
  [9, 7, "2.5"], // OffsetFetch
  [47, 0, "2.4"], // OffsetDelete
];
const OFFSET_FETCH = 9;

/** `2.8`, for brokers before 3.0; null where the requests a broker understands do not tell. */
export function oldReleaseOf({ ranges }: Pick<ApiVersions, "ranges">): string | null {
  const newest = (key: number) => ranges.get(key)?.[1] ?? -1;
  if (newest(OFFSET_FETCH) >= 8) return null;
  return FIRST_IN.find(([key, version]) => newest(key) >= version)?.[2] ?? null;
}

/** DescribeQuorum of the metadata log: its leader is the active controller. Versions 0 to 2. */
export function encodeDescribeQuorum(): Buffer {
  return Writer.create()
    .appendArray(["__cluster_metadata"], (w, topic) => {
      w.appendString(topic).appendArray([0], (p, partition) => p.appendInt32(partition));
    })
    .appendTaggedFields().buffer;
}

/** The controller's node id, -1 while there is none; null where the broker does not tell. */
export function decodeQuorumLeader(cursor: Cursor, version: number): number | null {
  if (cursor.int16() !== 0) return null;
  if (version >= 2) cursor.skipString();
  if (cursor.array(2) === 0) return null;
  cursor.skipString();
  if (cursor.array(10) === 0) return null;
  cursor.skip(4); // partition
  if (cursor.int16() !== 0) return null;
  if (version >= 2) cursor.skipString();
  const leader = cursor.int32();
  return leader;
}
