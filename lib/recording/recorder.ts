import { randomUUID } from "node:crypto";
import { appendFile, type FileHandle, open } from "node:fs/promises";
import type { Clock } from "../async/clock.ts";
import type { EpochMs } from "../model/reading.ts";
import { type Entry, EntryWriter } from "./entry.ts";
import { eventLines, type LoggedEvent } from "./event-log.ts";
import { SegmentEncoder, type SourcesRecorded } from "./segment.ts";
import {
  bytesOf,
  eventsPathOf,
  listAllSegments,
  openFolder,
  pathOf,
  register,
  remove,
  type SegmentFile,
} from "./segment-files.ts";

/**
 * Positions × samples of a segment at most: whoever reads a moment reads its segment from the beginning. What a segment
 * begins with is small beside it.
 */
const SEGMENT_POSITIONS = 3e6;
/** A segment holds so much, and no more than this share of what all may take: the oldest goes as a whole. */
const SEGMENT_MS = 5 * 60_000;
const SEGMENT_SHARE = 1 / 8;
/** What is recorded is on disk, come what may, after this long at most, and a little more. */
const SYNC_MS = 1_000;
/** Where nothing can be written it is tried again after so long. */
const RETRY_MS = 10_000;
/** A disk that is so far behind does not keep up. */
const WAITING_MOST_BYTES = 64 << 20;

export interface RecorderOptions {
  readonly folder: string;
  readonly sources: SourcesRecorded;
  /** How long what was recorded is kept. */
  readonly keepMs: number;
  /** What all segments together take at most, also while one is written. */
  readonly maxBytes: number;
  /** How much of that is for others who write there; absent: nothing. */
  readonly reserved?: () => number;
  readonly clock: Clock;
  /** Recording stopped, and why; it goes on by itself. Null: it does again. */
  readonly onTrouble: (why: string | null) => void;
}

/** What goes to one file, from its first entry to its last. */
interface Segment {
  readonly entries: EntryWriter;
  readonly startedAt: EpochMs;
  /** By the clock that never goes back. */
  readonly began: number;
  /** Coded and not yet written. */
  waiting: Uint8Array[];
  waitingBytes: number;
  /** Positions of all samples in it. */
  positions: number;
  /** What happened, not yet written. */
  events: LoggedEvent[];
  isFull: boolean;
}

/** The file of the oldest segment, while it is written. */
interface OpenFile {
  readonly segment: Segment;
  readonly file: { number: number; path: string; bytes: number; writtenAt: EpochMs };
  readonly handle: FileHandle;
  readonly encoder: SegmentEncoder;
  syncedAt: number;
}

/**
 * Writes down what goes into the pipelines, in segments. Coding is all that it does at once; compressing and writing come
 * later, beside what samples. Whatever goes wrong with the disk stops the recording and nothing else.
 */
export class Recorder {
  private readonly run = randomUUID();
  /** Those that are to be written, the oldest first; entries go to the last one. */
  private segments: Segment[] = [];
  private files: SegmentFile[] | null = null;
  private open: OpenFile | null = null;
  private writing: Promise<void> | null = null;
  private restsUntil = Number.NEGATIVE_INFINITY;
  /** Of segments that only incidents still hold. */
  private incidentBytes = 0;
  private trouble: string | null = null;
  private isClosed = false;

  constructor(private readonly options: RecorderOptions) {}

  /** Takes an entry. Nothing of it may be written to later on: what its successor is compared with is itself. */
  write(entry: Entry): void {
    const { clock, folder } = this.options;
    if (this.isClosed || clock.elapsed() < this.restsUntil) return;
    const segment = this.segmentNow();
    try {
      const bytes = segment.entries.encode(entry);
      segment.waiting.push(bytes);
      segment.waitingBytes += bytes.length;
      if ("sample" in entry) segment.positions += entry.sample.layout.positions.count;
      if (segment.positions > SEGMENT_POSITIONS) segment.isFull = true;
    } catch (error) {
      this.rest(`What was sampled cannot be recorded: ${messageOf(error)}`);
      return;
    }
    const waiting = this.segments.reduce((sum, { waitingBytes }) => sum + waitingBytes, 0);
    if (waiting <= WAITING_MOST_BYTES) this.writing ??= this.writeWaiting();
    else this.rest(`The disk of ${folder} does not keep up with what is recorded.`);
  }

  /** Logs what happened, after the entry that tells it. */
  log(events: readonly LoggedEvent[]): void {
    this.segments.at(-1)?.events.push(...events);
  }

  /** Why nothing is recorded now; null: it is. */
  get troubled(): string | null {
    return this.trouble;
  }

  /** Resolves when all that was taken is written, or cannot be. */
  async written(): Promise<void> {
    await this.writing;
  }

