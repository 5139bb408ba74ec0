import { Writer } from "@platformatic/kafka";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeApiVersions, decodeQuorumLeader, releaseOf } from "./cluster.ts";
import { Cursor, WireError } from "./cursor.ts";
import { recorded } from "./fixtures/recorded.ts";
import { decodeConsumerGroupDescribe, decodeDescribeGroups, decodeListGroups } from "./groups.ts";
import { decodeListOffsets } from "./list-offsets.ts";
import { decodeMetadata } from "./metadata.ts";
import { type CommitVisitor, decodeOffsetFetch } from "./offset-fetch.ts";
import { decodeShareGroupDescribe, decodeShareOffsets } from "./share-groups.ts";
import { decodeStreamsGroupDescribe } from "./streams-groups.ts";

type Row = readonly (string | number)[];

function commitsIn(bytes: Buffer): Row[] {
  return rowsOf((visitor) => decodeOffsetFetch(new Cursor(bytes), visitor)).map((row) => row.slice(0, 5));
}

function sharesIn(bytes: Buffer, version: number): Row[] {
  return rowsOf((visitor) => decodeShareOffsets(new Cursor(bytes), version, visitor));
}

function rowsOf(decode: (visitor: CommitVisitor) => void): Row[] {
  const rows: Row[] = [];
  let group = "";
  let topic = "";
  decode({
    group: (all, start, end) => {
      group = all.toString("utf8", start, end);
    },
    topic: (all, start, end) => {
      topic = all.toString("utf8", start, end);
    },
    partition: (partition, offset, error, lag) => rows.push([group, topic, partition, offset, error, lag]),
    groupEnd: (error) => rows.push([group, "end", error]),
  });
  return rows;
}

function offsetsIn(bytes: Buffer): Row[] {
  const rows: Row[] = [];
  let topic = "";
  decodeListOffsets(new Cursor(bytes), {
    topic: (all, start, end) => {
      topic = all.toString("utf8", start, end);
    },
    partition: (partition, offset, error) => rows.push([topic, partition, offset, error]),
  });
  return rows;
}

const decoders: Record<string, { readonly bytes: Buffer; readonly decode: (bytes: Buffer) => unknown }> = {
  OffsetFetch: { bytes: recorded.offsetFetch, decode: commitsIn },
  ListOffsets: { bytes: recorded.listOffsets, decode: offsetsIn },
  ListGroups: { bytes: recorded.listGroups, decode: (bytes) => decodeListGroups(new Cursor(bytes), 5) },
  Metadata: { bytes: recorded.metadata, decode: (bytes) => decodeMetadata(new Cursor(bytes), 13) },
  ApiVersions: { bytes: recorded.apiVersions, decode: (bytes) => decodeApiVersions(new Cursor(bytes)) },
  ConsumerGroupDescribe: {
    bytes: recorded.describeConsumer,
    decode: (bytes) => decodeConsumerGroupDescribe(new Cursor(bytes), 1),
  },
  DescribeGroups: {
    bytes: recorded.describeClassic,
    decode: (bytes) => decodeDescribeGroups(new Cursor(bytes), 6),
  },
  ShareGroupDescribe: {
    bytes: recorded.describeShare,
    decode: (bytes) => decodeShareGroupDescribe(new Cursor(bytes)),
  },
  "DescribeShareGroupOffsets 0": { bytes: recorded.shareOffsets0, decode: (bytes) => sharesIn(bytes, 0) },
  "DescribeShareGroupOffsets 1": { bytes: recorded.shareOffsets, decode: (bytes) => sharesIn(bytes, 1) },
  StreamsGroupDescribe: {
    bytes: recorded.describeStreams,
    decode: (bytes) => decodeStreamsGroupDescribe(new Cursor(bytes)),
  },
};

