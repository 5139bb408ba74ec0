/**
 * A few minutes of what was recorded, in one file that is only ever appended to:
 *
 *   4 bytes      "SSJ" and the version
 *   4 + 4 bytes  length and CRC-32 of the header
 *   header       JSON: `SegmentHeader`
 *   the rest     one raw deflate stream, flushed to a whole byte after each batch; in it one record after the other:
 *                length and CRC-32 (4 + 4) and its bytes. The CRC goes on from that of the record before, the first from
 *                that of the header: none can be missing, or come twice, or be made of zeros
 *
 * One stream, because a sample looks much like the one before it: the demo's take two thirds of what they would alone. A
 * file that was cut anywhere is read up to its last whole record. Numbers are little-endian.
 */
import { createReadStream } from "node:fs";
import { constants, createDeflateRaw, createInflateRaw } from "node:zlib";
import type { EpochMs } from "../model/reading.ts";
import { checksum } from "../sample/codec/form/checksum.ts";
import { JournalError } from "./journal-error.ts";

const MAGIC = "SSJ";
const VERSION = 2;
const FRAME_BYTES = 8;
const START_BYTES = MAGIC.length + 1 + FRAME_BYTES;
/** Nobody wrote a header or a record larger than this: the length is none. */
const MAX_HEADER_BYTES = 1 << 20;
const MAX_RECORD_BYTES = 1 << 28;
/** Beyond this the CPU that is spent saves next to nothing. */
const LEVEL = 6;

/** What was sampled, by the id of the source. */
export type SourcesRecorded = Readonly<Record<string, SourceRecorded>>;

export interface SourceRecorded {
  /** Its kind and where it was: another one is another source, whatever its id. */
  readonly is: string;
  /** Plain data: what is needed to make of its samples what was made of them then. Whoever assembles pipelines knows it. */
  readonly settings: object;
}

export interface SegmentHeader {
  /** When its first record was written. */
  readonly startedAt: EpochMs;
  /** Tells the runs of Streamside apart: each begins to count its layouts anew. */
  readonly run: string;
  readonly sources: SourcesRecorded;
}

/** The bytes of a segment, piece by piece, as they are to be appended to its file. */
export class SegmentEncoder {
  private readonly deflate = createDeflateRaw({ level: LEVEL });
  private readonly out: Buffer[] = [];
  private sum: number;

  constructor(header: SegmentHeader) {
    const json = Buffer.from(JSON.stringify(header));
    this.sum = checksum(json);
    this.out.push(Buffer.from([...Buffer.from(MAGIC), VERSION]), frame(json, this.sum), json);
    this.deflate.on("data", (bytes: Buffer) => this.out.push(bytes));
  }

  /** What these records add to the file, the header with the first of them. Compressed beside the main thread. */
  async add(records: readonly Uint8Array[]): Promise<Buffer> {
    for (const record of records) {
      this.sum = checksum(record, this.sum);
      this.deflate.write(frame(record, this.sum));
      this.deflate.write(record);
    }
    await new Promise<void>((resolve) => this.deflate.flush(constants.Z_SYNC_FLUSH, resolve));
    return Buffer.concat(this.out.splice(0));
  }

  close(): void {
    this.deflate.close();
  }
}

function frame(bytes: Uint8Array, sum: number): Buffer {
  const framed = Buffer.allocUnsafe(FRAME_BYTES);
  framed.writeUInt32LE(bytes.length);
  framed.writeUInt32LE(sum, 4);
  return framed;
}

/** Reads the header of the segment in a file. Throws `JournalError`, and whatever reading the file throws. */
export async function readHeader(path: string): Promise<SegmentHeader> {
  return (await readStart(path)).header;
}

/**
 * The records of the segment in a file, as far as they are whole and what was written. A file that ends too early is what a
 * kill leaves: they end there. Where it is damaged, what follows the last good one is a `JournalError`.
 */
export async function* readRecords(path: string): AsyncGenerator<Buffer> {
  const start = await readStart(path);
  // A cut stream is flushed as far as it goes, instead of being an error.
  const inflate = createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH });
  const file = createReadStream(path, { start: start.length });
  file.once("error", (error) => inflate.destroy(error));
  file.pipe(inflate);
  let whole = 0;
  let before = start.sum;
  const damaged = () =>
    new JournalError(
      "DAMAGED",
      `${path} is damaged after ${whole} entries; what was recorded until then is good.`,
    );
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of inflate as AsyncIterable<Buffer>) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      while (rest.length - at >= FRAME_BYTES) {
        const [bytes, sum] = [rest.readUInt32LE(at), rest.readUInt32LE(at + 4)];
        if (bytes > MAX_RECORD_BYTES) throw damaged();
        const end = at + FRAME_BYTES + bytes;
        if (rest.length < end) break;
        const record = rest.subarray(at + FRAME_BYTES, end);
        if (checksum(record, before) !== sum) throw damaged();
        yield record;
        whole++;
        before = sum;
        at = end;
      }
      rest = rest.subarray(at);
    }
  } catch (error) {
    throw isZlibError(error) ? damaged() : error;
  } finally {
    file.destroy();
    inflate.destroy();
  }
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
}

/** The header with its checksum, and how many bytes it takes with all before it. */
async function readStart(path: string): Promise<{ header: SegmentHeader; sum: number; length: number }> {
  const start = await readBytes(path, 0, START_BYTES);
  if (start.length < START_BYTES || start.toString("latin1", 0, MAGIC.length) !== MAGIC) {
    throw new JournalError("NOT_A_RECORDING", `${path} is no recording of Streamside.`);
  }
  if (start[MAGIC.length] !== VERSION) {
    throw new JournalError(
      "UNKNOWN_VERSION",
      `${path} was recorded by another version of Streamside, in form ${start[MAGIC.length]}; this one reads form ${VERSION}.`,
    );
  }
  const [bytes, sum] = [start.readUInt32LE(MAGIC.length + 1), start.readUInt32LE(MAGIC.length + 5)];
  const json = await readBytes(path, START_BYTES, Math.min(bytes, MAX_HEADER_BYTES));
  if (json.length !== bytes || checksum(json) !== sum) {
    throw new JournalError("DAMAGED", `${path} is damaged: its header is not what was written.`);
  }
  return { header: JSON.parse(json.toString()) as SegmentHeader, sum, length: START_BYTES + bytes };
}

async function readBytes(path: string, start: number, count: number): Promise<Buffer> {
  if (count === 0) return Buffer.alloc(0);
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path, { start, end: start + count - 1 })) chunks.push(chunk);
  return Buffer.concat(chunks);
}
