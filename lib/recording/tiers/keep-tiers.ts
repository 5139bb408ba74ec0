import { mkdir, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { EpochMs } from "../../model/reading.ts";
import { checksum } from "../../sample/codec/form/checksum.ts";
import { isUnreadable } from "../read-segments.ts";
import { bytesOf, orNothing } from "../segment-files.ts";
import { type Bucket, pointsIn } from "./buckets.ts";
import { Points } from "./points.ts";
import { FINEST, type PointKind, stepOf, TIERS, type Tier, type TierName } from "./tier.ts";
import { type EntityPoints, TierFile, TierFileWriter, writeSynced } from "./tier-file.ts";
import { readIndex, registerIndex, type TierEntry, type TierIndex, tiersOf } from "./tier-index.ts";

/** A piece is soon written again, and the next tier is made of it. */
const PIECE = { effort: 5, isRounded: false };
const WHOLE = { effort: 10, isRounded: true };
/** A time that is over may be gathered of for so long: values are taken every few minutes. */
const LATE_MS = 10 * 60_000;

export interface KeepTiers {
  /** Of the recording. */
  readonly folder: string;
  /** What is new. */
  readonly buckets: readonly Bucket[];
  /** All values up to then are in them. */
  readonly until: EpochMs;
  /** How long each tier is kept, ms. */
  readonly keepMs: Readonly<Record<TierName, number>>;
  /** What all of them may take. */
  readonly maxBytes: number;
}

/**
 * Writes down what was gathered, puts pieces of a time that is over together, makes the next tier of them, and lets go of
 * what is too old or too much: the oldest of the finest tier first. All of that is there at once, or none of it.
 *
 * @returns what all tiers take now
 */
export async function keepTiers({ folder, buckets, until, keepMs, maxBytes }: KeepTiers): Promise<number> {
  const tiers = tiersOf(folder);
  await mkdir(tiers, { recursive: true });
  const before = await readIndex(tiers);
  await removeOthers(tiers, before);
  const work = new Work(tiers, before);
  for (const some of byWhole(buckets)) {
    const from = Math.min(...some.map(({ t }) => t));
    const to = Math.max(...some.map(({ t }) => t)) + FINEST.stepMs;
    await work.write(FINEST, { from, to, isWhole: false }, entitiesOf(some));
  }
  for (const [i, tier] of TIERS.entries()) {
    for (const [from, pieces] of work.overBy(tier, until - LATE_MS)) {
      await work.putTogether(tier, TIERS[i + 1], { from, to: from + tier.wholeMs }, pieces);
    }
    work.letGo(tier, until - keepMs[tier.name]);
  }
  work.shrink(maxBytes);
  await registerIndex(tiers, { ...work.index, until: Math.max(until, before.until ?? until) });
  // It is done: what cannot be removed now is next time.
  await removeOthers(tiers, work.index).catch(() => {});
  return bytesOf(work.index.files);
}

/** The files as they are going to be. */
class Work {
  private files: readonly TierEntry[];
  private next: number;

  constructor(
    private readonly tiers: string,
    private readonly before: TierIndex,
  ) {
    this.files = before.files;
    this.next = before.next;
  }

  get index(): TierIndex {
    return { ...this.before, next: this.next, files: this.files };
  }

  async write(
    tier: Tier,
    span: Pick<TierEntry, "from" | "to" | "isWhole">,
    entities: Iterable<EntityPoints> | AsyncIterable<EntityPoints>,
  ): Promise<void> {
    const writer = new TierFileWriter(span.isWhole ? WHOLE : PIECE);
    for await (const each of entities) writer.add(each);
    if (writer.isEmpty) return;
    const { first, last } = writer;
    const bytes = writer.finish();
    const begin = new Date(span.from).toISOString().slice(0, 16).replace(":", "");
    const path = join(tier.name, `${begin}.${this.next++}.parquet`);
    await mkdir(join(this.tiers, tier.name), { recursive: true });
    await writeSynced(join(this.tiers, path), bytes);
    const entry = { tier: tier.name, path, ...span, first, last, bytes: bytes.length, sum: checksum(bytes) };
    this.files = [...this.files, entry];
  }

  /** Files of a time that is over, of which some are pieces: by when it began. */
  overBy(tier: Tier, until: EpochMs): Map<EpochMs, TierEntry[]> {
    const times = byTime(
      this.files.filter((file) => file.tier === tier.name),
      ({ from }) => stepOf(from, tier.wholeMs),
    );
    for (const [from, files] of times) {
      if (from + tier.wholeMs > until || files.every(({ isWhole }) => isWhole)) times.delete(from);
    }
    return times;
  }

  /** One file of several, and what the next tier did not have of them yet. One that cannot be read is left as it is. */
  async putTogether(
    tier: Tier,
    next: Tier | undefined,
    { from, to }: Pick<TierEntry, "from" | "to">,
    entries: readonly TierEntry[],
  ): Promise<void> {
    const read: { entry: TierEntry; file: TierFile }[] = [];
    for (const entry of entries) {
      const file = await openEntry(this.tiers, entry);
      if (file !== null) read.push({ entry, file });
    }
    const pieces = read.filter(({ entry }) => !entry.isWhole);
    if (pieces.length === 0) return;
    if (next !== undefined) {
      const coarse = coarser(joined(pieces.map(({ file }) => file)), next.stepMs);
      await this.write(next, { from, to, isWhole: false }, coarse);
    }
    await this.write(tier, { from, to, isWhole: true }, joined(read.map(({ file }) => file)));
    const done = new Set(read.map(({ entry }) => entry));
    this.files = this.files.filter((file) => !done.has(file));
  }

  letGo({ name }: Tier, before: EpochMs): void {
    this.files = this.files.filter(({ tier, to }) => tier !== name || to > before);
  }

  shrink(maxBytes: number): void {
    for (const { name } of TIERS) {
      const own = this.files.filter(({ tier }) => tier === name).sort((a, b) => a.from - b.from);
      for (const oldest of own) {
        if (bytesOf(this.files) <= maxBytes) return;
        this.files = this.files.filter((file) => file !== oldest);
      }
    }
  }
}

/** Null: it cannot be read, or is gone. */
async function openEntry(tiers: string, { path, sum }: TierEntry): Promise<TierFile | null> {
  try {
    return await TierFile.open(join(tiers, path), sum);
  } catch (error) {
    if (isUnreadable(error) || (error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** What is not needed any more, or was left by a run that was killed, is registered nowhere. */
async function removeOthers(tiers: string, { files }: TierIndex): Promise<void> {
  const known = new Set(files.map(({ path }) => path));
  for (const { name } of TIERS) {
    for (const file of (await readdir(join(tiers, name)).catch(orNothing)) ?? []) {
      const path = join(name, file);
      if (!known.has(path) && file.endsWith(".parquet")) await unlink(join(tiers, path)).catch(orNothing);
    }
  }
}

/** A file is of one whole time. */
function byWhole(buckets: readonly Bucket[]): Iterable<Bucket[]> {
  return byTime(buckets, ({ t }) => stepOf(t, FINEST.wholeMs)).values();
}

function byTime<T>(items: readonly T[], timeOf: (item: T) => EpochMs): Map<EpochMs, T[]> {
  const times = new Map<EpochMs, T[]>();
  for (const item of items) {
    const time = timeOf(item);
    const same = times.get(time);
    if (same === undefined) times.set(time, [item]);
    else same.push(item);
  }
  return times;
}

/** What buckets hold, by entity and in order. */
function* entitiesOf(buckets: readonly Bucket[]): Generator<EntityPoints> {
  const places = new Map<
    string,
    { kind: PointKind; entity: string; at: { bucket: Bucket; row: number }[] }
  >();
  for (const bucket of buckets) {
    for (const [row, entity] of bucket.ids.entries()) {
      const key = keyOf(bucket.kind, entity);
      const place = places.get(key) ?? { kind: bucket.kind, entity, at: [] };
      places.set(key, place);
      place.at.push({ bucket, row });
    }
  }
  for (const key of [...places.keys()].sort()) {
    const { kind, entity, at } = places.get(key)!;
    yield { kind, entity, points: pointsIn(at) };
  }
}

/** The points of several files, each entity once and in order. */
async function* joined(files: readonly TierFile[]): AsyncGenerator<EntityPoints> {
  const heads = await Promise.all(
    files.map(async (file) => {
      const entities = file.entities();
      return { entities, head: (await entities.next()).value as EntityPoints | undefined };
    }),
  );
  for (;;) {
    const keys = heads.flatMap(({ head }) => (head === undefined ? [] : keyOf(head.kind, head.entity)));
    if (keys.length === 0) return;
    const [first] = keys.sort();
    const same: EntityPoints[] = [];
    for (const each of heads) {
      if (each.head === undefined || keyOf(each.head.kind, each.head.entity) !== first) continue;
      same.push(each.head);
      each.head = (await each.entities.next()).value as EntityPoints | undefined;
    }
    yield { ...same[0]!, points: Points.joined(same.map(({ points }) => points)) };
  }
}

async function* coarser(entities: AsyncIterable<EntityPoints>, stepMs: number): AsyncGenerator<EntityPoints> {
  for await (const each of entities) yield { ...each, points: each.points.coarser(stepMs) };
}

/** In the order of a file. */
function keyOf(kind: PointKind, entity: string): string {
  return `${kind} ${entity}`;
}
