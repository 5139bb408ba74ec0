import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { SERIES_MEASURES, type SeriesMeasure } from "../../model/live.ts";
import { checksum } from "../../sample/codec/form/checksum.ts";
import { Buckets } from "./buckets.ts";
import { keepTiers } from "./keep-tiers.ts";
import { openTiers } from "./open-tiers.ts";
import { TierReader } from "./read-tiers.ts";
import { COUNT, cellOf, MAX, MIN, type PointKind, SUM, type TierName } from "./tier.ts";
import { ROUNDED, roundest } from "./tier-file.ts";
import { readIndex, tiersOf } from "./tier-index.ts";

const BEGIN = Date.UTC(2026, 10, 29, 22, 17, 3);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const FOREVER: Record<TierName, number> = { "10s": 9e11, "1m": 9e11, "10m": 9e11 };
const PLENTY = 1e9;

interface Value {
  readonly kind: PointKind;
  readonly entity: string;
  readonly measure: SeriesMeasure;
  readonly at: number;
  readonly value: number;
}

/** A recording whose values are all known. */
class Kept {
  readonly values: Value[] = [];
  private buckets = new Buckets();
  private readonly ids = new Map<string, readonly string[]>();

  private constructor(readonly folder: string) {}

  static async begin(): Promise<Kept> {
    const folder = await mkdtemp(join(tmpdir(), "streamside-tiers-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    return new Kept(folder);
  }

  /** Of these consumers what waits, and how old it is. */
  take(at: number, entities: readonly string[], values: readonly number[], ages: readonly number[]): void {
    const key = entities.join();
    const ids = this.ids.get(key) ?? [...entities];
    this.ids.set(key, ids);
    this.buckets.add("s", at, {
      ...{ kind: "consumer", ids, measures: ["backlog", "latency"] },
      columns: [Float64Array.from(values), Float64Array.from(ages)],
    });
    for (const [row, entity] of entities.entries()) {
      this.values.push({ kind: "consumer", entity, measure: "backlog", at, value: values[row]! });
      this.values.push({ kind: "consumer", entity, measure: "latency", at, value: ages[row]! });
    }
  }

  write(until: number, keepMs = FOREVER, maxBytes = PLENTY): Promise<number> {
    const buckets = this.buckets.all;
    this.buckets = new Buckets();
    return keepTiers({ folder: this.folder, buckets, until, keepMs, maxBytes });
  }

  async read(
    entity: string,
    measure: SeriesMeasure,
    from: number,
    to: number,
    stepMs: number,
    unread: string[] = [],
  ) {
    const reader = new TierReader(this.folder, (path) => unread.push(path));
    const { t, cells } = await reader.points({
      ...{ kind: "consumer", entity, measures: [measure], from, to, stepMs },
    });
    const cell = (statistic: number, row: number) => cells[cellOf(measure) + statistic]![row]!;
    return t.flatMap((at, row) =>
      cell(COUNT, row) === 0
        ? []
        : [{ at, min: cell(MIN, row), max: cell(MAX, row), sum: cell(SUM, row), count: cell(COUNT, row) }],
    );
  }

  /** What there is to be read, by what was taken. */
  expected(entity: string, measure: SeriesMeasure, from: number, to: number, stepMs: number) {
    const steps = new Map<number, number[]>();
    for (const each of this.values) {
      if (each.entity !== entity || each.measure !== measure || Number.isNaN(each.value)) continue;
      const step = Math.floor(each.at / stepMs) * stepMs;
      if (step + stepMs <= from || step >= to) continue;
      steps.set(step, [...(steps.get(step) ?? []), each.value]);
    }
    return [...steps]
      .sort(([a], [b]) => a - b)
      .map(([at, values]) => ({
        at,
        min: Math.min(...values),
        max: Math.max(...values),
        sum: values.reduce((sum, value) => sum + value, 0),
        count: values.length,
      }));
  }

  paths(): Promise<string[]> {
    return readdir(tiersOf(this.folder), { recursive: true }).then((names) =>
      names.filter((name) => name.endsWith(".parquet")).sort(),
    );
  }
}

/** Two days, a value every 20 s, some not known, some missing, consumers that come and go; written whenever. */
async function twoDays(seed: number): Promise<Kept> {
  const kept = await Kept.begin();
  let state = seed;
  const random = (most: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * most);
  };
  let written = BEGIN;
  for (let at = BEGIN; at < BEGIN + 2 * DAY_MS; at += 20_000 + random(900)) {
    if (random(200) === 0) at += random(3 * HOUR_MS);
    const entities = random(9) < 8 ? ["k:a", "k:b", "n:c"] : ["k:a", "n:c"];
    const values = entities.map(() => (random(7) === 0 ? Number.NaN : random(1e6)));
    kept.take(
      at,
      entities,
      values,
      entities.map(() => random(90_000)),
    );
    if (at - written > 5 * MINUTE_MS && random(4) > 0) {
      await kept.write(at);
      written = at;
    }
  }
  await kept.write(BEGIN + 2 * DAY_MS);
  return kept;
}

test("any step of any span tells the smallest, largest, sum and count of what was taken in it", async () => {
  const kept = await twoDays(7);
  const { files } = await readIndex(tiersOf(kept.folder));
  for (const tier of ["10s", "1m", "10m"]) expect(files.some((file) => file.tier === tier)).toBe(true);
  expect(files.filter(({ isWhole }) => isWhole).length).toBeGreaterThan(20);
  expect(await kept.paths()).toEqual(files.map(({ path }) => path).sort());
  const steps = [10_000, 30_000, MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS, DAY_MS];
  const entities = ["k:a", "k:b", "n:c", "k:none"];
  await fc.assert(
    fc.asyncProperty(
      ...([
        fc.constantFrom(...entities),
        fc.constantFrom("backlog", "latency"),
        fc.constantFrom(...steps),
      ] as const),
      ...([fc.integer({ min: -HOUR_MS, max: 2 * DAY_MS }), fc.integer({ min: 1, max: DAY_MS })] as const),
      async (entity, measure, stepMs, after, spanMs) => {
        const [from, to] = [BEGIN + after, BEGIN + after + spanMs];
        const asked = [entity, measure as SeriesMeasure, from, to, stepMs] as const;
        const read = await kept.read(...asked);
        const expected = kept.expected(...asked);
        expect(read.map(({ at, count }) => [at, count])).toEqual(
          expected.map(({ at, count }) => [at, count]),
        );
        for (const [i, { min, max, sum }] of read.entries()) {
          const is = expected[i]!;
          expect(min).toBeLessThanOrEqual(max);
          expect(isNear(min, is.min) && isNear(max, is.max) && isNear(sum, is.sum)).toBe(true);
          // What waited is never told to have been less, or more.
          if (measure === "backlog") expect(max).toBe(is.max);
        }
      },
    ),
    { numRuns: 60, seed: 3 },
  );
});

test("a clock that steps back adds to the time that it goes through again", async () => {
  const kept = await Kept.begin();
  for (let i = 0; i < 100; i++) kept.take(BEGIN + i * 60_000, ["k:a"], [i], [i]);
  await kept.write(BEGIN + 100 * MINUTE_MS);
  for (let i = 0; i < 50; i++) kept.take(BEGIN + i * 60_000 + 500, ["k:a"], [1_000 + i], [i]);
  await kept.write(BEGIN + 101 * MINUTE_MS);
  await kept.write(BEGIN + 3 * DAY_MS);
  for (const stepMs of [10_000, MINUTE_MS, 10 * MINUTE_MS]) {
    const asked = ["k:a", "backlog", BEGIN, BEGIN + HOUR_MS, stepMs] as const;
    const counts = (points: Awaited<ReturnType<typeof kept.read>>) =>
      points.map(({ at, min, max, count }) => [at, min, max, count]);
    expect(counts(await kept.read(...asked))).toEqual(counts(kept.expected(...asked)));
  }
});

test("what was gathered before is no news", () => {
  const buckets = new Buckets(BEGIN);
  const seen = { kind: "system", ids: ["kafka"], measures: ["in"], columns: [Float64Array.of(1)] } as const;
  buckets.add("all", BEGIN, seen);
  expect(buckets.all).toEqual([]);
  buckets.add("all", BEGIN + 1, seen);
  expect(buckets.all).toHaveLength(1);
});

test("what a run that was killed had written, and not registered, is none of it", async () => {
  const kept = await Kept.begin();
  kept.take(BEGIN, ["k:a"], [5], [1]);
  await kept.write(BEGIN + 1);
  const [path] = await kept.paths();
  const left = join(tiersOf(kept.folder), "10s", "2026-11-29T2200.9.parquet");
  await writeFile(left, (await readFile(join(tiersOf(kept.folder), path!))).subarray(0, 100));
  expect(await kept.read("k:a", "backlog", BEGIN, BEGIN + 1, 10_000)).toMatchObject([{ count: 1, max: 5 }]);
  await kept.write(BEGIN + 2);
  expect(await kept.paths()).toEqual([path]);
});

test("a file that is not what was written is left out, and said; the others are read", async () => {
  const kept = await Kept.begin();
  kept.take(BEGIN, ["k:a"], [5], [1]);
  await kept.write(BEGIN + 1);
  kept.take(BEGIN + MINUTE_MS, ["k:a"], [6], [1]);
  await kept.write(BEGIN + MINUTE_MS + 1);
  const [first] = await kept.paths();
  const path = join(tiersOf(kept.folder), first!);
  const whole = await readFile(path);
  for (let at = 0; at < whole.length; at += 7) {
    const damaged = Buffer.from(whole);
    damaged[at]! ^= 1 << (at % 8);
    await writeFile(path, damaged);
    const unread: string[] = [];
    const read = await kept.read("k:a", "backlog", BEGIN, BEGIN + HOUR_MS, 10_000, unread);
    expect([read.map(({ max }) => max), unread]).toEqual([[6], [first]]);
  }
  // It stays where it is, and what comes after it is put together without it.
  await kept.write(BEGIN + DAY_MS);
  expect(await kept.read("k:a", "backlog", BEGIN, BEGIN + HOUR_MS, MINUTE_MS)).toMatchObject([{ max: 6 }]);
  expect(await kept.paths()).toContain(first);
});

test("an index that is not what was written, or is of another version, is said", async () => {
  const kept = await Kept.begin();
  kept.take(BEGIN, ["k:a"], [5], [1]);
  await kept.write(BEGIN + 1);
  const path = join(tiersOf(kept.folder), "index.json");
  const whole = await readFile(path, "utf8");
  await writeFile(path, whole.replace("10s", "10x"));
  const read = () => kept.read("k:a", "backlog", BEGIN, BEGIN + 1, 10_000);
  await expect(read()).rejects.toMatchObject({ code: "DAMAGED" });
  const json = JSON.stringify({ form: 2, files: "elsewhere" });
  await writeFile(path, `${checksum(Buffer.from(json))}\n${json}\n`);
  await expect(read()).rejects.toMatchObject({ code: "UNKNOWN_VERSION" });
  const said: string[] = [];
  expect(await openTiers(kept.folder, (text) => said.push(text))).toEqual({ until: null, bytes: 0 });
  expect(said).toEqual([expect.stringMatching(/form 2.*tiers-unread-1\.$/)]);
  expect(await read()).toEqual([]);
  await kept.write(BEGIN + 2);
  await writeFile(path, "nothing");
  await openTiers(kept.folder, (text) => said.push(text));
  expect(said[1]).toMatch(/tiers-unread-2\.$/);
});

test("what is too old goes, each tier by its own time, and what is too much, the oldest of the finest first", async () => {
  const kept = await Kept.begin();
  for (let at = BEGIN; at < BEGIN + DAY_MS; at += 10_000) {
    kept.take(at, ["k:a"], [(at * 7_919) % 1_000_003], [(at * 31) % 977]);
    if ((at - BEGIN) % HOUR_MS === 0) await kept.write(at);
  }
  const end = BEGIN + DAY_MS;
  const bytes = await kept.write(end, { ...FOREVER, "10s": 6 * HOUR_MS });
  const spans = async (tier: string) =>
    (await readIndex(tiersOf(kept.folder))).files
      .filter((file) => file.tier === tier)
      .map(({ from }) => from)
      .sort();
  expect((await spans("10s"))[0]).toBeGreaterThanOrEqual(end - 7 * HOUR_MS);
  expect((await spans("1m"))[0]).toBeLessThan(BEGIN);
  const minutes = await spans("1m");
  const fewer = await kept.write(end + 1, FOREVER, bytes - 1);
  expect(fewer).toBeLessThan(bytes);
  expect(await spans("1m")).toEqual(minutes);
  const least = await kept.write(end + 2, FOREVER, 1);
  expect(least).toBe(0);
  expect(await kept.paths()).toEqual([]);
});

test("where nothing was known nothing is written", async () => {
  const kept = await Kept.begin();
  kept.take(BEGIN, [], [], []);
  kept.take(BEGIN + 10_000, ["k:a"], [Number.NaN], [Number.NaN]);
  expect(await kept.write(BEGIN + MINUTE_MS)).toBe(0);
  expect(await readIndex(tiersOf(kept.folder))).toMatchObject({ until: BEGIN + MINUTE_MS, files: [] });
  kept.take(BEGIN + 20_000, ["k:a", "k:b"], [Number.NaN, 3], [Number.NaN, Number.NaN]);
  await kept.write(BEGIN + DAY_MS);
  expect(await kept.read("k:b", "backlog", BEGIN, BEGIN + MINUTE_MS, 10_000)).toMatchObject([{ max: 3 }]);
  expect(await kept.read("k:a", "backlog", BEGIN, BEGIN + MINUTE_MS, 10_000)).toEqual([]);
});

test("every measure has a place of its own", () => {
  const cells = SERIES_MEASURES.flatMap((measure) =>
    [MIN, MAX, SUM, COUNT].map((at) => cellOf(measure) + at),
  );
  expect(new Set(cells).size).toBe(cells.length);
});

test("a rounded value is off by half a percent at most, and keeps its order", () => {
  const value = fc.double({ min: 1e-300, max: 1e15, noNaN: true });
  fc.assert(
    fc.property(value, value, (a, b) => {
      expect(isNear(roundest(a), a)).toBe(true);
      if (a <= b) expect(roundest(a)).toBeLessThanOrEqual(roundest(b));
    }),
  );
  expect([0, 1, 100, 128, 257, 1_023].map(roundest)).toEqual([0, 1, 100, 128, 256, 1_024]);
});

function isNear(value: number, to: number): boolean {
  return Math.abs(value - to) <= ROUNDED * 1.000_001 * to;
}
