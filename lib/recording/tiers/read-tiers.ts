import { join } from "node:path";
import type { SeriesMeasure } from "../../model/live.ts";
import type { EpochMs } from "../../model/reading.ts";
import { isUnreadable } from "../read-segments.ts";
import { Points } from "./points.ts";
import { type PointKind, TIERS, wholeSteps } from "./tier.ts";
import { TierFile } from "./tier-file.ts";
import { readIndex, type TierEntry, tiersOf } from "./tier-index.ts";

/** Of one entity, in steps that are a multiple of the finest tier's. */
export interface PointsAsked {
  readonly kind: PointKind;
  readonly entity: string;
  readonly measures: readonly SeriesMeasure[];
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly stepMs: number;
}

/** Somebody writes every few minutes. */
const TRIES = 3;
/** Files are remembered until all of them together are larger. */
const REMEMBERED_BYTES = 32e6;

/** Reads the tiers of a recording, while somebody else writes them. */
export class TierReader {
  private readonly tiers: string;
  private readonly files = new Map<string, TierFile>();

  /** @param onUnread a file is left out */
  constructor(
    folder: string,
    private readonly onUnread: (path: string, error: Error) => void,
  ) {
    this.tiers = tiersOf(folder);
  }

  /**
   * Where a coarse tier tells as much as is asked for it is read, and a finer one where that has nothing yet; one that is
   * coarser than what is asked for only where there is nothing else.
   *
   * @throws JournalError where the index of the files is not what was written
   */
  async points(points: PointsAsked): Promise<Points> {
    const asked = { ...points, ...wholeSteps(points) };
    for (let triesLeft = TRIES - 1; ; triesLeft--) {
      const { files } = await readIndex(this.tiers);
      try {
        return await this.pointsIn(files, asked);
      } catch (error) {
        // A file was put together with others meanwhile. One that is gone for good is said, not left out in silence.
        if ((error as NodeJS.ErrnoException).code !== "ENOENT" || triesLeft === 0) throw error;
      }
    }
  }

  private async pointsIn(files: readonly TierEntry[], asked: PointsAsked): Promise<Points> {
    const parts: Points[] = [];
    const covered: Span[] = [];
    for (const tier of byUse(asked.stepMs)) {
      const own = files.filter((file) => file.tier === tier.name && overlaps(file, asked));
      const before = [...covered];
      for (const file of own) {
        if (isCovered(file, asked, before)) continue;
        const opened = await this.open(file);
        const found = await opened?.pointsOf(asked.kind, asked.entity, asked.measures);
        if (found) parts.push(rowsIn(found, asked, before));
        covered.push(file);
      }
    }
    return Points.joined(parts).coarser(asked.stepMs);
  }

  /** Null: it cannot be read. */
  private async open({ path, sum }: TierEntry): Promise<TierFile | null> {
    const known = this.files.get(path);
    if (known !== undefined) {
      // The one that was read last goes last.
      this.files.delete(path);
      this.files.set(path, known);
      return known;
    }
    try {
      const file = await TierFile.open(join(this.tiers, path), sum);
      this.files.set(path, file);
      this.forget();
      return file;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      this.onUnread(path, error);
      return null;
    }
  }

  private forget(): void {
    let bytes = [...this.files.values()].reduce((sum, file) => sum + file.bytes, 0);
    for (const [path, file] of this.files) {
      if (bytes <= REMEMBERED_BYTES || this.files.size === 1) return;
      bytes -= file.bytes;
      this.files.delete(path);
    }
  }
}

interface Span {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

function byUse(stepMs: number) {
  const fine = TIERS.filter((tier) => tier.stepMs <= stepMs && stepMs % tier.stepMs === 0);
  return [...fine.reverse(), ...TIERS.filter((tier) => !fine.includes(tier))];
}

function overlaps(a: Span, b: Span): boolean {
  return a.from < b.to && b.from < a.to;
}

/** Whether all that is wanted of a file was read already. */
function isCovered(file: Span, asked: Span, covered: readonly Span[]): boolean {
  let from = Math.max(file.from, asked.from);
  const to = Math.min(file.to, asked.to);
  for (const span of [...covered].sort((a, b) => a.from - b.from)) {
    if (span.from <= from) from = Math.max(from, span.to);
  }
  return from >= to;
}

/** The rows of the span that is asked for, where nothing was read yet. */
function rowsIn(points: Points, { from, to }: Span, covered: readonly Span[]): Points {
  return points.where((t) => t >= from && t < to && !covered.some((span) => t >= span.from && t < span.to));
}
