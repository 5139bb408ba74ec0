import { SERIES_MEASURES, type SeriesMeasure } from "../../model/live.ts";
import type { EpochMs } from "../../model/reading.ts";
import type { SampleSink } from "../../pipeline/sample-sink.ts";
import type { SourcePipeline } from "../../pipeline/source-pipeline.ts";
import type { Store } from "../../store/store.ts";
import { Points } from "./points.ts";
import { COUNT, cellOf, FINEST, type PointKind, STATISTICS, stepOf } from "./tier.ts";

/** What was seen of some entities in one step, as plain data. Columns have a place for each measure of each entity, by measure. */
export interface Bucket {
  readonly t: EpochMs;
  readonly kind: PointKind;
  readonly ids: readonly string[];
  readonly measures: readonly SeriesMeasure[];
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly sum: Float64Array;
  readonly count: Uint16Array;
}

/** One value an entity of each of the measures; NaN: not known. */
export interface Seen {
  readonly kind: PointKind;
  /** The same array is of the same entities. */
  readonly ids: readonly string[];
  readonly measures: readonly SeriesMeasure[];
  readonly columns: readonly Float64Array[];
}

/** Values as they are sampled, gathered in steps of the finest tier. */
export class Buckets {
  private readonly gathered: Bucket[] = [];
  /** Those that are gathered into, by who fills them. */
  private readonly open = new Map<string, Bucket>();
  private cells = 0;

  /** @param after what is of then or earlier was gathered before, and is no news */
  constructor(private readonly after: EpochMs = Number.NEGATIVE_INFINITY) {}

  /** @param from who fills them: a source, or all of them together */
  add(from: string, at: EpochMs, { kind, ids, measures, columns }: Seen): void {
    if (at <= this.after) return;
    const t = stepOf(at, FINEST.stepMs);
    const place = `${kind} ${from}`;
    let bucket = this.open.get(place);
    if (bucket === undefined || bucket.t !== t || bucket.ids !== ids) {
      bucket = emptyBucket(t, kind, ids, measures);
      this.open.set(place, bucket);
      this.gathered.push(bucket);
      this.cells += bucket.count.length;
    }
    for (const [measure, column] of columns.entries()) gather(bucket, measure * ids.length, column);
  }

  /** How many measures of entities are gathered. */
  get size(): number {
    return this.cells;
  }

  /** All that is gathered, the newest of which goes on to be. */
  get all(): readonly Bucket[] {
    return this.gathered;
  }
}

function emptyBucket(
  t: EpochMs,
  kind: PointKind,
  ids: readonly string[],
  measures: readonly SeriesMeasure[],
): Bucket {
  const cells = ids.length * measures.length;
  return {
    ...{ t, kind, ids, measures },
    min: new Float64Array(cells).fill(Number.POSITIVE_INFINITY),
    max: new Float64Array(cells).fill(Number.NEGATIVE_INFINITY),
    sum: new Float64Array(cells),
    count: new Uint16Array(cells),
  };
}

function gather({ min, max, sum, count }: Bucket, from: number, column: Float64Array): void {
  for (let row = 0; row < column.length; row++) {
    const value = column[row]!;
    // Not known.
    if (Number.isNaN(value)) continue;
    const cell = from + row;
    if (value < min[cell]!) min[cell] = value;
    if (value > max[cell]!) max[cell] = value;
    sum[cell]! += value;
    count[cell]!++;
  }
}

/** What buckets have of one entity, whatever their order. */
export function pointsOf(buckets: readonly Bucket[], kind: PointKind, entity: string): Points {
  const rows = buckets.flatMap((bucket) => {
    const row = bucket.kind === kind ? bucket.ids.indexOf(entity) : -1;
    return row < 0 ? [] : [{ bucket, row }];
  });
  return pointsIn(rows);
}

/** What buckets have in these of their rows. */
export function pointsIn(rows: readonly { readonly bucket: Bucket; readonly row: number }[]): Points {
  const points = Points.none();
  for (const { bucket, row } of [...rows].sort((a, b) => a.bucket.t - b.bucket.t))
    addRow(points, bucket, row);
  return points;
}

function addRow(points: Points, { t, ids, measures, min, max, sum, count }: Bucket, row: number): void {
  const places = new Map(measures.map((measure, i) => [cellOf(measure), i * ids.length + row]));
  points.add(t, (column) => {
    const statistic = column % STATISTICS.length;
    const cell = places.get(column - statistic);
    const known = cell === undefined ? 0 : count[cell]!;
    if (statistic === COUNT) return known;
    return known === 0 ? Number.NaN : [min, max, sum][statistic]![cell!]!;
  });
}

const CONSUMER: readonly SeriesMeasure[] = ["due", "out", "backlog", "latency"];
const STREAM: readonly SeriesMeasure[] = ["in", "out"];

/** Gathers what comes out of pipelines, and what whole systems come to. */
export function gatherFrom(
  pipelines: ReadonlyMap<string, SourcePipeline>,
  store: Store,
  add: Buckets["add"],
): void {
  for (const [source, pipeline] of pipelines) pipeline.addSink(createBucketSink(source, add));
  store.addSink((at, ids, columns) =>
    add("all", at, { kind: "system", ids, measures: SERIES_MEASURES, columns }),
  );
}

function createBucketSink(source: string, add: Buckets["add"]): SampleSink {
  return {
    take({ sample: { finishedAt }, derived: { consumers, streams }, consumerIds, streamIds }) {
      add(source, finishedAt, {
        ...{ kind: "consumer", ids: consumerIds, measures: CONSUMER },
        columns: [consumers.duePerSecond, consumers.outPerSecond, consumers.backlog, consumers.latencyMs],
      });
      add(source, finishedAt, {
        ...{ kind: "stream", ids: streamIds, measures: STREAM },
        columns: [streams.inPerSecond, streams.outPerSecond],
      });
    },
    takeFocus() {},
    takeFailure() {},
    takeSkip() {},
    takeNote() {},
  };
}
