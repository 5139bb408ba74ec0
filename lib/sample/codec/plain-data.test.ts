import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DictionaryWriter, readDictionary } from "./form/dictionary.ts";
import { ByteReader } from "./read/byte-reader.ts";
import { ValueReader } from "./read/read-value.ts";
import { ByteWriter } from "./write/byte-writer.ts";
import { ColumnWriter } from "./write/write-column.ts";
import { ValueWriter } from "./write/write-value.ts";

const RUNS = Number(process.env.STREAMSIDE_RUNS) || 2_000;

interface Written {
  readonly bytes: Uint8Array;
  readonly strings: Uint8Array;
}

function write(next: unknown, previous: unknown): Written {
  const [values, names] = [new ByteWriter(4), new ByteWriter(4)];
  const dictionary = new DictionaryWriter();
  new ValueWriter(values, dictionary, new ColumnWriter()).write(next, previous);
  dictionary.write(names);
  return { bytes: values.written(), strings: names.written() };
}

function read({ bytes, strings }: Written, previous: unknown): unknown {
  const allowed = 2 ** 25;
  const input = new ByteReader(bytes, allowed);
  const value = new ValueReader(input, readDictionary(new ByteReader(strings, allowed))).read(previous);
  expect(input.left).toBe(0);
  return value;
}

const turned = (next: unknown, previous: unknown) => read(write(next, previous), structuredClone(previous));

const anyNumber = fc.oneof(
  fc.double(),
  fc.maxSafeInteger(),
  fc.integer({ min: -200, max: 200 }),
  fc.integer({ min: -(10 ** 9), max: 10 ** 9 }).map((steps) => steps / 1_000),
  fc.constantFrom(-0, 0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 53, -(2 ** 53), 5e-324),
);
const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom("\ud800", "ÿĀ", "__proto__"),
);
const anyColumn = fc.oneof(
  fc.array(anyNumber, { maxLength: 40 }).map((numbers) => Float64Array.from(numbers)),
  fc.array(fc.integer(), { maxLength: 40 }).map((numbers) => Int32Array.from(numbers)),
  fc.array(fc.nat(), { maxLength: 9 }).map((numbers) => Uint16Array.from(numbers)),
  fc.uint8Array(),
  fc.float32Array(),
  fc.array(fc.integer(), { maxLength: 9 }).map((numbers) => Uint32Array.from(numbers)),
  fc.int16Array(),
  fc.int8Array(),
);
const anyScalar = fc.oneof(anyNumber, anyText, fc.boolean(), fc.constant(null), fc.constant(undefined));
const { anyData } = fc.letrec<{ anyData: unknown; anyParts: unknown }>((tie) => ({
  anyData: fc.oneof({ maxDepth: 4 }, anyScalar, anyColumn, tie("anyParts")),
  anyParts: fc.oneof(
    fc.array(tie("anyData"), { maxLength: 12 }),
    fc.dictionary(fc.oneof(anyText, fc.constantFrom("id", "name", "a", "b")), tie("anyData"), {
      maxKeys: 6,
      noNullPrototype: true,
    }),
    fc
      .array(fc.tuple(fc.oneof(anyText, anyNumber), tie("anyData")), { maxLength: 6 })
      .map((entries) => new Map(entries)),
  ),
}));

/** Rows that come, go, rise, slide and change in places. */
const anyRow = fc
  .tuple(fc.constantFrom("a", "b", "c", "d", "e", "f"), fc.array(fc.nat(3), { maxLength: 3 }))
  .map(([id, cells]) => ({ id, cells }));
const anyRows = fc.array(anyRow, { maxLength: 14 });

describe("plain data", () => {
  it("comes back as it was, against anything else", () => {
    fc.assert(
      fc.property(anyData, anyData, (next, previous) => deepStrictEqual(turned(next, previous), next)),
      { numRuns: RUNS },
    );
  });

  it("comes back as the lists it was, wherever rows went", () => {
    fc.assert(
      fc.property(anyRows, anyRows, (next, previous) => deepStrictEqual(turned(next, previous), next)),
      { numRuns: RUNS },
    );
  });

  it("comes back where rows stayed the same objects and moved", () => {
    fc.assert(
      fc.property(fc.array(anyData), fc.array(fc.nat()), (previous, order) => {
        const next = order.map((at) => previous[at % previous.length]);
        deepStrictEqual(read(write(next, previous), previous), next);
      }),
      { numRuns: RUNS },
    );
  });

  it("is one byte where it is the same", () => {
    fc.assert(
      fc.property(anyData, (data) => {
        expect(write(data, structuredClone(data)).bytes.length).toBe(1);
      }),
      { numRuns: RUNS },
    );
  });
});