describe("answers recorded from a real broker", () => {
  it("OffsetFetch: every commit, and a group without any", () => {
    expect(commitsIn(recorded.offsetFetch)).toEqual([
      ["modern", "payments", 0, 465, 0],
      ["modern", "payments", 5, 464, 0],
      ["modern", "payments", 2, 418, 0],
      ["modern", "payments", 4, 395, 0],
      ["modern", "payments", 1, 459, 0],
      ["modern", "payments", 3, 458, 0],
      ["modern", "end", 0],
      ["nobody", "end", 0],
    ]);
  });

  it("ListOffsets: one end a partition, or its own error", () => {
    expect(offsetsIn(recorded.listOffsets)).toEqual([
      ["payments", 99, -1, 3],
      ["payments", 0, 465, 0],
      ["payments", 1, 459, 0],
    ]);
  });

  it("ListGroups: state and type", () => {
    const { error, groups } = decodeListGroups(new Cursor(recorded.listGroups), 5);
    expect(error).toBe(0);
    expect(groups.map(({ id, state, type }) => [id, state, type])).toEqual([
      ["fraud-check", "Empty", "classic"],
      ["search-indexer", "Empty", "classic"],
      ["modern", "Stable", "consumer"],
      ["shipping-labels", "Empty", "classic"],
      ["billing-writer", "Empty", "classic"],
    ]);
  });

  it("Metadata: brokers, topics, leaders", () => {
    const { brokers, clusterId, topics } = decodeMetadata(new Cursor(recorded.metadata), 13);
    expect(brokers).toEqual([{ node: 1, host: "127.0.0.1", port: 19392 }]);
    expect(clusterId).toBe("7Ue3gLuqSw62VzV4BkX2WA");
    const shown = topics.filter(({ internal }) => !internal);
    expect(new Map(shown.map(({ name, leaders }) => [name, [...leaders]]))).toEqual(
      new Map([
        ["orders", Array(12).fill(1)],
        ["payments", Array(6).fill(1)],
        ["shipments", Array(4).fill(1)],
      ]),
    );
    expect(topics.filter(({ internal }) => internal).map(({ name }) => name)).toEqual(["__consumer_offsets"]);
  });

  it("ConsumerGroupDescribe: members and what they hold", () => {
    expect(decodeConsumerGroupDescribe(new Cursor(recorded.describeConsumer), 1)).toEqual([
      {
        id: "modern",
        error: 0,
        state: "Stable",
        assignor: "uniform",
        epoch: 2,
        members: [
          {
            id: "rbJIZf4ETlyauYUleVrndg",
            clientId: "console-consumer",
            host: "127.0.0.1",
            assignment: [{ topic: "payments", partitions: [0, 1, 2, 3, 4, 5] }],
            topics: ["payments", "payments"],
          },
        ],
      },
    ]);
  });

  it("DescribeGroups: what it says of a group it cannot describe", () => {
    expect(decodeDescribeGroups(new Cursor(recorded.describeClassic), 6)).toEqual([
      { id: "modern", error: 69, state: "Dead", assignor: "", epoch: -1, members: [] },
    ]);
  });

  it("ShareGroupDescribe: members and what they hold; all of them hold everything", () => {
    expect(decodeShareGroupDescribe(new Cursor(recorded.describeShare))).toEqual([
      {
        id: "workers",
        error: 0,
        state: "Stable",
        assignor: "simple",
        epoch: 5,
        members: [
          {
            id: "XmGs1Z7vTHOB4-oPxB18Ww",
            clientId: "console-share-consumer",
            host: "127.0.0.1",
            assignment: [{ topic: "jobs", partitions: [0, 1, 2] }],
            topics: ["jobs"],
          },
        ],
      },
      { id: "nobody", error: 69, state: "", assignor: "", epoch: 0, members: [] },
    ]);
  });

  it("DescribeShareGroupOffsets: the start, and the lag from version 1 on", () => {
    const ends = [
      ["workers", "end", 0],
      ["nobody", "end", 0],
    ];
    expect(sharesIn(recorded.shareOffsets, 1)).toEqual([
      ["workers", "jobs", 0, 0, 0, 0],
      ["workers", "jobs", 1, 5, 0, 7],
      ["workers", "jobs", 2, -1, 0, Number.NaN],
      ...ends,
    ]);
    expect(sharesIn(recorded.shareOffsets0, 0)).toEqual([
      ["workers", "jobs", 0, 0, 0, -1],
      ["workers", "jobs", 1, 5, 0, -1],
      ["workers", "jobs", 2, -1, 0, Number.NaN],
      ...ends,
    ]);
  });

  it("StreamsGroupDescribe: tasks as the partitions of the topics their subtopology reads", () => {
    expect(decodeStreamsGroupDescribe(new Cursor(recorded.describeStreams))).toEqual([
      {
        id: "clickstream",
        error: 0,
        state: "Stable",
        assignor: "",
        epoch: 8,
        members: [
          {
            id: "e611e2b8-5a83-4e71-a4f8-4a693902cb7c",
            clientId: "streams-app",
            host: "127.0.0.1",
            assignment: [
              { topic: "clicks", partitions: [0, 1, 2, 3] },
              { topic: "views", partitions: [0, 1, 2, 3] },
            ],
            topics: ["clicks", "views"],
          },
        ],
      },
      { id: "nobody", error: 69, state: "", assignor: "", epoch: 0, members: [] },
    ]);
  });

  it("ApiVersions and DescribeQuorum", () => {
    const { ranges, metadataLevel } = decodeApiVersions(new Cursor(recorded.apiVersions));
    expect(ranges.get(9)).toEqual([1, 10]);
    expect(releaseOf(metadataLevel)).toBe("4.3");
    expect(releaseOf(33), "what a 4.4.0 formats").toBe("4.4");
    expect(releaseOf(99)).toBe("newer than 4.4");
    expect(decodeQuorumLeader(new Cursor(recorded.quorum), 2)).toBe(1);
  });
});

