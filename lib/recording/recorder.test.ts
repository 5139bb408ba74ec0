import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ManualClock } from "../async/manual-clock.fixture.ts";
import { layoutOf, observe } from "../pipeline/test-observation.ts";
import type { Layout } from "../sample/layout.ts";
import { Store } from "../store/store.ts";
import { COST } from "../store/test-store.ts";
import { addThreeSources, everything, MOMENTS, runTwoMinutes } from "../views/two-minutes.fixture.ts";
import type { Entry } from "./entry.ts";
import { readSegments, sameAs } from "./read-segments.ts";
import { Recorder } from "./recorder.ts";
import { replay } from "./replay.ts";
import type { SourcesRecorded } from "./segment.ts";
import { listSegments } from "./segment-files.ts";

const SOURCES: SourcesRecorded = {
  k: { is: "kafka one", settings: {} },
  n: { is: "nats one", settings: {} },
  g: { is: "grpc one", settings: {} },
};

let folder: string;
let clock: ManualClock;
let told: (string | null)[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "streamside-recorder-"));
  clock = new ManualClock();
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function recorderOf(
  change: { folder?: string; maxBytes?: number; keepMs?: number; reserved?: () => number } = {},
) {
  return new Recorder({
    ...{ folder, sources: SOURCES, keepMs: 86_400_000, maxBytes: 1e9, clock },
    onTrouble: (why) => told.push(why),
    ...change,
  });
}

async function entriesOf(sources = SOURCES): Promise<Entry[]> {
  const found: Entry[] = [];
  const unread = (path: string, error: Error) => {
    throw new Error(`${path}: ${error.message}`);
  };
  for await (const entry of readSegments(await listSegments(folder), unread, sameAs(sources)))
    found.push(entry);
  return found;
}

const round = (at: number): Entry => ({ kind: "round", at });
/** Something that takes room however well it is packed. */
const noise = (at: number): Entry => ({
  ...{ kind: "seen", source: "k", at },
  consumerId: createHash("shake256", { outputLength: 300 }).update(String(at)).digest("base64"),
});
const sampleOfNothing = () => observe(layoutOf({ streams: { t: 1 }, consumers: {} }), { at: 1_000, head: 1 });
const sizes = () => readdirSync(folder).map((name) => statSync(join(folder, name)).size);
const bytes = () => sizes().reduce((sum, size) => sum + size, 0);

it("what is recorded, played back, shows what was shown at each moment", async () => {
  const recorder = recorderOf();
  const moments: { at: number; entries: number; seen: ReturnType<typeof everything> }[] = [];
  const run = addThreeSources(new Store());
  let entries = 0;
  runTwoMinutes(
    run,
    (second) => {
      const at = second * 1_000 + 700;
      if (MOMENTS.includes(second))
        moments.push({ at, entries, seen: structuredClone(everything(run.store, at)) });
    },
    (entry) => {
      entries++;
      recorder.write(entry);
    },
  );
  await recorder.close();
  expect(told).toEqual([]);
  const recorded = await entriesOf();
  expect(recorded).toHaveLength(entries);
  for (const { at, entries: many, seen } of moments) {
    const store = new Store();
    const { kafka, nats, grpc } = addThreeSources(store);
    const pipelines = new Map([kafka, nats, grpc].map((table) => [table.identity.id, table.pipeline]));
    for (const entry of recorded.slice(0, many)) replay(entry, pipelines, store);
    expect([at, everything(store, at)]).toEqual([at, seen]);
  }
});

it("goes on after a restart as if there had been none, though collectors count their layouts anew", async () => {
  const recorder = recorderOf();
  const whole = addThreeSources(new Store());
  const entries: Entry[] = [];
  runTwoMinutes(
    whole,
    () => {},
    (entry) => entries.push(entry),
  );
  const first = new Map<Layout, Layout>();
  const anew = (layout: Layout): Layout => {
    if (!first.has(layout)) first.set(layout, { ...layout, version: 1 });
    return first.get(layout)!;
  };
  const told = entries.map((entry) =>
    "sample" in entry ? { ...entry, sample: { ...entry.sample, layout: anew(entry.sample.layout) } } : entry,
  );
  // In the second after it there are other rows.
  const restart = entries.findIndex((entry) => entry.kind === "round" && entry.at === 59_000) + 1;
  for (const entry of told.slice(0, restart)) recorder.write(entry);
  await recorder.close();

  const store = new Store();
  const { kafka, nats, grpc } = addThreeSources(store);
  const pipelines = new Map([kafka, nats, grpc].map((table) => [table.identity.id, table.pipeline]));
  for (const entry of await entriesOf()) replay(entry, pipelines, store);
  for (const entry of told.slice(restart)) replay(entry, pipelines, store);
  expect(everything(store, 120_700)).toEqual(everything(whole.store, 120_700));
});

it("tells two runs apart", async () => {
  const { layout, ...sample } = sampleOfNothing();
  for (const version of [1, 1]) {
    const recorder = recorderOf();
    recorder.write({
      kind: "sample",
      source: "k",
      cost: COST,
      sample: { ...sample, layout: { ...layout, version } },
    });
    await recorder.close();
  }
  const [one, two] = (await entriesOf()).map((entry) =>
    "sample" in entry ? entry.sample.layout.version : 0,
  );
  expect(one).toBeLessThan(two!);
  expect(two).toBeLessThan(0);
});

