import { createRecordsBatch } from "@platformatic/kafka";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Cursor, WireError } from "./cursor.ts";
import { decodeFetch, encodeFetch } from "./fetch.ts";
import { FIRST_AT, fetched } from "./fixtures/fetched.ts";
import { firstRecord } from "./record-batch.ts";

const recordsIn = (body: Buffer) => decodeFetch(new Cursor(body)).partitions[0]!.records;
/** Seconds after the first message, for each of these offsets; what is not a time as it is. */
const secondsOf = (records: Buffer, offsets: readonly number[]) =>
  offsets.map((offset) => {
    const { writtenAt } = firstRecord(records, offset);
    return writtenAt === null ? null : (writtenAt - FIRST_AT) / 1000;
  });
/** The same batch with other bits set. */
const withAttributes = (records: Buffer, bits: number) => {
  const copy = Buffer.from(records);
  copy.writeInt16BE(copy.readInt16BE(21) | bits, 21);
  return copy;
};

describe("Fetch", () => {
  it("asks for partitions in the order given, in the form of version 12", () => {
    const limits = { maxWaitMs: 7, minBytes: 0, maxBytes: 1000, partitionMaxBytes: 100 };
    const bytes = encodeFetch(
      [
        { topic: "b", partition: 3, offset: 70 },
        { topic: "a", partition: 0, offset: 2 ** 40 },
      ],
      limits,
    );
    const cursor = new Cursor(bytes);
    expect([cursor.int32(), cursor.int32(), cursor.int32(), cursor.int32()]).toEqual([-1, 7, 0, 1000]);
    expect([cursor.int8(), cursor.int32(), cursor.int32()]).toEqual([0, 0, -1]);
    const topics = Array.from({ length: cursor.array(1) }, () => {
      const topic = [cursor.string(), cursor.array(1), cursor.int32(), cursor.int32(), cursor.int64()];
      const rest = [cursor.int32(), cursor.int64(), cursor.int32()];
      cursor.skipTags();
      cursor.skipTags();
      return [...topic, ...rest];
    });
    expect(topics).toEqual([
      ["b", 1, 3, -1, 70, -1, -1, 100],
      ["a", 1, 0, -1, 2 ** 40, -1, -1, 100],
    ]);
    expect([cursor.array(1), cursor.string()]).toEqual([0, ""]);
    cursor.end();
  });

  it("reads one answer a partition, or its own error", () => {
    const { error, partitions } = decodeFetch(new Cursor(fetched.several));
    expect(error).toBe(0);
    expect(
      partitions.map(({ topic, partition, error, records }) => [topic, partition, error, records.length]),
    ).toEqual([
      ["gzip", 0, 0, 135],
      ["plain", 0, 1, 0],
      ["nope", 0, 3, 0],
    ]);
  });

  it("ends in a WireError, never in a wrong answer, where bytes are cut short", () => {
    const whole = fetched.plain;
    for (let size = 0; size < whole.length; size++) {
      expect(() => decodeFetch(new Cursor(whole.subarray(0, size)))).toThrow(WireError);
    }
  });
});

