import { SampleCodecError } from "../sample/codec/form/sample-codec-error.ts";
import type { Layout } from "../sample/layout.ts";
import type { Sample } from "../sample/sample.ts";
import { type Entry, EntryReader } from "./entry.ts";
import { JournalError } from "./journal-error.ts";
import { readHeader, readRecords, type SegmentHeader } from "./segment.ts";
import { pathNow, type SegmentFile } from "./segment-files.ts";

/** Layouts of one run count up from 1; those of runs before it are far below, each run in a range of its own. */
const VERSIONS_A_RUN = 1e6;
const RUNS = 1e6;

/** Is told of each segment that cannot be read, or not to its end. */
export type OnUnread = (path: string, error: JournalError | SampleCodecError) => void;

/**
 * What was recorded in some segments, in its order. Layouts have versions below those of a run that begins now.
 *
 * @param isWanted whether entries of a source are, by what their segment says of it; absent: all of them
 */
export async function* readSegments(
  segments: readonly SegmentFile[],
  onUnread: OnUnread,
  isWanted: (source: string, header: SegmentHeader) => boolean = () => true,
): AsyncGenerator<Entry> {
  let run: string | null = null;
  let runs = 0;
  for (const segment of segments) {
    const path = await pathNow(segment);
    try {
      const header = await readHeader(path);
      if (header.run !== run) runs++;
      run = header.run;
      const reader = new EntryReader();
      const reversion = createReversion((runs - RUNS) * VERSIONS_A_RUN);
      for await (const record of readRecords(path)) {
        const entry = reader.decode(record);
        if (!("source" in entry) || isWanted(entry.source, header)) yield reversion(entry);
      }
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      onUnread(path, error);
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
