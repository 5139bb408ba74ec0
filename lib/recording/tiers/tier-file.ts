import { open, readFile } from "node:fs/promises";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import {
  type DecodedArray,
  type FileMetaData,
  type ParquetScan,
  parquetMetadata,
  parquetScan,
  type SchemaElement,
} from "hyparquet";
import { ByteWriter, type ColumnSource, ParquetWriter } from "hyparquet-writer";
import { SERIES_MEASURES, type SeriesMeasure } from "../../model/live.ts";
import type { EpochMs } from "../../model/reading.ts";
import { checksum } from "../../sample/codec/form/checksum.ts";
import { JournalError } from "../journal-error.ts";
import { Points } from "./points.ts";
import { COUNT, cellOf, MAX, MIN, POINT_KINDS, type PointKind, STATISTICS, SUM } from "./tier.ts";

/** The points of one entity, of all its measures. */
export interface EntityPoints {
  readonly kind: PointKind;
  readonly entity: string;
  readonly points: Points;
}

/** Rows of a group, and the rest of its last entity: whoever looks for one entity decodes so many. */
const GROUP_ROWS = 65_536;
const DECOMPRESSED = { BROTLI: (bytes: Uint8Array) => brotliDecompressSync(bytes) };

/**
 * A row a measure of an entity and step in which something of it was known. Entities are cut into groups in the order of
 * `kind` and `entity`; in a group rows are by `measure` first. Many series show the same, what becomes due to a consumer and
 * what comes into its stream: as neighbours in one column they are kept once.
 */