describe("when a message was written", () => {
  it("is exact without compression and with gzip, and goes over to the next batch", () => {
    expect(secondsOf(recordsIn(fetched.plain), [0, 1, 2, 3, 4, 5, 6])).toEqual([0, 1, 4, 9, 16, 60, null]);
    expect(secondsOf(recordsIn(fetched.gzip), [0, 1, 2, 3, 4, 5])).toEqual([0, 1, 4, 9, 16, null]);
  });

  it("lies between the first and the last of a batch that is compressed otherwise", () => {
    for (const body of [fetched.snappy, fetched.lz4]) {
      expect(secondsOf(recordsIn(body), [0, 1, 2, 3, 4, 5])).toEqual([0, 4, 8, 12, 16, null]);
    }
    const records = recordsIn(fetched.zstd);
    const [first, last] = [firstRecord(records, 0).writtenAt!, firstRecord(records, 4).writtenAt!];
    expect(last - first).toBe(36);
    expect(firstRecord(records, 2).writtenAt).toBe(first + 18);
  });

  it("is the broker's time where the topic says LogAppendTime", () => {
    const records = recordsIn(fetched.appended);
    const appendedAt = Number(records.readBigInt64BE(35));
    expect(appendedAt).toBeGreaterThan(FIRST_AT + 1e10);
    for (const offset of [0, 2, 4]) expect(firstRecord(records, offset).writtenAt).toBe(appendedAt);
  });

  it("passes over the markers of transactions", () => {
    const records = recordsIn(fetched.txn);
    expect(secondsOf(records, [0, 1])).toEqual([0, 9]);
    const marker = withAttributes(records, 0b10_0000);
    expect(secondsOf(marker, [0])).toEqual([9]);
    const alone = marker.subarray(0, 77);
    expect(firstRecord(alone, 0)).toEqual({ writtenAt: null, next: 1 });
  });

  it("is not told where only a part of the batch came", () => {
    const records = recordsIn(fetched.plain);
    for (let size = 0; size < 147; size++) {
      expect(firstRecord(records.subarray(0, size), 0)).toEqual({ writtenAt: null, next: 0 });
    }
    expect(firstRecord(records.subarray(0, 200), 5)).toEqual({ writtenAt: null, next: 5 });
  });

  it("is unknown, not 0, where nobody stamped it or the time in the batch is another", () => {
    const unstamped = createRecordsBatch([{ topic: "t", value: Buffer.from("x"), timestamp: -1n }]).buffer;
    expect(firstRecord(unstamped, 0).writtenAt).toBeNaN();
    // With a delete horizon the base is no message's time: fine where messages can be read, no use where not.
    const horizon = 0b100_0000;
    expect(secondsOf(withAttributes(recordsIn(fetched.plain), horizon), [2])).toEqual([4]);
    expect(secondsOf(withAttributes(recordsIn(fetched.gzip), horizon), [2])).toEqual([4]);
    expect(firstRecord(withAttributes(recordsIn(fetched.lz4), horizon), 2).writtenAt).toBeNaN();
  });

  it("reads the message formats of before 0.11 as far as they tell a time", () => {
    const old = (offset: number, magic: number, attributes: number) => {
      const message = Buffer.alloc(34);
      message.writeBigInt64BE(BigInt(offset), 0);
      message.writeInt32BE(22, 8);
      message[16] = magic;
      message[17] = attributes;
      message.writeBigInt64BE(BigInt(FIRST_AT + offset * 1000), 18);
      return message;
    };
    const stamped = Buffer.concat([old(3, 1, 0), old(4, 1, 0)]);
    expect(secondsOf(stamped, [0, 3, 4, 5])).toEqual([3, 3, 4, null]);
    expect(firstRecord(old(3, 0, 0), 3).writtenAt).toBeNaN();
    expect(firstRecord(old(3, 1, 1), 3).writtenAt, "a wrapper of compressed ones").toBeNaN();
    expect(secondsOf(old(3, 1, 0b1001), [3])).toEqual([3]);
  });

  it("takes whatever bytes there are without an error other than WireError", () => {
    const samples = Object.values(fetched).map(recordsIn);
    const flip = fc.record({
      at: fc.nat(),
      bit: fc.nat(7),
      sample: fc.nat(samples.length - 1),
      offset: fc.nat(6),
    });
    fc.assert(
      fc.property(flip, ({ at, bit, sample, offset }) => {
        const bytes = Buffer.from(samples[sample]!);
        bytes[at % bytes.length]! ^= 1 << bit;
        try {
          const { writtenAt } = firstRecord(bytes, offset);
          expect(writtenAt === null || Number.isNaN(writtenAt) || writtenAt >= 0).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
