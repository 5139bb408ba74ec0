/**
 * Test only: samples that were written by each version, and what they say. `golden/v1-full.bin` is the first of
 * `golden/v1.json`, `v1-next.bin` the second against the first, `v1-moved.bin` the third against the second, with other rows.
 *
 * For a new version: copy the JSON under its name, add to it what is new, and run
 * `STREAMSIDE_GOLDEN=v2 npx vitest run --project unit lib/sample/codec/golden`, which writes what is not there yet. The files
 * of versions before stay, and stay readable.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Sample } from "../sample.ts";
import { encode } from "./encode.ts";
import { isFields } from "./plain.ts";

export interface Golden {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly sample: Sample;
  readonly previous: Sample | null;
}

const PARTS = ["full", "next", "moved"] as const;

export function readGolden(version: string): Golden[] {
  const samples = fromJson(JSON.parse(readFileSync(pathOf(`${version}.json`), "utf8"))) as Sample[];
  return PARTS.map((part, at) => {
    const [sample, previous] = [samples[at]!, samples[at - 1] ?? null];
    const path = pathOf(`${version}-${part}.bin`);
    if (!existsSync(path) && process.env.STREAMSIDE_GOLDEN === version)
      writeFileSync(path, encode(sample, previous));
    return { name: part, bytes: new Uint8Array(readFileSync(path)), sample, previous };
  });
}

function pathOf(file: string): URL {
  return new URL(`golden/${file}`, import.meta.url);
}

/** `{ "$": what it is, "of": what it consists of }` for what JSON has no word for. */
export function fromJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromJson);
  if (!isFields(value)) return value;
  const { $: sort, of } = value;
  if (sort === undefined) {
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, fromJson(field)]));
  }
  const parts = (of as unknown[] | undefined)?.map(fromJson) ?? [];
  switch (sort) {
    case "undefined":
      return undefined;
    case "number":
      return Number(parts[0]);
    case "Map":
      return new Map(parts as [unknown, unknown][]);
    case "Float64Array":
      return Float64Array.from(parts as number[]);
    case "Int32Array":
      return Int32Array.from(parts as number[]);
    case "Uint16Array":
      return Uint16Array.from(parts as number[]);
    case "Uint8Array":
      return Uint8Array.from(parts as number[]);
    default:
      throw new Error(`A golden file holds a ${sort}.`);
  }
}
