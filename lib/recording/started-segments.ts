import type { EpochMs } from "../model/reading.ts";
import { isUnreadable, type OnUnread } from "./read-segments.ts";
import { readHeader, type SegmentHeader } from "./segment.ts";
import { listAllSegments, pathNow, type SegmentFile } from "./segment-files.ts";

/** A segment of which it is known when it began. */
export interface Started {
  readonly file: SegmentFile;
  readonly header: SegmentHeader;
}

/** Finds the segments of a folder whose beginning can be read. */
export class StartedSegments {
  private readonly headers = new Map<number, SegmentHeader | null>();

  constructor(
    private readonly folder: string,
    private readonly onUnread: OnUnread,
  ) {}

  /** In the order in which they were written; those that are there now. */
  async list(): Promise<Started[]> {
    const started: Started[] = [];
    for (const file of await listAllSegments(this.folder)) {
      const header = await this.headerOf(file);
      if (header !== null) started.push({ file, header });
    }
    return started;
  }

  private async headerOf(file: SegmentFile): Promise<SegmentHeader | null> {
    const known = this.headers.get(file.number);
    if (known !== undefined) return known;
    const path = await pathNow(file);
    try {
      const header = await readHeader(path);
      this.headers.set(file.number, header);
      return header;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      if (!isUnreadable(error)) throw error;
      // One that has just been begun has no header yet.
      if (!path.endsWith(".part")) {
        this.headers.set(file.number, null);
        this.onUnread(path, error);
      }
      return null;
    }
  }
}

/** Those of a span: each goes until the next one begins. */
export function segmentsOfSpan(started: readonly Started[], from: EpochMs, to: EpochMs): Started[] {
  return started.filter(({ header }, i) => {
    const next = started[i + 1]?.header.startedAt ?? Number.POSITIVE_INFINITY;
    return header.startedAt <= to && next >= from;
  });
}