it("begins a new file every five minutes, each to be read alone", async () => {
  const recorder = recorderOf();
  for (let minute = 0; minute < 12; minute++) {
    recorder.write(round(minute));
    await clock.advance(60_000);
  }
  await recorder.close();
  expect(readdirSync(folder)).toEqual(["00000001.seg", "00000002.seg", "00000003.seg"]);
  unlinkSync(join(folder, "00000001.seg"));
  expect(await entriesOf()).toEqual([5, 6, 7, 8, 9, 10, 11].map(round));
});

it("never takes more than it may, and removes the oldest for it", async () => {
  const maxBytes = 40_000;
  const recorder = recorderOf({ maxBytes });
  for (let at = 0; at < 400; at++) {
    recorder.write(noise(at));
    await recorder.written();
    expect(bytes()).toBeLessThanOrEqual(maxBytes);
  }
  await recorder.close();
  expect(bytes()).toBeGreaterThan(maxBytes / 2);
  const kept = (await entriesOf()).map((entry) => (entry.kind === "seen" ? entry.at : -1));
  expect(kept.at(-1)).toBe(399);
  expect(kept).toEqual(kept.map((_, index) => kept[0]! + index));
});

it("leaves the room that is for others, as it changes", async () => {
  let reserved = 10_000;
  const recorder = recorderOf({ maxBytes: 60_000, reserved: () => reserved });
  for (let at = 0; at < 400; at++) {
    if (at === 200) reserved = 30_000;
    recorder.write(noise(at));
    await recorder.written();
    expect(bytes()).toBeLessThanOrEqual(60_000 - reserved);
  }
  await recorder.close();
  expect(told).toEqual([]);
});

it("keeps nothing for longer than it may", async () => {
  const recorder = recorderOf({ keepMs: 3_600_000 });
  for (let minute = 0; minute < 120; minute++) {
    recorder.write(round(minute));
    await recorder.written();
    await clock.advance(60_000);
  }
  await recorder.close();
  const [first] = await entriesOf();
  expect(first).toEqual(round(55));
});

it("stops with a word where nothing can be written, lets everything else go on, and goes on by itself", async () => {
  const blocked = join(folder, "history");
  writeFileSync(blocked, "a file where a folder belongs");
  const recorder = recorderOf({ folder: blocked });
  recorder.write(round(1));
  await recorder.written();
  expect(told).toEqual([expect.stringMatching(/^Nothing is recorded in .*history: EEXIST/)]);
  unlinkSync(blocked);
  recorder.write(round(2));
  await recorder.written();
  await clock.advance(10_000);
  recorder.write(round(3));
  await recorder.written();
  expect(told).toEqual([expect.anything(), null]);
  await recorder.close();
  folder = blocked;
  expect(await entriesOf()).toEqual([round(3)]);
  folder = join(blocked, "..");
});

it("begins another file after something that cannot be recorded", async () => {
  const recorder = recorderOf();
  recorder.write(round(1));
  await recorder.written();
  const sample = { ...sampleOfNothing(), details: () => "no plain data" };
  recorder.write({ kind: "sample", source: "k", cost: COST, sample });
  expect(told).toEqual([expect.stringMatching(/^What was sampled cannot be recorded: /)]);
  await clock.advance(10_000);
  recorder.write(round(2));
  await recorder.close();
  expect(readdirSync(folder)).toEqual(["00000001.seg", "00000002.seg"]);
  expect(await entriesOf()).toEqual([round(1), round(2)]);
});

it("lets go of what the disk does not keep up with, and goes on", async () => {
  const recorder = recorderOf();
  recorder.write(round(1));
  await recorder.written();
  recorder.write({ kind: "seen", source: "k", consumerId: "x".repeat(70 << 20), at: 2 });
  expect(told).toEqual([expect.stringMatching(/does not keep up/)]);
  recorder.write(round(3));
  await clock.advance(10_000);
  recorder.write(round(4));
  await recorder.written();
  expect(told.at(-1)).toBeNull();
  await recorder.close();
  expect(await entriesOf()).toEqual([round(1), round(4)]);
});

it("reads what a run that was killed has left, and leaves other files alone", async () => {
  const killed = recorderOf();
  killed.write(round(1));
  await killed.written();
  writeFileSync(join(folder, "notes.txt"), "mine");
  expect(readdirSync(folder)).toEqual(["00000001.part", "notes.txt"]);
  expect(await entriesOf()).toEqual([round(1)]);
  const next = recorderOf();
  next.write(round(2));
  await next.close();
  expect(readdirSync(folder)).toEqual(["00000001.seg", "00000002.seg", "notes.txt"]);
  expect(await entriesOf()).toEqual([round(1), round(2)]);
});

it("leaves out what was another source of the same name", async () => {
  const recorder = recorderOf();
  recorder.write({ kind: "skip", source: "k" });
  recorder.write({ kind: "skip", source: "n" });
  await recorder.close();
  expect(await entriesOf({ ...SOURCES, k: { is: "kafka two", settings: {} } })).toEqual([
    { kind: "skip", source: "n" },
  ]);
});
