import { Cursor, WireError } from "./cursor.ts";
import type { AbortedTransaction } from "./fetch.ts";

/** Record batches, format 2: the parts of a header that tell whether a message in it will ever be shown. */
const HEADER = 61;
const SIZE_AT = 8;
const MAGIC_AT = 16;
const ATTRIBUTES_AT = 21;
const LAST_AT = 23;
const PRODUCER_AT = 43;
const COUNT_AT = 57;
/** Bytes before those that the batch's own size counts. */
const SIZE_END = 12;
const TRANSACTIONAL = 0b1_0000;
const CONTROL = 0b10_0000;

export interface UnreadableRun {
  /** Nothing between where it began and this offset is ever shown to a reader of committed transactions. */
  readonly next: number;
  /** At `next` there is a message that is. False: the bytes end there. */
  readonly readable: boolean;
  /** Transactions were seen. */
  readonly transactional: boolean;
  /** Up to here there are markers only, which nobody is ever shown: not even a reader of what was aborted. */
  readonly blank: number;
  /** Messages that a reader of committed transactions is shown up to `seen`, where the bytes end. */
  readonly count: number;
  readonly seen: number;
}

/**
 * How far nothing can be read from `offset` on: transaction markers take an offset each, and messages of an aborted
 * transaction are never shown, so that a consumer that has read everything may stand before any number of them. Only
 * headers are read, so that a batch that is cut short tells as much as a whole one.
 *
 * @param bytes the records of a Fetch answer for a reader of committed transactions
 * @param aborted the transactions it names
 */
export function unreadableRun(
  bytes: Buffer,
  offset: number,
  aborted: readonly AbortedTransaction[],
): UnreadableRun {
  /** Where the last transaction of a producer ended: one that is told as aborted and began before it is over. */
  const ended = new Map<number, number>();
  let next = offset;
  let blank = offset;
  let seen = offset;
  let count = 0;
  let readable = false;
  let transactional = false;
  for (let start = 0; start + HEADER <= bytes.length; ) {
    const header = new Cursor(bytes.subarray(start, start + HEADER));
    const base = header.int64();
    if (bytes[start + MAGIC_AT]! < 2) {
      readable = true; // without a count in its header
      break;
    }
    const attributes = bytes.readInt16BE(start + ATTRIBUTES_AT);
    const last = base + bytes.readInt32BE(start + LAST_AT);
    header.position = PRODUCER_AT;
    const producer = header.int64();
    const records = bytes.readInt32BE(start + COUNT_AT);
    const size = bytes.readInt32BE(start + SIZE_AT);
    if (size < HEADER - SIZE_END || last < base) throw new WireError(`a record batch of ${size} bytes`);
    start += SIZE_END + size;
    const isControl = (attributes & CONTROL) !== 0;
    if (isControl) ended.set(producer, base);
    if (last < offset) continue;
    transactional ||= (attributes & (TRANSACTIONAL | CONTROL)) !== 0;
    const isAborted =
      (attributes & TRANSACTIONAL) !== 0 &&
      aborted.some(
        ({ producer: of, from }) => of === producer && from <= base && from > (ended.get(producer) ?? -1),
      );
    const isBlank = isControl || records <= 0;
    if (isBlank && blank === seen) blank = last + 1;
    if (!isBlank && !isAborted) {
      if (!readable) next = Math.max(next, base);
      readable = true;
      count += Math.min(records, last - Math.max(base, offset) + 1);
    }
    seen = last + 1;
    if (!readable) next = seen;
  }
  return { next, readable, transactional, blank, count, seen };
}
