import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SERIES_MEASURES } from "../../model/live.ts";
import { Store } from "../../store/store.ts";
import { addThreeSources } from "../../views/two-minutes.fixture.ts";
import { assemble, FastClock, recordTwoMinutes, SOURCES, tablesOf } from "../recorded.fixture.ts";
import { Recorder } from "../recorder.ts";
import { Buckets, gatherFrom, pointsOf } from "./buckets.ts";
import { gatherRecording } from "./gather-recording.ts";
import { TierReader } from "./read-tiers.ts";
import { COUNT, cellOf, MAX, type PointKind } from "./tier.ts";

let folder: string;
let live: Buckets;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "streamside-gather-"));
  const clock = new FastClock();
  const recorder = new Recorder({
    ...{ folder, sources: SOURCES, keepMs: 86_400_000, maxBytes: 1e9, clock },
    onTrouble: () => {},
  });
  live = new Buckets();
  const run = addThreeSources(new Store());
  const pipelines = tablesOf(run).map(({ identity, pipeline }) => [identity.id, pipeline] as const);
  gatherFrom(new Map(pipelines), run.store, (...seen) => live.add(...seen));
  await recordTwoMinutes(recorder, clock, run);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What there is of each entity: how often each measure was known, and the most that waited. */
async function told(
  points: (kind: PointKind, entity: string) => Promise<{ t: number[]; cells: number[][] }>,
) {
  const entities = new Map(
    live.all.flatMap(({ kind, ids }) => ids.map((id) => [`${kind} ${id}`, { kind, id }])),
  );
  const all: Record<string, unknown> = {};
  for (const [key, { kind, id }] of entities) {
    const { t, cells } = await points(kind, id);
    const known = t.flatMap((at, row) => {
      const counts = SERIES_MEASURES.map((measure) => cells[cellOf(measure) + COUNT]![row]!);
      return counts.some((count) => count > 0) ? [[at, counts, cells[cellOf("backlog") + MAX]![row]!]] : [];
    });
    all[key] = known;
  }
  return all;
}

const gathered = (unread: string[] = []) =>
  gatherRecording({ folder, assemble, onUnread: (path, { message }) => unread.push(`${path}: ${message}`) });
const onDisk = () => {
  const reader = new TierReader(folder, () => {});
  return told((kind, entity) =>
    reader.points({ kind, entity, measures: SERIES_MEASURES, from: 0, to: 1e9, stepMs: 10_000 }),
  );
};

test("a recording has the series that were gathered while it was made", async () => {
  await gathered();
  const expected = await told(async (kind, entity) => pointsOf(live.all, kind, entity));
  expect(Object.keys(expected).length).toBeGreaterThan(8);
  expect(await onDisk()).toEqual(expected);
});

test("what is damaged of it is left out, and the rest is there", async () => {
  const path = join(folder, "00000002.seg");
  const bytes = await readFile(path);
  bytes[bytes.length >> 1]! ^= 0xff;
  await writeFile(path, bytes);
  const unread: string[] = [];
  await gathered(unread);
  // Damage that ends a compressed stream early reads as a cut, which a kill leaves, too, and is no news.
  expect(unread.filter((text) => !text.includes("00000002.seg"))).toEqual([]);
  const steps = Object.values(await onDisk()).map((known) => (known as unknown[]).length);
  expect(Math.max(...steps)).toBeGreaterThan(8);
});
