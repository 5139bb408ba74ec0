import { isDeepStrictEqual } from "node:util";
import type { EpochMs } from "../../model/reading.ts";
import type { PastOptions } from "../past.ts";
import { readSegments, sameAs } from "../read-segments.ts";
import { replay } from "../replay.ts";
import { type Started, StartedSegments } from "../started-segments.ts";
import { Buckets, gatherFrom } from "./buckets.ts";
import { keepTiers } from "./keep-tiers.ts";
import { FINEST, type TierName } from "./tier.ts";

/** So many values are gathered before they are written. */
const WRITE_CELLS = 1e6;
const FOREVER: Readonly<Record<TierName, number>> = {
  ...{ "10s": Number.POSITIVE_INFINITY, "1m": Number.POSITIVE_INFINITY, "10m": Number.POSITIVE_INFINITY },
};

/**
 * Makes the tiers of what is recorded in a folder, all of it, beside it: for a recording that was made elsewhere.
 *
 * @throws what reading or writing the disk throws
 */
export async function gatherRecording({ folder, assemble, onUnread }: PastOptions): Promise<void> {
  const started = await new StartedSegments(folder, onUnread).list();
  for (const segments of bySources(started)) {
    const { sources } = segments[0]!.header;
    const { pipelines, store } = assemble(sources);
    let buckets = new Buckets();
    let until = Number.NEGATIVE_INFINITY;
    const write = async (to: EpochMs) => {
      const keep = { folder, keepMs: FOREVER, maxBytes: Number.POSITIVE_INFINITY };
      await keepTiers({ ...keep, buckets: buckets.all, until: to });
      buckets = new Buckets();
    };
    gatherFrom(pipelines, store, (...seen) => buckets.add(...seen));
    store.addSink((at) => {
      until = at;
    });
    const files = segments.map(({ file }) => file);
    for await (const entry of readSegments(files, onUnread, sameAs(sources))) {
      replay(entry, pipelines, store);
      if (buckets.size > WRITE_CELLS) await write(until);
    }
    // All of it is over: what is in pieces is put together.
    if (buckets.all.length > 0) await write(until + 2 * FINEST.wholeMs);
  }
}

/** Segments one after the other that are of the same sources. */
function bySources(started: readonly Started[]): Started[][] {
  const runs: Started[][] = [];
  for (const each of started) {
    const run = runs.at(-1);
    if (run !== undefined && isDeepStrictEqual(run[0]!.header.sources, each.header.sources)) run.push(each);
    else runs.push([each]);
  }
  return runs;
}
