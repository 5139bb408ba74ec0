import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Store } from "../store/store.ts";
import { addThreeSources, everything, everythingOf, runTwoMinutes } from "../views/two-minutes.fixture.ts";
import type { Entry } from "./entry.ts";
import { createEventSink, type LoggedEvent, markEvents, readEvents } from "./event-log.ts";
import { Past } from "./past.ts";
import { positionsIn, readWindowMs } from "./read-window.ts";
import { assemble, FastClock, recordTwoMinutes, SOURCES, tablesOf } from "./recorded.fixture.ts";
import { Recorder } from "./recorder.ts";
import { listSegments } from "./segment-files.ts";

interface Moment {
  readonly at: number;
  readonly seen: ReturnType<typeof everythingOf>;
}

let folder: string;
const moments: Moment[] = [];
const logged: LoggedEvent[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "streamside-past-"));
  const clock = new FastClock();
  const recorder = new Recorder({
    ...{ folder, sources: SOURCES, keepMs: 86_400_000, maxBytes: 1e9, clock },
    onTrouble: (why) => expect(why).toBeNull(),
  });
  const run = addThreeSources(new Store());
  for (const table of tablesOf(run)) {
    table.pipeline.addSink(
      createEventSink(table.identity.id, (events) => {
        logged.push(...events);
        recorder.log(events);
      }),
    );
  }
  await recordTwoMinutes(recorder, clock, run, (second) => {
    const at = second * 1_000 + 700;
    moments.push({ at, seen: structuredClone(everything(run.store, at)) });
  });
  expect(readdirSync(folder).filter((name) => name.endsWith(".seg"))).toHaveLength(4);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let unread: string[];
beforeEach(() => {
  unread = [];
});
const pastOf = (of = folder) =>
  new Past({ folder: of, assemble, onUnread: (path, { code }) => unread.push(`${path.slice(-12)} ${code}`) });

describe("a moment that is over", () => {
  it("shows what was shown then, in whatever order moments are asked for", async () => {
    const past = pastOf();
    // Far from the one before, forwards, and backwards.
    const mixed = Array.from({ length: 30 }, (_, i) => moments[(i * 71) % moments.length]!);
    for (const { at, seen } of [...mixed, ...moments.slice(30, 45), ...moments.slice(76, 82).reverse()]) {
      expect([at, everythingOf(await past.at(at))]).toEqual([at, seen]);
    }
    expect(unread).toEqual([]);
  });

  it("after the end is what was there last, as of then", async () => {
    const snapshot = await pastOf().at(500_000);
    expect(snapshot.at).toBe(120_000);
    expect((await pastOf().at(125_000)).at).toBe(125_000);
  });

  it("before the beginning, or of no recording at all, is a refusal in words", async () => {
    await expect(pastOf().at(999)).rejects.toMatchObject({ code: "NOTHING_THEN" });
    await expect(pastOf(join(folder, "none")).at(60_000)).rejects.toMatchObject({ code: "NOTHING_THEN" });
  });
});

it("takes what was set when a moment was recorded, also where it goes on from one setting into another", async () => {
  const own = mkdtempSync(join(tmpdir(), "streamside-past-settings-"));
  for (const limit of [1, 2]) {
    const clock = new FastClock();
    const sources = { k: { is: "k", settings: { limit } } };
    const recorder = new Recorder({
      ...{ folder: own, sources, keepMs: 86_400_000, maxBytes: 1e9, clock },
      onTrouble: (why) => expect(why).toBeNull(),
    });
    for (let second = 0; second < 5; second++) {
      const at = limit * 100_000 + second * 1_000;
      clock.setTo(at);
      recorder.write({ kind: "round", at });
    }
    await recorder.close();
  }
  const assembled: object[] = [];
  const past = new Past({
    folder: own,
    assemble(sources) {
      assembled.push(sources.k!.settings);
      return assemble();
    },
    onUnread: () => {},
  });
  for (const at of [101_000, 103_000, 201_000, 203_000, 102_000]) expect((await past.at(at)).at).toBe(at);
  expect(assembled).toEqual([{ limit: 1 }, { limit: 2 }, { limit: 1 }]);
  rmSync(own, { recursive: true });
});

