import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { everythingOf } from "../views/two-minutes.fixture.ts";
import { deleteIncident, folderOfIncident, listIncidents, markIncident } from "./incidents.ts";
import { packIncident, unpackIncident } from "./pack.ts";
import { Past } from "./past.ts";
import { assemble, FastClock, recordTwoMinutes, SOURCES } from "./recorded.fixture.ts";
import { Recorder } from "./recorder.ts";
import { sumUp } from "./sum-up.ts";

const SPAN = { name: "It fell behind", note: "Since the deploy.", from: 60_000, to: 90_000 };

let folder: string;
let elsewhere: string;
let told: (string | null)[];
let clock: FastClock;

function recorderOf(change: { maxBytes?: number; keepMs?: number } = {}) {
  return new Recorder({
    ...{ folder, sources: SOURCES, keepMs: 86_400_000, maxBytes: 1e9, clock },
    onTrouble: (why) => told.push(why),
    ...change,
  });
}

const pastOf = (of: string) =>
  new Past({
    folder: of,
    assemble,
    onUnread: (path, error) => {
      throw new Error(`${path}: ${error.message}`);
    },
  });
const pageAt = async (of: string, at: number) => everythingOf(await pastOf(of).at(at));
const segmentsIn = (of: string) => readdirSync(of).filter((name) => name.endsWith(".seg"));

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "streamside-incidents-"));
  elsewhere = mkdtempSync(join(tmpdir(), "streamside-elsewhere-"));
  told = [];
  clock = new FastClock();
  await recordTwoMinutes(recorderOf(), clock);
});
afterEach(() => {
  for (const each of [folder, elsewhere]) rmSync(each, { recursive: true, force: true });
});

describe("an incident", () => {
  it("is listed, the newest span first, and gone when it is deleted", async () => {
    const first = await markIncident(folder, SPAN, 500);
    const second = await markIncident(folder, { ...SPAN, from: 70_000, name: "Again" }, 600);
    expect(first).toEqual({
      ...SPAN,
      id: expect.stringMatching(/^1970-01-01-00-01-00-[0-9a-f]{6}$/),
      markedAt: 500,
    });
    expect(await listIncidents(folder)).toEqual([second, first]);
    expect(await deleteIncident(folder, first.id)).toBe(true);
    expect(await deleteIncident(folder, first.id)).toBe(false);
    expect(await deleteIncident(folder, "..")).toBe(false);
    expect(await listIncidents(folder)).toEqual([second]);
    await expect(markIncident(folder, { ...SPAN, from: -2e6, to: -1e6 }, 700)).rejects.toMatchObject({
      code: "NOTHING_THEN",
    });
  });

  it("takes no room of its own while the recording has it, and keeps it when that is gone", async () => {
    const { bytes } = await sumUp(folder);
    const before = await pageAt(folder, 75_700);
    await markIncident(folder, SPAN, 500);
    expect((await sumUp(folder)).bytes).toBe(bytes);
    // Files are dated by the disk's own clock.
    for (const name of segmentsIn(folder)) utimesSync(join(folder, name), 1, 1);
    clock.setTo(1e6);
    const recorder = recorderOf({ keepMs: 1_000 });
    recorder.write({ kind: "round", at: clock.now() });
    await recorder.written();
    clock.setTo(1e6 + 10_000);
    recorder.write({ kind: "round", at: clock.now() });
    await recorder.close();
    // Its number is none that an incident still has.
    expect(segmentsIn(folder)).toEqual(["00000005.seg"]);
    expect(await pageAt(folder, 75_700)).toEqual(before);
    const kept = (await sumUp(folder)).bytes;
    expect(kept).toBeGreaterThan(bytes / 2);
    for (const { id } of await listIncidents(folder)) await deleteIncident(folder, id);
    expect((await sumUp(folder)).bytes).toBeLessThan(1_000);
    await expect(pageAt(folder, 75_700)).rejects.toMatchObject({ code: "NOTHING_THEN" });
  });

  it("counts against what all of it may take, and is named where there is no room left beside it", async () => {
    await markIncident(folder, SPAN, 500);
    const { bytes } = await sumUp(folder);
    clock.setTo(1e6);
    const recorder = recorderOf({ maxBytes: Math.floor(bytes / 2) });
    recorder.write({ kind: "round", at: clock.now() });
    await recorder.close();
    expect(told).toEqual([expect.stringMatching(/marked incidents take \d+ of them/)]);
  });

  it("that was cut while it was made is none", async () => {
    mkdirSync(join(folder, "incidents", ".1970-half"), { recursive: true });
    mkdirSync(join(folder, "incidents", "1970-empty"), { recursive: true });
    expect(await listIncidents(folder)).toEqual([]);
  });
});

