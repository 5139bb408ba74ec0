import { createRecordsBatch, Writer } from "@platformatic/kafka";
import { describe, expect, it } from "vitest";
import { Cursor, WireError } from "./cursor.ts";
import { decodeFetch } from "./fetch.ts";
import { fetched } from "./fixtures/fetched.ts";
import { decodeCreateTopic, decodeProduce, encodeProduce } from "./produce.ts";
import { firstRecord, visitValues } from "./record-batch.ts";

const valuesIn = (bytes: Buffer, from: number) => {
  const values: string[] = [];
  const next = visitValues(bytes, from, (value) => values.push(value.toString()));
  return { next, values };
};
const recordsIn = (body: Buffer) => decodeFetch(new Cursor(body)).partitions[0]!.records;

describe("Produce", () => {
  it("writes one batch a partition that reads back as it was meant", () => {
    const values = ["a", "b", "c"].map((text) => Buffer.from(text));
    const cursor = new Cursor(encodeProduce("t", [{ partition: 4, values }], 1_700_000_000_000, 900));
    expect([cursor.nullableString(), cursor.int16(), cursor.int32()]).toEqual([null, -1, 900]);
    expect([cursor.array(1), cursor.string(), cursor.array(1), cursor.int32()]).toEqual([1, "t", 1, 4]);
    const records = cursor.data();
    expect(valuesIn(records, 0)).toEqual({ next: 3, values: ["a", "b", "c"] });
    expect(firstRecord(records, 2).writtenAt).toBe(1_700_000_000_000);
    cursor.skipTags();
    cursor.skipTags();
    cursor.end();
  });

  it("reads where each batch was stored, or why not", () => {
    const answer = Writer.create()
      .appendArray(["t"], (w, topic) => {
        w.appendString(topic).appendArray([0, 1], (p, partition) => {
          p.appendInt32(partition).appendInt16(partition === 1 ? 87 : 0);
          p.appendInt64(partition === 1 ? -1n : 70n)
            .appendInt64(-1n)
            .appendInt64(0n);
          p.appendArray(partition === 1 ? [0] : [], (e, index) => e.appendInt32(index).appendString("bad"));
          p.appendString(partition === 1 ? "refused" : null);
        });
      })
      .appendInt32(0)
      .appendTaggedFields().buffer;
    expect(decodeProduce(new Cursor(answer))).toEqual([
      { partition: 0, error: 0, offset: 70 },
      { partition: 1, error: 87, offset: -1 },
    ]);
    for (let size = 0; size < answer.length; size++) {
      expect(() => decodeProduce(new Cursor(answer.subarray(0, size)))).toThrow(WireError);
    }
  });
});

it("reads what became of a new topic, and what the broker says about it", () => {
  const answer = (error: number, message: string | null) =>
    Writer.create()
      .appendInt32(0)
      .appendArray(["t"], (w, topic) => {
        w.appendString(topic).appendUUID(null).appendInt16(error).appendString(message);
        w.appendInt32(1).appendInt16(1);
        w.appendArray(error === 0 ? ["retention.ms"] : [], (c, name) => {
          c.appendString(name).appendString("600000").appendBoolean(false).appendInt8(1).appendBoolean(false);
        });
      })
      .appendTaggedFields().buffer;
  expect(decodeCreateTopic(new Cursor(answer(0, null)))).toEqual({ error: 0, message: "" });
  expect(decodeCreateTopic(new Cursor(answer(29, "No.")))).toEqual({ error: 29, message: "No." });
});

describe("values of messages", () => {
  it("come from every batch, from an offset on", () => {
    const all = ["message 0", "message 1", "message 2", "message 3", "message 4", "later"];
    expect(valuesIn(recordsIn(fetched.plain), 0)).toEqual({ next: 6, values: all });
    expect(valuesIn(recordsIn(fetched.plain), 3)).toEqual({ next: 6, values: all.slice(3) });
  });

  it("come only from batches that are whole, and neither packed nor markers", () => {
    const plain = recordsIn(fetched.plain);
    expect(valuesIn(plain.subarray(0, plain.length - 1), 0).next).toBe(5);
    expect(valuesIn(Buffer.concat([recordsIn(fetched.gzip)]), 0)).toEqual({ next: 5, values: [] });
    expect(valuesIn(Buffer.alloc(0), 7)).toEqual({ next: 7, values: [] });
    const marker = Buffer.from(plain);
    marker.writeInt16BE(marker.readInt16BE(21) | 0b10_0000, 21);
    expect(valuesIn(marker, 0)).toEqual({ next: 6, values: ["later"] });
  });

  it("are not there in messages without one", () => {
    const batch = createRecordsBatch([
      { topic: "t", value: null as never, key: Buffer.from("gone"), timestamp: 1n },
      { topic: "t", value: Buffer.from("there"), timestamp: 1n },
    ]).buffer;
    expect(valuesIn(batch, 0)).toEqual({ next: 2, values: ["there"] });
  });
});
