import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JournalError } from "./journal-error.ts";
import { readHeader, readRecords, SegmentEncoder } from "./segment.ts";

const HEADER = {
  startedAt: 1_796_000_000_000,
  run: "a-run",
  sources: { k: { is: "kafka 127.0.0.1:9092", settings: {} } },
};
/** In batches, as they are written; nothing in them is like the others. */
const BATCHES = [["first"], ["second", ""], ["third", "x".repeat(5_000)], ["last"]];
const RECORDS = BATCHES.flat();

let folder: string;
let whole: Buffer;
/** The file's length after each batch. */
const ends: number[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "streamside-segment-"));
  const encoder = new SegmentEncoder(HEADER);
  const parts: Buffer[] = [];
  for (const batch of BATCHES) {
    parts.push(await encoder.add(batch.map((text) => Buffer.from(text))));
    ends.push(parts.reduce((sum, { length }) => sum + length, 0));
  }
  encoder.close();
  whole = Buffer.concat(parts);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(bytes: Uint8Array): string {
  const path = join(folder, "some.seg");
  writeFileSync(path, bytes);
  return path;
}

async function recordsOf(bytes: Uint8Array, found: string[] = []): Promise<string[]> {
  for await (const record of readRecords(fileOf(bytes))) found.push(record.toString());
  return found;
}

describe("a segment", () => {
  it("holds what was written, in its order", async () => {
    expect(await readHeader(fileOf(whole))).toEqual(HEADER);
    expect(await recordsOf(whole)).toEqual(RECORDS);
  });

  it("is read up to its last whole record, wherever it was cut", async () => {
    for (let length = ends[0]!; length < whole.length; length++) {
      const found = await recordsOf(whole.subarray(0, length));
      expect(found).toEqual(RECORDS.slice(0, found.length));
      // All that was flushed before the cut is there.
      const batches = ends.filter((end) => end <= length).length;
      expect(found.length).toBeGreaterThanOrEqual(BATCHES.slice(0, batches).flat().length);
    }
  });

  it("tells the truth or an error, whichever byte was flipped", async () => {
    for (let at = 0; at < whole.length; at++) {
      const flipped = Uint8Array.from(whole);
      flipped[at]! ^= 1 << (at % 8);
      const found: string[] = [];
      const error = await recordsOf(flipped, found).then(
        () => null,
        (reason) => reason,
      );
      if (error !== null) expect(error, `byte ${at}`).toBeInstanceOf(JournalError);
      else expect(await readHeader(fileOf(flipped)), `byte ${at}`).toEqual(HEADER);
      expect(found, `byte ${at}`).toEqual(RECORDS.slice(0, found.length));
    }
  });

  it.each([
    ["NOT_A_RECORDING", "nothing", () => Buffer.alloc(0)],
    ["NOT_A_RECORDING", "something else", () => readFileSync(new URL(import.meta.url))],
    ["UNKNOWN_VERSION", "an older form", () => Buffer.concat([Buffer.from("SSJ\x01"), whole.subarray(4)])],
    [
      "UNKNOWN_VERSION",
      "a newer form",
      () => Buffer.concat([Buffer.from("SSJ\xff", "latin1"), whole.subarray(4)]),
    ],
    ["DAMAGED", "the beginning of a header", () => whole.subarray(0, 40)],
  ])("%s: %s", async (code, _what, bytes) => {
    await expect(recordsOf(bytes())).rejects.toMatchObject({ name: "JournalError", code });
  });
});
