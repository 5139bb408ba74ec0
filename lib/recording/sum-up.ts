import type { KeptTier } from "../model/kept.ts";
import type { EpochMs } from "../model/reading.ts";
import { isUnreadable } from "./read-segments.ts";
import { positionsIn, readWindowMs } from "./read-window.ts";
import { readHeader } from "./segment.ts";
import { bytesOf, listAllSegments, type SegmentFile } from "./segment-files.ts";
import { TIERS } from "./tiers/tier.ts";
import { readIndex, tiersOf } from "./tiers/tier-index.ts";

export interface RecordingSum {
  /** When the oldest of it began, and the newest was written; null: there is none. */
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
  readonly tiers: readonly KeptTier[];
  /** Of all of it. */
  readonly bytes: number;
  /** Of the newest hour, at most; null: it is too little to tell. */
  readonly bytesPerDay: number | null;
  /** How much before a moment is read for its pages, ms. */
  readonly windowMs: number;
}

const DAY_MS = 86_400_000;
/** Twelve segments of five minutes. */
const NEWEST = 12;
/** Of less, what a segment begins with is most of it. */
const TELLS_MS = 60_000;

/** What is recorded in a folder. */
export async function sumUp(folder: string): Promise<RecordingSum> {
  return createSumUp(folder)();
}

/** The same, again and again: what is known of a segment is not read twice. */
export function createSumUp(folder: string): () => Promise<RecordingSum> {
  const known = new Map<number, number>();
  return async () => {
    const files = await listAllSegments(folder);
    const newest = files.at(-1);
    let positions = newest === undefined ? 0 : known.get(newest.number);
    if (positions === undefined) {
      positions = await positionsIn(newest!);
      known.clear();
      // One that has just begun holds nothing yet.
      if (positions > 0) known.set(newest!.number, positions);
    }
    const [sum, tiers] = await Promise.all([sumOfFiles(files), sumOfTiers(folder)]);
    const bytes = sum.bytes + bytesOf(tiers);
    return { ...sum, bytes, tiers, windowMs: readWindowMs(positions) };
  };
}

async function sumOfTiers(folder: string): Promise<KeptTier[]> {
  const { files } = await readIndex(tiersOf(folder)).catch((error: unknown) => {
    // Whoever writes it says so, and begins anew.
    if (isUnreadable(error)) return { files: [] };
    throw error;
  });
  return TIERS.map(({ name, stepMs }) => {
    const own = files.filter(({ tier }) => tier === name);
    return {
      ...{ stepMs, bytes: bytesOf(own) },
      from: own.length === 0 ? null : Math.min(...own.map(({ first }) => first)),
      to: own.length === 0 ? null : Math.max(...own.map(({ last }) => last)) + stepMs,
    };
  });
}

async function sumOfFiles(files: readonly SegmentFile[]): Promise<Omit<RecordingSum, "windowMs" | "tiers">> {
  const newest = files.slice(-NEWEST);
  const first = newest[0] === undefined ? null : await startOf(newest[0]);
  const to = newest.at(-1)?.writtenAt ?? null;
  const spanMs = first === null || to === null ? 0 : to - first;
  return {
    from: await firstStart(files),
    to,
    bytes: bytesOf(files),
    bytesPerDay: spanMs < TELLS_MS ? null : Math.round((bytesOf(newest) / spanMs) * DAY_MS),
  };
}

async function firstStart(files: readonly SegmentFile[]): Promise<EpochMs | null> {
  for (const file of files) {
    const start = await startOf(file);
    if (start !== null) return start;
  }
  return null;
}

async function startOf({ path }: SegmentFile): Promise<EpochMs | null> {
  try {
    return (await readHeader(path)).startedAt;
  } catch (error) {
    if (!isUnreadable(error) && (error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return null;
  }
}
