import type { EpochMs } from "../model/reading.ts";
import { SampleCodecError } from "../sample/codec/form/sample-codec-error.ts";
import type { Layout } from "../sample/layout.ts";
import type { Sample } from "../sample/sample.ts";
import { type Entry, EntryReader } from "./entry.ts";
import { JournalError } from "./journal-error.ts";
import { readHeader, readRecords, type SourcesRecorded } from "./segment.ts";
import { listSegments } from "./segment-files.ts";

/** Layouts of one run count up from 1; those of runs before it are far below, each run in a range of its own. */
const VERSIONS_A_RUN = 1e6;
const RUNS = 1e6;

/**
 * What was recorded in a folder since a moment, in its order; somewhat more, as segments begin with all that is needed to
 * read them. Layouts have versions below those of a run that begins now.
 *
 * @param sources what is sampled now: what was another source of the same name then is left out
 * @param onUnread of each segment that cannot be read, or not to its end
 */
export async function* readSegments(
  folder: string,
  since: EpochMs,
  sources: SourcesRecorded,
  onUnread: (path: string, error: JournalError | SampleCodecError) => void,
): AsyncGenerator<Entry> {
  let run: string | null = null;
  let runs = 0;
  for (const { path, writtenAt } of await listSegments(folder)) {
    // By the clock of the disk, which is what the others were dated by.
    if (writtenAt < since) continue;
    try {
      const header = await readHeader(path);
      if (header.run !== run) runs++;
      run = header.run;
      const reader = new EntryReader();
      const reversion = createReversion((runs - RUNS) * VERSIONS_A_RUN);
      for await (const record of readRecords(path)) {
        const entry = reader.decode(record);
        if (!("source" in entry) || header.sources[entry.source] === sources[entry.source])
          yield reversion(entry);
      }
    } catch (error) {
      if (!(error instanceof JournalError || error instanceof SampleCodecError)) throw error;
      onUnread(path, error);
    }
  }
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