describe("DescribeGroups of a classic group", () => {
  const described = (assignment: Buffer, subscription: Buffer = Buffer.alloc(3)) =>
    decodeDescribeGroups(
      new Cursor(
        Writer.create()
          .appendInt32(0)
          .appendArray([0], (w) => {
            w.appendInt16(0).appendString("billing").appendString("Stable").appendString("consumer");
            w.appendString("range").appendArray([0], (m) => {
              m.appendString("m-1").appendString(null).appendString("app").appendString("/10.0.0.7");
              m.appendBytes(subscription).appendBytes(assignment);
            });
            w.appendInt32(-1);
          })
          .appendTaggedFields().buffer,
      ),
      5,
    )[0]!.members;

  it("reads the consumer protocol's assignment", () => {
    const assignment = Writer.create()
      .appendInt16(0)
      .appendArray(
        ["orders"],
        (w, topic) => {
          w.appendString(topic, false).appendArray([3, 1], (p, n) => p.appendInt32(n), false, false);
        },
        false,
        false,
      )
      .appendBytes(null, false).buffer;
    const subscription = Writer.create()
      .appendInt16(0)
      .appendArray(["orders", "old"], (w, topic) => w.appendString(topic, false), false, false)
      .appendBytes(null, false).buffer;
    expect(described(assignment, subscription)).toEqual([
      {
        id: "m-1",
        clientId: "app",
        host: "10.0.0.7",
        assignment: [{ topic: "orders", partitions: [3, 1] }],
        topics: ["orders", "old"],
      },
    ]);
  });

  it("knows no assignment where it is no such thing, and an empty one where nothing was given", () => {
    expect(described(Buffer.from("00000000000f0003", "hex"))[0]!.assignment).toBeNull();
    expect(described(Buffer.alloc(0))[0]!.assignment).toEqual([]);
  });
});

describe.each(Object.entries(decoders))("%s on bytes that lie", (_name, { bytes, decode }) => {
  it("fails on every truncation", () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decode(bytes.subarray(0, length)), `cut to ${length}`).toThrow(WireError);
    }
  });

  it("reads a changed byte or says WireError: never anything else, and never for long", () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at] = changed[at]! ^ change;
        try {
          decode(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("Cursor", () => {
  it("refuses sizes that the bytes cannot hold", () => {
    expect(() => new Cursor(Buffer.from("ffffffff0f", "hex")).array(1)).toThrow(WireError);
    expect(() => new Cursor(Buffer.from("ffffffffffff", "hex")).uvarint()).toThrow(WireError);
    expect(() => new Cursor(Buffer.from("80000000", "hex")).array32(4)).toThrow(WireError);
    expect(() => new Cursor(Buffer.from("7fffffff", "hex")).array32(4)).toThrow(WireError);
    expect(() => new Cursor(Buffer.alloc(4)).skip(-1)).toThrow(WireError);
  });

  it("reads 64 bits exactly up to 2^53, either sign", () => {
    const bytes = Buffer.alloc(16);
    bytes.writeBigInt64BE(BigInt(Number.MAX_SAFE_INTEGER));
    bytes.writeBigInt64BE(-2n, 8);
    const cursor = new Cursor(bytes);
    expect([cursor.int64(), cursor.int64()]).toEqual([Number.MAX_SAFE_INTEGER, -2]);
  });
});