  /** The same, and it is on disk; nothing is taken any more. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const segment of this.segments) segment.isFull = true;
    await this.writing;
    this.writing ??= this.writeWaiting();
    await this.writing;
  }

  private segmentNow(): Segment {
    const { clock } = this.options;
    const last = this.segments.at(-1);
    if (last !== undefined && !last.isFull && clock.elapsed() - last.began < SEGMENT_MS) return last;
    if (last !== undefined) last.isFull = true;
    const [startedAt, began] = [clock.now(), clock.elapsed()];
    const next = {
      entries: new EntryWriter(),
      startedAt,
      began,
      waiting: [],
      waitingBytes: 0,
      events: [],
      positions: 0,
      isFull: false,
    };
    this.segments.push(next);
    return next;
  }

  /** All that waits, and what comes meanwhile. */
  private async writeWaiting(): Promise<void> {
    try {
      for (;;) {
        const segment = this.segments[0];
        // It was full, or is let go of.
        if (this.open !== null && this.open.segment !== segment) await this.finish(this.open);
        if (segment === undefined) break;
        if (segment.waiting.length > 0) await this.writeBatch(segment);
        else if (!segment.isFull) break;
        else this.segments = this.segments.filter((each) => each !== segment);
      }
      this.recover();
    } catch (error) {
      this.rest(`Nothing is recorded in ${this.options.folder}: ${messageOf(error)}`);
      await this.letGo();
    } finally {
      this.writing = null;
    }
  }

  private async writeBatch(segment: Segment): Promise<void> {
    const { clock, maxBytes } = this.options;
    this.open ??= await this.begin(segment);
    const { file, handle, encoder } = this.open;
    const records = segment.waiting;
    segment.waiting = [];
    segment.waitingBytes = 0;
    const bytes = await encoder.add(records);
    await this.makeRoom(bytes.length);
    await handle.appendFile(bytes);
    file.bytes += bytes.length + (await this.writeEvents(segment, file.path));
    file.writtenAt = clock.now();
    if (file.bytes > maxBytes * SEGMENT_SHARE) segment.isFull = true;
    if (clock.elapsed() - this.open.syncedAt < SYNC_MS) return;
    await handle.datasync();
    this.open.syncedAt = clock.elapsed();
  }

  /** So many bytes. */
  private async writeEvents(segment: Segment, path: string): Promise<number> {
    if (segment.events.length === 0) return 0;
    const lines = Buffer.from(eventLines(segment.events.splice(0)));
    await this.makeRoom(lines.length);
    await appendFile(eventsPathOf(path), lines);
    return lines.length;
  }

  private async begin(segment: Segment): Promise<OpenFile> {
    const { folder, clock } = this.options;
    this.files ??= await openFolder(folder);
    const all = await listAllSegments(folder);
    const number = (all.at(-1)?.number ?? 0) + 1;
    const own = new Set(this.files.map((file) => file.number));
    this.incidentBytes = bytesOf(all.filter((file) => !own.has(file.number)));
    const path = pathOf(folder, number);
    const handle = await open(path, "wx");
    const file = { number, path, bytes: 0, writtenAt: clock.now() };
    this.files.push(file);
    const { startedAt } = segment;
    const encoder = new SegmentEncoder({ startedAt, run: this.run, sources: this.options.sources });
    return { segment, file, handle, encoder, syncedAt: clock.elapsed() };
  }

  /** Nothing more comes to this file. */
  private async finish({ segment, file, handle, encoder }: OpenFile): Promise<void> {
    this.open = null;
    encoder.close();
    file.bytes += await this.writeEvents(segment, file.path);
    await handle.datasync().finally(() => handle.close());
    file.path = await register(this.options.folder, file.path);
  }

  /** Removes what is too old, and the oldest beyond that until there is room for so many bytes more. */
  private async makeRoom(more: number): Promise<void> {
    const { clock, keepMs, reserved = () => 0 } = this.options;
    const maxBytes = this.options.maxBytes - reserved();
    const files = this.files ?? [];
    let bytes = bytesOf(files) + this.incidentBytes + more;
    // The last one is being written.
    while (files.length > 1 && (bytes > maxBytes || clock.now() - files[0]!.writtenAt > keepMs)) {
      const [oldest] = files.splice(0, 1);
      const isKept = await remove(oldest!.path);
      if (isKept) this.incidentBytes += oldest!.bytes;
      else bytes -= oldest!.bytes;
    }
    if (bytes > maxBytes) {
      throw new Error(
        this.incidentBytes > 0
          ? `${maxBytes} bytes (maxBytes) are not enough: marked incidents take ${this.incidentBytes} of them.`
          : `${maxBytes} bytes (maxBytes) are not enough for what is sampled at once.`,
      );
    }
  }

  /** Lets go of all that waits, and of all that comes for a while. */
  private rest(why: string): void {
    const { clock, onTrouble } = this.options;
    this.segments = [];
    this.restsUntil = clock.elapsed() + RETRY_MS;
    if (this.trouble === null) onTrouble(why);
    this.trouble = why;
  }

  /** What was written of a segment stays, and is read as far as it goes; its place is looked at anew. */
  private async letGo(): Promise<void> {
    const { open } = this;
    this.open = null;
    this.files = null;
    open?.encoder.close();
    await open?.handle.close().catch(() => {});
  }

  private recover(): void {
    if (this.trouble === null || this.options.clock.elapsed() < this.restsUntil) return;
    this.trouble = null;
    this.options.onTrouble(null);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
