import { WINDOW_MS } from "../model/live.ts";
import { EntryReader } from "./entry.ts";
import { isUnreadable } from "./read-segments.ts";
import { readRecords } from "./segment.ts";
import { pathNow, type SegmentFile } from "./segment-files.ts";

/**
 * Positions × seconds that are read for one moment: each takes about half a microsecond to read and to judge. Whoever asks
 * waits for it.
 */
const MOST_POSITION_SECONDS = 12e6;
const LEAST_MS = 20_000;
/** All sources are among the first entries of a segment. */
const FIRST_ENTRIES = 50;

/** How much before a moment is read for its pages: a quarter of an hour, less where so much is sampled that it takes too long. */
export function readWindowMs(positions: number): number {
  const seconds = MOST_POSITION_SECONDS / Math.max(1, positions);
  return Math.max(LEAST_MS, Math.min(WINDOW_MS, seconds * 1_000));
}

/** How many positions a segment is of, over all its sources. */
export async function positionsIn(file: SegmentFile): Promise<number> {
  const positions = new Map<string, number>();
  const reader = new EntryReader();
  let entries = 0;
  try {
    for await (const record of readRecords(await pathNow(file))) {
      const entry = reader.decode(record);
      if (entry.kind === "sample") {
        // The next round of samples is of the same.
        if (positions.has(entry.source)) break;
        positions.set(entry.source, entry.sample.layout.positions.count);
      }
      if (++entries >= FIRST_ENTRIES) break;
    }
  } catch (error) {
    // What cannot be read is told by whoever reads all of it.
    if (!isUnreadable(error) && (error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return [...positions.values()].reduce((sum, count) => sum + count, 0);
}
