import { SampleCodecError } from "../sample/codec/form/sample-codec-error.ts";
import type { Layout } from "../sample/layout.ts";
import type { Sample } from "../sample/sample.ts";
import { type Entry, EntryReader } from "./entry.ts";
import { JournalError } from "./journal-error.ts";
import { readHeader, readRecords, type SegmentHeader, type SourcesRecorded } from "./segment.ts";
import { pathNow, type SegmentFile } from "./segment-files.ts";

/** Layouts of one run count up from 1; those of runs before it are far below, each run in a range of its own. */
const VERSIONS_A_RUN = 1e6;
const RUNS = 1e6;

/** Is told of each segment that cannot be read, or not to its end. */
export type OnUnread = (path: string, error: JournalError | SampleCodecError) => void;

/** Whether entries of a source are wanted, by what their segment says of it. */
export type IsWanted = (source: string, header: SegmentHeader) => boolean;

/** Those that are the same as these, whatever was recorded under their ids. */
export function sameAs(sources: SourcesRecorded): IsWanted {
  return (source, header) => header.sources[source]?.is === sources[source]?.is;
}

/** What was recorded in some segments, in its order. Layouts have versions below those of a run that begins now. */
export async function* readSegments(
  segments: readonly SegmentFile[],
  onUnread: OnUnread,
  isWanted?: IsWanted,
): AsyncGenerator<Entry> {
  const reader = new SegmentReader(segments, onUnread, isWanted);
  for (let entry = await reader.next(); entry !== null; entry = await reader.next()) yield entry;
}

/** A segment that is being read. */
interface Opened {
  readonly records: AsyncGenerator<Buffer>;
  readonly header: SegmentHeader;
  readonly entries: EntryReader;
  readonly reversion: (entry: Entry) => Entry;
  /** Records that were read of it. */
  count: number;
}

/** The same, entry by entry; at its end it can go on with what has come since. */
export class SegmentReader {
  private index = 0;
  private opened: Opened | null = null;
  private run: string | null = null;
  private runs = 0;

  constructor(
    private segments: readonly SegmentFile[],
    private readonly onUnread: OnUnread,
    private readonly isWanted: IsWanted = () => true,
  ) {}

  /** Null: that is all there was when its segments were listed. */
  async next(): Promise<Entry | null> {
    while (this.index < this.segments.length) {
      const path = await pathNow(this.segments[this.index]!);
      try {
        this.opened ??= await this.open(path);
        const entry = await this.nextIn(this.opened);
        if (entry !== null) return entry;
        // The last one may grow.
        if (this.index === this.segments.length - 1) return null;
      } catch (error) {
        if (!isUnreadable(error)) throw error;
        this.onUnread(path, error);
      }
      this.opened = null;
      this.index++;
    }
    return null;
  }

  /** Goes on with these, which are those it has and what came after them. */
  async extend(segments: readonly SegmentFile[]): Promise<void> {
    const current = this.segments[this.index]?.number ?? this.segments.at(-1)?.number ?? -1;
    const found = segments.findIndex(({ number }) => number >= current);
    this.segments = segments;
    // What was damaged is left behind for good.
    const isOver = this.opened === null;
    this.index =
      found < 0 ? segments.length : found + (isOver && segments[found]!.number === current ? 1 : 0);
    if (this.opened === null || segments[found]?.number !== current) {
      this.opened = null;
      return;
    }
    const { count } = this.opened;
    const records = readRecords(await pathNow(segments[found]!));
    for (let known = 0; known < count; known++) await records.next();
    this.opened = { ...this.opened, records };
  }

  /** Lets go of the file that it reads; nothing can be read any more. */
  async close(): Promise<void> {
    this.segments = [];
    await this.opened?.records.return(undefined);
    this.opened = null;
  }

  private async open(path: string): Promise<Opened> {
    const header = await readHeader(path);
    if (header.run !== this.run) this.runs++;
    this.run = header.run;
    return {
      ...{ records: readRecords(path), header, entries: new EntryReader(), count: 0 },
      reversion: createReversion((this.runs - RUNS) * VERSIONS_A_RUN),
    };
  }

  private async nextIn(opened: Opened): Promise<Entry | null> {
    for (;;) {
      const { done, value } = await opened.records.next();
      if (done) return null;
      opened.count++;
      const entry = opened.entries.decode(value);
      if (!("source" in entry) || this.isWanted(entry.source, opened.header)) return opened.reversion(entry);
    }
  }
}

export function isUnreadable(error: unknown): error is JournalError | SampleCodecError {
  return error instanceof JournalError || error instanceof SampleCodecError;
}

/** Entries with versions of layouts that begin there; a layout that is the same stays the same. */
function createReversion(from: number): (entry: Entry) => Entry {
  const made = new WeakMap<Layout, Layout>();
  const reversioned = (sample: Sample): Sample => {
    let layout = made.get(sample.layout);
    if (layout === undefined) {
      layout = { ...sample.layout, version: sample.layout.version + from };
      made.set(sample.layout, layout);
    }
    return { ...sample, layout };
  };
  return (entry) => ("sample" in entry ? { ...entry, sample: reversioned(entry.sample) } : entry);
}