const SCHEMA: ConstructorParameters<typeof ParquetWriter>[0]["schema"] = [
  { name: "root", num_children: 8 },
  { name: "kind", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
  { name: "entity", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
  { name: "measure", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
  { name: "t", type: "INT64", converted_type: "TIMESTAMP_MILLIS", repetition_type: "REQUIRED" },
  { name: "min", type: "FLOAT", repetition_type: "REQUIRED" },
  { name: "max", type: "DOUBLE", repetition_type: "REQUIRED" },
  { name: "mean", type: "FLOAT", repetition_type: "REQUIRED" },
  { name: "count", type: "INT32", repetition_type: "REQUIRED" },
];

export interface TierFileOptions {
  /** Of compressing, 0 to 11. */
  readonly effort: number;
  /** Whether values may be rounded (`roundest`), all but the largest of what waits. */
  readonly isRounded: boolean;
}

/** Writes entities, each once and in order, and holds one group of them at a time beside what is coded. */
export class TierFileWriter {
  private readonly bytes = new ByteWriter();
  private readonly writer: ParquetWriter;
  private readonly round: (value: number) => number;
  private group: EntityPoints[] = [];
  private rows = 0;
  /** When the first of its steps begins, and the last one. */
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;

  constructor({ effort, isRounded }: TierFileOptions) {
    const params = { [constants.BROTLI_PARAM_QUALITY]: effort };
    this.writer = new ParquetWriter({
      ...{ writer: this.bytes, schema: SCHEMA, codec: "BROTLI", createdBy: "streamside" },
      compressors: { BROTLI: (bytes) => brotliCompressSync(bytes, { params }) },
      // Else a group of ids that begin alike cannot be told from another.
      statisticsTruncateLength: Number.POSITIVE_INFINITY,
    });
    this.round = isRounded ? roundest : (value) => value;
  }

  add(entity: EntityPoints): void {
    this.group.push(entity);
    for (const { measure } of MEASURES) {
      for (const [row, count] of entity.points.cells[measure + COUNT]!.entries()) {
        if (count === 0) continue;
        this.rows++;
        this.first = Math.min(this.first, entity.points.t[row]!);
        this.last = Math.max(this.last, entity.points.t[row]!);
      }
    }
    if (this.rows >= GROUP_ROWS) this.endGroup();
  }

  /** Whether there is nothing in it. */
  get isEmpty(): boolean {
    return this.first > this.last;
  }

  /** The whole file. */
  finish(): Uint8Array {
    if (this.rows > 0) this.endGroup();
    this.writer.finish();
    return this.bytes.getBytes();
  }

  private endGroup(): void {
    const rows = emptyRows();
    for (const measure of MEASURES) for (const entity of this.group) this.addRows(rows, entity, measure);
    const columnData: ColumnSource[] = [
      { name: "kind", data: rows.kind },
      { name: "entity", data: rows.entity },
      { name: "measure", data: rows.measure, statistics: false },
      { name: "t", data: rows.t, encoding: "PLAIN" },
      ...(["min", "max", "mean"] as const).map(
        (name): ColumnSource => ({
          name,
          data: rows[name],
          encoding: "BYTE_STREAM_SPLIT",
          statistics: false,
        }),
      ),
      { name: "count", data: rows.count, statistics: false },
    ];
    this.writer.write({
      // An index of pages is for those who look for values.
      columnData: columnData.map((column) => ({ ...column, offsetIndex: false })),
      rowGroupSize: rows.t.length,
    });
    this.group = [];
    this.rows = 0;
  }

  private addRows(
    rows: ReturnType<typeof emptyRows>,
    { kind, entity, points }: EntityPoints,
    { name, measure }: (typeof MEASURES)[number],
  ): void {
    const { round } = this;
    const column = (statistic: number) => points.cells[measure + statistic]!;
    const roundMax = name === "backlog" ? (value: number) => value : round;
    for (const [row, t] of points.t.entries()) {
      const count = column(COUNT)[row]!;
      if (count === 0) continue;
      rows.kind.push(kind);
      rows.entity.push(entity);
      rows.measure.push(name);
      rows.t.push(new Date(t));
      const max = roundMax(column(MAX)[row]!);
      // One that is rounded up is not above one that is exact.
      rows.min.push(Math.min(max, round(column(MIN)[row]!)));
      rows.max.push(max);
      rows.mean.push(Math.min(max, round(column(SUM)[row]! / count)));
      rows.count.push(count);
    }
  }
}

const MEASURES = SERIES_MEASURES.map((name) => ({ name, measure: cellOf(name) }));

function emptyRows() {
  return {
    ...{ kind: [] as string[], entity: [] as string[], measure: [] as string[], t: [] as Date[] },
    ...{ min: [] as number[], max: [] as number[], mean: [] as number[], count: [] as number[] },
  };
}

/** What a rounded value is off by at most, of itself. */
export const ROUNDED = 1 / 200;
/** A number has no more binary digits. */
const MOST_DIGITS = 53;

/**
 * The number of the fewest binary digits that is no further away than half a percent: what is noise in a rate or an age
 * takes most of the room, and nobody sees it in a chart. Of two numbers the larger one stays the larger one, or they become
 * the same.
 */
export function roundest(value: number): number {
  const size = Math.abs(value);
  if (!(size > 0)) return value;
  let unit = 2 ** Math.floor(Math.log2(size));
  for (let digits = 0; digits < MOST_DIGITS; digits++, unit /= 2) {
    const rounded = Math.round(value / unit) * unit;
    if (Math.abs(rounded - value) <= ROUNDED * size) return rounded;
  }
  return value;
}

/** A file of points that was read, and is what was written. */
export class TierFile {
  private constructor(
    private readonly file: ArrayBuffer,
    private readonly metadata: FileMetaData,
  ) {}

  /**
   * @param sum of all its bytes, as it was registered
   * @throws JournalError `DAMAGED`, and what reading the disk throws
   */
  static async open(path: string, sum: number): Promise<TierFile> {
    const bytes = await readFile(path);
    if (checksum(bytes) !== sum) throw new JournalError("DAMAGED", `${path} is not what was written.`);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    const metadata = parquetMetadata(file);
    return new TierFile(file, { ...metadata, schema: metadata.schema.map(asNumber) });
  }

  get bytes(): number {
    return this.file.byteLength;
  }

  /** The points of one entity, of these measures; null: it has none. */
  async pointsOf(
    kind: PointKind,
    entity: string,
    measures: readonly SeriesMeasure[],
  ): Promise<Points | null> {
    const scan = await this.scan({ kind: { $eq: kind }, entity: { $eq: entity } });
    // An entity is in one group.
    for (const range of scan.ranges) {
      const names = await columnsOf(scan, ["kind", "entity", "measure"], range);
      const runs = runsOf(names).filter(({ name }) => name[0] === kind && name[1] === entity);
      if (runs.length === 0) continue;
      const wanted = runs.filter(({ name }) => measures.some((measure) => measure === name[2]));
      return pointsOfRuns(await valuesOf(scan, range), wanted);
    }
    return null;
  }

  /** All of it in order, a group at a time. */
  async *entities(): AsyncGenerator<EntityPoints> {
    const scan = await this.scan();
    for (const range of scan.ranges) {
      const runs = runsOf(await columnsOf(scan, ["kind", "entity", "measure"], range));
      const values = await valuesOf(scan, range);
      const entities = new Map<string, Run[]>();
      for (const run of runs) {
        const key = run.name.slice(0, 2).join(" ");
        entities.set(key, [...(entities.get(key) ?? []), run]);
      }
      for (const key of [...entities.keys()].sort()) {
        const own = entities.get(key)!;
        const [kind, entity] = own[0]!.name;
        yield { kind: kindOf(kind), entity: String(entity), points: pointsOfRuns(values, own) };
      }
    }
  }

  private scan(pruningFilter?: Record<string, { $eq: string }>): Promise<ParquetScan> {
    return parquetScan({
      file: this.file,
      metadata: this.metadata,
      compressors: DECOMPRESSED,
      ...(pruningFilter && { pruningFilter }),
    });
  }
}

/** A time as the number that is stored: a `Date` of each takes longer than all else together. */
function asNumber(element: SchemaElement): SchemaElement {
  if (element.name !== "t") return element;
  const { converted_type: _converted, logical_type: _logical, ...stored } = element;
  return stored;
}

type Range = ParquetScan["ranges"][number];

function columnsOf(scan: ParquetScan, names: readonly string[], range: Range): Promise<DecodedArray[]> {
  return Promise.all(names.map((column) => scan.readColumn({ column, ...range })));
}

/** Rows of one measure of one entity. */
interface Run {
  readonly name: readonly unknown[];
  readonly from: number;
  readonly to: number;
}

function runsOf(names: readonly DecodedArray[]): Run[] {
  const runs: Run[] = [];
  const rows = names[0]!.length;
  for (let from = 0, row = 1; row <= rows; row++) {
    if (row < rows && names.every((column) => column[row] === column[from])) continue;
    runs.push({ name: names.map((column) => column[from]), from, to: row });
    from = row;
  }
  return runs;
}

interface Values {
  readonly t: DecodedArray;
  readonly statistics: readonly DecodedArray[];
}

async function valuesOf(scan: ParquetScan, range: Range): Promise<Values> {
  const [t, ...statistics] = await columnsOf(scan, ["t", "min", "max", "mean", "count"], range);
  return { t: t!, statistics };
}

/** What the measures of one entity tell, step by step. */
function pointsOfRuns({ t, statistics }: Values, runs: readonly Run[]): Points {
  const [min, max, mean, count] = statistics as [DecodedArray, DecodedArray, DecodedArray, DecodedArray];
  const steps: { at: EpochMs; row: number; measure: number }[] = [];
  for (const { name, from, to } of runs) {
    const measure = cellOf(measureOf(name[2]));
    for (let row = from; row < to; row++) steps.push({ at: Number(t[row]), row, measure });
  }
  const points = Points.none();
  for (const { at, row, measure } of steps.sort((a, b) => a.at - b.at)) {
    const values = [min[row], max[row], (mean[row] as number) * (count[row] as number), count[row]];
    points.add(at, (column) => {
      const statistic = column - measure;
      if (statistic >= 0 && statistic < values.length) return values[statistic] as number;
      return column % STATISTICS.length === COUNT ? 0 : Number.NaN;
    });
  }
  return points;
}

function measureOf(text: unknown): SeriesMeasure {
  const measure = SERIES_MEASURES.find((each) => each === text);
  if (measure === undefined) throw new JournalError("UNKNOWN_ENTRY", `“${String(text)}” is no measure.`);
  return measure;
}

function kindOf(text: unknown): PointKind {
  const kind = POINT_KINDS.find((each) => each === text);
  if (kind === undefined) throw new JournalError("UNKNOWN_ENTRY", `“${String(text)}” is no kind of entity.`);
  return kind;
}

/** Writes bytes under a name, and they are on disk. */
export async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, "w");
  try {
    await handle.writeFile(bytes);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
