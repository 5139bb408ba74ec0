import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { ManualClock } from "../async/manual-clock.fixture.ts";
import { Points } from "../recording/tiers/points.ts";
import { TierReader } from "../recording/tiers/read-tiers.ts";
import { TierFileWriter } from "../recording/tiers/tier-file.ts";
import type { LongSeriesQuery } from "../serve/http/long-series.ts";
import { createLongSeries } from "./long-series.ts";
import { TierKeeper } from "./tier-keeper.ts";
import { runTierWork } from "./tier-work.ts";

const DAY_MS = 86_400_000;
const KEEP_MS = { "10s": DAY_MS, "1m": DAY_MS, "10m": DAY_MS };
const CONSUMERS = ["k:a", "k:same"];
const STREAMS = ["k:same", "k:t"];

let script: string;
beforeAll(async () => {
  const out = await mkdtemp(join(tmpdir(), "streamside-tier-worker-"));
  script = join(out, "tier-worker.mjs");
  await build({
    ...{ entryPoints: ["lib/runtime/tier-worker.ts"], outfile: script, bundle: true },
    ...{ platform: "node", format: "esm", target: "node20.9", logLevel: "error" },
  });
  return () => rm(out, { recursive: true, force: true });
});

let folder: string;
let clock: ManualClock;
let warned: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "streamside-tier-keeper-"));
  clock = new ManualClock();
  warned = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function keeperIn(path = folder, worker = script): TierKeeper {
  return new TierKeeper({
    ...{ folder: path, script: worker, keepMs: KEEP_MS, maxBytes: 1e9, clock },
    onWarning: (text) => warned.push(text),
  });
}

/** A second: who waits for how much, what comes in. */
async function second(keeper: TierKeeper, value: number): Promise<void> {
  await clock.advance(1_000);
  const at = clock.now();
  keeper.add("k", at, {
    kind: "consumer",
    ids: CONSUMERS,
    measures: ["backlog"],
    columns: [Float64Array.of(value, 1)],
  });
  keeper.add("k", at, {
    kind: "stream",
    ids: STREAMS,
    measures: ["in"],
    columns: [Float64Array.of(value, 2)],
  });
  keeper.tick();
}

function seriesOf(keeper: TierKeeper, path = folder) {
  const reader = new TierReader(path, () => {});
  return createLongSeries({
    points: async (asked) => {
      const { t, cells } = await reader.points(asked);
      return { ok: true, answer: { t, cells } };
    },
    async parquet(entities) {
      const writer = new TierFileWriter({ effort: 1, isRounded: false });
      for (const { kind, entity, ...plain } of entities)
        writer.add({ kind, entity, points: Points.of(plain) });
      return { ok: true, answer: writer.finish() };
    },
    read: (readDisk) => keeper.read(readDisk),
  });
}

const asked = (change: Partial<LongSeriesQuery> = {}): LongSeriesQuery => ({
  ...{ entities: ["k:a"], kind: null, measures: ["backlog"], stepMs: 10_000 },
  ...{ from: 0, to: clock.now() + 1, ...change },
});

test("what is gathered is to be had at once, before it is written, while it is, and afterwards", async () => {
  const keeper = keeperIn();
  expect(await keeper.open()).toBeNull();
  const series = seriesOf(keeper);
  const values: number[] = [];
  for (let i = 0; i < 700; i++) {
    values.push((i * 37) % 101);
    const ask = i % 90 === 0 || (i > 295 && i < 310);
    await second(keeper, values.at(-1)!);
    if (!ask) continue;
    const read = await series.read(asked());
    expect("series" in read && read.series[0]!.points.at(-1)![3]).toBe(
      Math.max(...values.slice(-1 - (Math.floor(clock.now() / 1_000) % 10))),
    );
    const whole = await series.read(asked({ stepMs: DAY_MS }));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect("series" in whole && whole.series[0]!.points[0]![2]).toBeCloseTo(mean, 4);
  }
  expect((await readdir(join(folder, "tiers", "10s"))).length).toBe(2);
  await keeper.close();
  const again = keeperIn();
  expect(await again.open()).toBe(clock.now());
  const after = await seriesOf(again).read(asked({ stepMs: DAY_MS }));
  expect("series" in after && after.series[0]!.points[0]![3]).toBe(Math.max(...values));
  expect(warned).toEqual([]);
});

test("an id is that of a consumer before that of a stream, unless it is said which", async () => {
  const keeper = keeperIn();
  for (let i = 0; i < 3; i++) await second(keeper, 7);
  const series = seriesOf(keeper);
  const lines = async (change: Partial<LongSeriesQuery>) => {
    const read = await series.read(asked({ measures: ["in", "backlog"], ...change }));
    return "series" in read ? read.series.map(({ points }) => points.map(([, , mean]) => mean)) : read;
  };
  expect(await lines({ entities: ["k:same"] })).toEqual([[], [1]]);
  expect(await lines({ entities: ["k:same"], kind: "stream" })).toEqual([[7], []]);
  expect(await lines({ entities: ["k:t"] })).toEqual([[2], []]);
  expect(await lines({ entities: ["k:none", "kafka"] })).toEqual([[], [], [], []]);
  const saved = await series.parquet(asked({ entities: ["k:t", "k:a"], measures: ["in", "backlog"] }));
  expect(
    Buffer.from(saved as Uint8Array)
      .subarray(0, 4)
      .toString(),
  ).toBe("PAR1");
});

test("what cannot be written waits until it can be, and is said once", async () => {
  const path = join(folder, "file");
  await writeFile(path, "");
  const keeper = keeperIn(path);
  const run = async (minutes: number) => {
    for (let i = 0; i < minutes * 60; i++) await second(keeper, i);
    await keeper.read(async () => null);
  };
  await run(11);
  expect(warned).toEqual([
    expect.stringMatching(/^Long charts are not kept in .*file: .*(ENOTDIR|EEXIST).* tried again/),
  ]);
  await rm(path);
  await run(6);
  await keeper.close();
  const { t, cells } = await new TierReader(path, () => {}).points({
    ...{ kind: "consumer", entity: "k:a", measures: ["backlog"], from: 0, to: DAY_MS, stepMs: DAY_MS },
  });
  expect([t.length, cells.at(-5)!.at(-1)]).toEqual([1, 17 * 60]);
  expect(warned).toHaveLength(1);
});

test("work that is not wanted any more ends in the middle", async () => {
  const endless = join(folder, "endless.mjs");
  await writeFile(endless, "setInterval(() => {}, 1_000);");
  const closing = new AbortController();
  const done = runTierWork(endless, { gather: folder }, () => {}, closing.signal);
  closing.abort();
  expect(await done).toEqual({ failed: "the thread that writes ended" });
});

test("a thread that ends without a word is a failure like any other", async () => {
  const dead = join(folder, "dead.mjs");
  await writeFile(dead, "");
  const keeper = keeperIn(folder, dead);
  await second(keeper, 1);
  await keeper.close();
  expect(warned).toEqual([expect.stringMatching(/the thread that writes ended/)]);
});
