import type { SeriesBlock } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import { BlockPool, CHUNK_POINTS, SeriesChunk } from "./series-chunk.ts";

const ROWS_AT_FIRST = 16;
const GROWTH = 1.5;
/** A point stands for so many intervals where the next one does not come. */
const LATE_INTERVALS = 1.5;

/**
 * The live window of many series on one time axis: a ring of points, `measures` values each. Series are found by id,
 * so they outlive changes of topology. Values are 32-bit floats; NaN is a gap. What shows one value all the time costs
 * next to nothing.
 */
export class SeriesTable {
  private readonly times: Float64Array;
  private readonly pool = new BlockPool();
  private readonly chunks: readonly SeriesChunk[];
  private readonly rows = new Map<string, number>();
  private readonly freeRows: number[] = [];
  private capacity = 0;
  /** Those that were written together last, and where they are. */
  private lastIds: readonly string[] = [];
  private lastRows: readonly number[] = [];
  /** Points ever begun; the newest is `count - 1`. */
  private count = 0;

  constructor(
    readonly measures: readonly string[],
    readonly points: number,
  ) {
    // One more, because the newest is not full yet.
    const chunks = Math.ceil(points / CHUNK_POINTS) + 1;
    this.chunks = Array.from({ length: chunks }, () => new SeriesChunk(this.pool));
    this.times = new Float64Array(chunks * CHUNK_POINTS);
  }

  /** Begins the next point: every series has a gap there until `set` fills it. */
  begin(at: EpochMs): void {
    if (this.count % CHUNK_POINTS === 0) this.chunkOf(this.count).clearAll();
    this.times[this.count % this.times.length] = at;
    this.count++;
  }

  /** Writes one value of the newest point. */
  set(id: string, measure: number, value: number): void {
    const newest = this.count - 1;
    this.chunkOf(newest).set(this.cellOf(this.rowFor(id), measure), newest % CHUNK_POINTS, value);
  }

  /** Writes one value of the newest point of many series: by measure, then in the order of `ids`. */
  setAll(ids: readonly string[], columns: readonly Float64Array[]): void {
    // The same array is of the same series.
    if (ids !== this.lastIds) {
      this.lastRows = ids.map((id) => this.rowFor(id));
      this.lastIds = ids;
    }
    const newest = this.count - 1;
    const chunk = this.chunkOf(newest);
    for (let series = 0; series < ids.length; series++) {
      for (let measure = 0; measure < columns.length; measure++) {
        const cell = this.cellOf(this.lastRows[series]!, measure);
        chunk.set(cell, newest % CHUNK_POINTS, columns[measure]![series]!);
      }
    }
  }

  /** Forgets series whose id is not in `ids`. */
  retain(ids: ReadonlySet<string>): void {
    const width = this.measures.length;
    for (const [id, row] of this.rows) {
      if (ids.has(id)) continue;
      for (const chunk of this.chunks) chunk.clear(row * width, (row + 1) * width);
      this.rows.delete(id);
      this.freeRows.push(row);
    }
    this.lastIds = [];
  }

  /** The points newer than `after` of some series, oldest first, columns named by `name`. */
  block(
    ids: readonly string[],
    after: EpochMs,
    name: (id: string, measure: string) => string = (_id, measure) => measure,
  ): SeriesBlock {
    const points: number[] = [];
    for (let point = this.oldest; point < this.count; point++) {
      if (this.timeOf(point) > after) points.push(point);
    }
    const columns: Record<string, (number | null)[]> = {};
    for (const id of ids) {
      const row = this.rows.get(id);
      for (const [index, measure] of this.measures.entries()) {
        columns[name(id, measure)] = points.map((point) => {
          const value = row === undefined ? Number.NaN : this.valueOf(row, index, point);
          return Number.isNaN(value) ? null : value;
        });
      }
    }
    return { t: points.map((point) => this.timeOf(point)), columns };
  }

  /**
   * The largest value of one measure in each closed bucket of `bucketMs` before `now`, oldest first. Points that are up to
   * `intervalMs` apart leave buckets without one, also where that is no longer than a bucket, since they are not on its
   * grid: there the point before still stands.
   */
  bucketMaxima(
    id: string,
    measure: number,
    now: EpochMs,
    bucketMs: number,
    buckets: number,
    intervalMs: number,
  ): (number | null)[] {
    const row = this.rows.get(id);
    const end = Math.floor(now / bucketMs) * bucketMs;
    const maxima = new Array<number | null>(buckets).fill(null);
    if (row === undefined) return maxima;
    for (let point = this.oldest; point < this.count; point++) {
      const at = this.timeOf(point);
      const value = this.valueOf(row, measure, point);
      if (Number.isNaN(value)) continue;
      const first = buckets - Math.ceil((end - at) / bucketMs);
      const next = point + 1 < this.count ? this.timeOf(point + 1) : Number.POSITIVE_INFINITY;
      const until = Math.min(next, at + LATE_INTERVALS * intervalMs);
      // Its own bucket, and those that ended before the next point came.
      for (let b = first; b < buckets && (b === first || end - (buckets - 1 - b) * bucketMs <= until); b++) {
        if (b >= 0) maxima[b] = Math.max(maxima[b] ?? 0, value);
      }
    }
    return maxima;
  }

  private get oldest(): number {
    return Math.max(0, this.count - this.points);
  }

  private timeOf(point: number): EpochMs {
    return this.times[point % this.times.length]!;
  }

  private valueOf(row: number, measure: number, point: number): number {
    return this.chunkOf(point).at(this.cellOf(row, measure), point % CHUNK_POINTS);
  }

  private cellOf(row: number, measure: number): number {
    return row * this.measures.length + measure;
  }

  private chunkOf(point: number): SeriesChunk {
    return this.chunks[Math.floor(point / CHUNK_POINTS) % this.chunks.length]!;
  }

  private rowFor(id: string): number {
    const known = this.rows.get(id);
    const row = known ?? this.freeRows.pop() ?? this.rows.size;
    if (known === undefined) {
      this.rows.set(id, row);
      if (row >= this.capacity) {
        this.capacity = Math.max(ROWS_AT_FIRST, Math.ceil(this.capacity * GROWTH));
        for (const chunk of this.chunks) chunk.grow(this.capacity * this.measures.length);
      }
    }
    return row;
  }
}