describe("an export", () => {
  const exported = async () => {
    const { id } = await markIncident(folder, SPAN, 500);
    const path = join(elsewhere, "one.streamside");
    await pipeline(packIncident((await folderOfIncident(folder, id))!), createWriteStream(path));
    return path;
  };
  /** An archive of these files. */
  const archiveOf = async (files: Record<string, string>, type: "file" | "symlink" = "file") => {
    const path = join(elsewhere, "other.streamside");
    const archive = pack();
    for (const [name, text] of Object.entries(files)) {
      if (type === "file") archive.entry({ name }, text);
      else archive.entry({ name, type, linkname: text });
    }
    archive.finalize();
    await pipeline(archive, createWriteStream(path));
    return path;
  };

  it("opened elsewhere shows the same pages", async () => {
    const opened = join(elsewhere, "opened");
    expect(await unpackIncident(await exported(), opened)).toMatchObject(SPAN);
    for (const at of [61_700, 75_700, 89_700])
      expect(await pageAt(opened, at)).toEqual(await pageAt(folder, at));
    // Its end is that of the recording, whenever it was opened.
    expect(Math.abs((await sumUp(opened)).to! - (await sumUp(folder)).to!)).toBeLessThan(2_000);
    expect(await pastOf(opened).events(60_000, 90_000)).toEqual(await pastOf(folder).events(60_000, 90_000));
  });

  it("cut anywhere is refused in words, or shows what is whole", async () => {
    const whole = readFileSync(await exported());
    const path = join(elsewhere, "cut.streamside");
    for (const share of [0, 0.001, 0.3, 0.7, 0.999]) {
      writeFileSync(path, whole.subarray(0, Math.floor(whole.length * share)));
      const opening = unpackIncident(path, mkdtempSync(join(elsewhere, "cut-")));
      const outcome = await opening.then(
        ({ name }) => name,
        ({ code }) => code,
      );
      expect([SPAN.name, "NOT_A_RECORDING"]).toContain(outcome);
      if (share < 0.9) expect(outcome).toBe("NOT_A_RECORDING");
    }
  });

  it.each([
    ["nothing", {}],
    ["another archive", { "readme.txt": "Hello." }],
    ["a description that is none", { "incident.json": "{}" }],
    ["a description that is no JSON", { "incident.json": "{" }],
    ["segments alone", { "00000001.seg": "x" }],
    ["a name that leads elsewhere", { "../elsewhere.txt": "x" }],
    ["a folder", { "a/00000001.seg": "x" }],
  ])("that holds %s is refused in words, and nothing is written elsewhere", async (_what, files) => {
    const path = await archiveOf(files as Record<string, string>);
    const into = join(elsewhere, "into");
    await expect(unpackIncident(path, into)).rejects.toMatchObject({
      code: "NOT_A_RECORDING",
      message: expect.stringMatching(/no recording that Streamside has exported/),
    });
    expect(readdirSync(elsewhere).toSorted()).toEqual(["into", "other.streamside"]);
  });

  it("that holds links, is no archive, or is not there is refused", async () => {
    const into = join(elsewhere, "into");
    await expect(
      unpackIncident(await archiveOf({ "00000001.seg": "/etc/hostname" }, "symlink"), into),
    ).rejects.toMatchObject({ code: "NOT_A_RECORDING" });
    const junk = join(elsewhere, "junk");
    writeFileSync(junk, "Not an archive at all, and longer than a block of one would be. ".repeat(20));
    await expect(unpackIncident(junk, into)).rejects.toMatchObject({ code: "NOT_A_RECORDING" });
    await expect(unpackIncident(join(elsewhere, "none"), into)).rejects.toMatchObject({ code: "ENOENT" });
    expect(statSync(into).isDirectory()).toBe(true);
  });
});