describe("a damaged recording", () => {
  let copy: string;
  const fileOf = (number: number) => join(copy, `0000000${number}.seg`);
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), "streamside-past-copy-"));
    for (const name of readdirSync(folder)) copyFileSync(join(folder, name), join(copy, name));
  });

  it("is told of, and shows what is good of it: never another moment under a name it has not", async () => {
    const bytes = readFileSync(fileOf(2));
    const middle = bytes.length >> 1;
    // More than one, as some bits of a compressed stream mean nothing.
    for (let at = middle; at < middle + 16; at++) bytes[at]! ^= 0xff;
    writeFileSync(fileOf(2), bytes);
    const past = pastOf(copy);
    const { at, seen } = moments[20]!;
    expect(everythingOf(await past.at(at))).toEqual(seen);
    // After the end of that segment, wherever in it the damage is.
    const snapshot = await past.at(100_700);
    // Damage that ends a compressed stream early reads as a cut, which a kill leaves, too, and is no news.
    expect(unread.filter((told) => told !== "00000002.seg DAMAGED")).toEqual([]);
    expect(snapshot.at).toBe(100_700);
  });

  it("leaves the rest alone where a file is none of ours", async () => {
    writeFileSync(fileOf(1), "Something else altogether.");
    mkdirSync(join(copy, "00000009.other"));
    const { at, seen } = moments.at(-1)!;
    const past = pastOf(copy);
    await past.at(at);
    expect(unread).toEqual(["00000001.seg NOT_A_RECORDING"]);
    expect(everythingOf(await pastOf().at(at))).toEqual(seen);
  });
});

describe("what happened", () => {
  it("is found by its time without playing anything", async () => {
    const all = await pastOf().events(0, 200_000);
    expect(all).toEqual(logged.toSorted((a, b) => a.at - b.at));
    expect(all.map(({ entity }) => entity)).toEqual(expect.arrayContaining(["slow", "lost", "EVENTS", null]));
    const [from, to] = [40_000, 90_000];
    expect(await pastOf().events(from, to)).toEqual(all.filter(({ at }) => at >= from && at <= to));
  });

  it("is read as far as it is what was written", async () => {
    const name = readdirSync(folder).find((each) => each.endsWith(".events"))!;
    const path = join(folder, "broken.events");
    copyFileSync(join(folder, name), path);
    const good = await readEvents(path);
    appendFileSync(path, `00000000 ${JSON.stringify({ ...good[0], title: "Something else" })}\n12`);
    expect(await readEvents(path)).toEqual(good);
    rmSync(path);
  });

  it("is gathered where it is too much to be told apart: the worst of it is named", () => {
    const event = (at: number, change: Partial<LoggedEvent> = {}): LoggedEvent => ({
      ...{ at, kind: "status", title: `at ${at}`, source: "k", entity: null },
      ...change,
    });
    const events = [
      event(1),
      event(3, { severity: "warning", title: "behind", entity: "slow" }),
      event(4, { severity: "critical", title: "stalled", entity: "dead" }),
      event(5, { severity: "critical", title: "later" }),
      event(95, { severity: "good" }),
      event(200),
    ];
    expect(markEvents(events, 0, 100, 10)).toEqual([
      { at: 1, count: 4, severity: "critical", title: "stalled", entity: "dead" },
      { at: 95, count: 1, severity: "good", title: "at 95", entity: null },
    ]);
  });
});

it("goes on with what has been recorded since, without beginning anew", async () => {
  const own = mkdtempSync(join(tmpdir(), "streamside-past-growing-"));
  const clock = new FastClock();
  const recorder = new Recorder({
    ...{ folder: own, sources: SOURCES, keepMs: 86_400_000, maxBytes: 1e9, clock },
    onTrouble: (why) => expect(why).toBeNull(),
  });
  let assembled = 0;
  const past = new Past({
    folder: own,
    assemble() {
      assembled++;
      return assemble();
    },
    onUnread: (path, error) => {
      throw new Error(`${path}: ${error.message}`);
    },
  });
  const run = addThreeSources(new Store());
  const seen: Moment[] = [];
  const entries: Entry[][] = Array.from({ length: 120 }, () => []);
  runTwoMinutes(
    run,
    (second) => {
      const at = second * 1_000 + 700;
      seen.push({ at, seen: structuredClone(everything(run.store, at)) });
    },
    (entry) => entries[seen.length]!.push(entry),
  );
  // Asked at each second for what has just been recorded, over the ends of three segments.
  for (const [i, { at, seen: was }] of seen.entries()) {
    clock.setTo((i + 1) * 1_000);
    for (const entry of entries[i]!) recorder.write(entry);
    await recorder.written();
    expect([at, everythingOf(await past.at(at))]).toEqual([at, was]);
  }
  await recorder.close();
  expect(assembled).toBe(1);
  rmSync(own, { recursive: true });
});

describe("how much is read for a moment", () => {
  it("is a quarter of an hour, and less where so much is sampled that nobody would wait for it", async () => {
    expect(
      [10, 13_000, 184_000, 1e9].map((positions) => Math.round(readWindowMs(positions) / 1_000)),
    ).toEqual([900, 900, 65, 20]);
    const [first] = await listSegments(folder);
    // Four of Kafka, two of NATS, two of gRPC.
    expect(await positionsIn(first!)).toBe(9);
    expect(await positionsIn({ ...first!, path: join(folder, "none.seg") })).toBe(0);
  });
});
