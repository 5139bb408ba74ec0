import { gunzipSync } from "node:zlib";
import { Cursor, WireError } from "./cursor.ts";

/**
 * Record batches, message formats 0 to 2. Only as much of them is read as it takes to tell when a message was written.
 * https://kafka.apache.org/documentation/#messageformat
 */
const MAGIC_AT = 16;
/** Bytes before those that the batch's own length counts. */
const LENGTH_END = 12;
const HEADER_V2 = 61;

const COMPRESSION = 0b0111;
const GZIP = 1;
const LOG_APPEND_TIME = 0b1000;
const CONTROL = 0b10_0000;
const DELETE_HORIZON = 0b100_0000;

/** Within a compressed batch that spans no more than this, interpolation is as good as the truth. */
const SPAN_MS = 500;
/** What is unpacked for the sake of one time at most. */
const UNPACKED_BYTES = 8 * 1024 * 1024;

export interface FirstRecord {
  /** When it was written, EpochMs; NaN where there is one and its time cannot be told. Null: none in these bytes. */
  readonly writtenAt: number | null;
  /** Where none: the offset after everything that was seen, to read on from. */
  readonly next: number;
}

/**
 * When the first message at or after `offset` was written: what its producer stamped, or the broker's clock where the
 * topic says LogAppendTime. Exact for batches that are not compressed, for gzip, and for the first message of any batch;
 * interpolated between the first and the last of its batch otherwise. Transaction markers are no messages.
 *
 * @param bytes the records of a Fetch answer, whose last batch may be cut short
 */
export function firstRecord(bytes: Buffer, offset: number): FirstRecord {
  let next = offset;
  for (let start = 0; start + MAGIC_AT < bytes.length; ) {
    const head = new Cursor(bytes.subarray(start));
    const base = head.int64();
    const size = head.int32();
    if (size < MAGIC_AT - LENGTH_END + 1) throw new WireError(`a record batch of ${size} bytes`);
    const end = start + LENGTH_END + size;
    if (end > bytes.length) break; // the rest was cut off
    const batch = bytes.subarray(start, end);
    start = end;
    if (batch[MAGIC_AT]! < 2) {
      if (base >= offset) return { writtenAt: timeOfOldMessage(batch), next };
      continue;
    }
    if (batch[MAGIC_AT]! > 2) return { writtenAt: Number.NaN, next };
    const found = timeInBatch(batch, base, offset);
    next = Math.max(next, base + lastDelta(batch) + 1);
    if (found !== null) return { writtenAt: found, next: offset };
  }
  return { writtenAt: null, next };
}

const lastDelta = (batch: Buffer) => batch.readInt32BE(23);

function timeInBatch(batch: Buffer, base: number, offset: number): number | null {
  if (batch.length < HEADER_V2) throw new WireError(`a record batch of ${batch.length} bytes`);
  const attributes = batch.readInt16BE(21);
  const last = base + lastDelta(batch);
  const count = batch.readInt32BE(57);
  if (last < offset || count <= 0 || (attributes & CONTROL) !== 0) return null;
  const baseTime = Number(batch.readBigInt64BE(27));
  const maxTime = Number(batch.readBigInt64BE(35));
  if ((attributes & LOG_APPEND_TIME) !== 0) return known(maxTime);
  const compression = attributes & COMPRESSION;
  const records = batch.subarray(HEADER_V2);
  if (compression === 0) return timeOfRecord(records, count, base, baseTime, offset);
  // The base is then no message's time but when tombstones may go; the messages' own are inside.
  const horizon = (attributes & DELETE_HORIZON) !== 0;
  const exact = !horizon && (offset <= base || maxTime - baseTime <= SPAN_MS);
  if (compression === GZIP && !exact) {
    const unpacked = unpack(records);
    if (unpacked !== null) return timeOfRecord(unpacked, count, base, baseTime, offset);
  }
  if (horizon || baseTime < 0 || last <= base) return horizon ? Number.NaN : known(baseTime);
  const share = Math.max(0, offset - base) / (last - base);
  return known(baseTime + (maxTime - baseTime) * share);
}

/** Records lie one after the other: a length, attributes, and how far time and offset are from the batch's. */
function timeOfRecord(bytes: Buffer, count: number, base: number, baseTime: number, offset: number) {
  const cursor = new Cursor(bytes);
  for (let n = 0; n < count; n++) {
    const end = varint(cursor) + cursor.position;
    cursor.skip(1);
    const time = baseTime + varint(cursor);
    if (base + varint(cursor) >= offset) return known(time);
    cursor.skip(end - cursor.position);
  }
  return null; // compaction took the last ones
}

/** Formats 0 and 1, which brokers before 4.0 could still write. A wrapper of compressed ones is not unpacked. */
function timeOfOldMessage(message: Buffer): number {
  if (message.length < 26 || message[MAGIC_AT] === 0) return Number.NaN;
  const attributes = message[17]!;
  if ((attributes & COMPRESSION) !== 0 && (attributes & LOG_APPEND_TIME) === 0) return Number.NaN;
  return known(Number(message.readBigInt64BE(18)));
}

/** -1 stands for no time. */
function known(time: number): number {
  return time >= 0 ? time : Number.NaN;
}

function unpack(bytes: Buffer): Buffer | null {
  try {
    return gunzipSync(bytes, { maxOutputLength: UNPACKED_BYTES });
  } catch {
    return null; // too large, or not what it says it is
  }
}

/** Signed, up to 64 bits; as a double, exact up to 2^53. */
function varint(cursor: Cursor): number {
  let value = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = cursor.bytes[cursor.skip(1)]!;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  throw new WireError(`a number longer than 64 bits at ${cursor.position}`);
}

/**
 * Calls `visit` with the value of every message that is neither packed nor null, and returns the offset to read on from.
 */
export function visitValues(bytes: Buffer, from: number, visit: (value: Buffer) => void): number {
  let next = from;
  for (let start = 0; start + HEADER_V2 <= bytes.length; ) {
    const end = start + LENGTH_END + bytes.readInt32BE(start + 8);
    if (end > bytes.length) break; // the rest was cut off
    const batch = bytes.subarray(start, end);
    if (batch.length < HEADER_V2 || batch[MAGIC_AT] !== 2)
      throw new WireError("a record batch of another kind");
    start = end;
    const base = Number(batch.readBigInt64BE(0));
    next = Math.max(next, base + lastDelta(batch) + 1);
    if ((batch.readInt16BE(21) & (COMPRESSION | CONTROL)) !== 0) continue;
    const cursor = new Cursor(batch.subarray(HEADER_V2));
    for (let n = batch.readInt32BE(57); n > 0; n--) {
      const recordEnd = varint(cursor) + cursor.position;
      cursor.skip(1);
      varint(cursor); // time
      const offset = base + varint(cursor);
      cursor.skip(Math.max(0, varint(cursor))); // key
      const size = varint(cursor);
      if (size >= 0) {
        const valueAt = cursor.skip(size);
        if (offset >= from) visit(cursor.bytes.subarray(valueAt, valueAt + size));
      }
      cursor.skip(recordEnd - cursor.position);
    }
  }
  return next;
}
