import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Sample } from "../sample.ts";
import { decode } from "./decode.ts";
import { DictionaryWriter } from "./form/dictionary.ts";
import { sealHeader, writeHeader } from "./form/header.ts";
import { SampleCodecError, type SampleCodecErrorCode } from "./form/sample-codec-error.ts";
import { Tag } from "./form/tags.ts";
import { type Golden, readGolden } from "./golden.fixture.ts";
import { identityOf } from "./identity.ts";
import { ByteWriter } from "./write/byte-writer.ts";

/** More runs for a longer look: `STREAMSIDE_RUNS=1000000 npx vitest run --project unit lib/sample/codec/fuzz`. */
const RUNS = Number(process.env.STREAMSIDE_RUNS) || 2_000;
const MOST_BYTES = 64 * 2 ** 20;

const golden = readGolden("v1");

/** What became of the bytes: a sample, or the code of an error of the codec; anything else is thrown. */
function decoded(bytes: Uint8Array, previous: Sample | null): Sample | SampleCodecErrorCode {
  try {
    return decode(bytes, previous);
  } catch (error) {
    if (error instanceof SampleCodecError) return error.code;
    throw error;
  }
}

/** The same, with a look at what it took. */
function decodedInBounds(bytes: Uint8Array, previous: Sample | null): Sample | SampleCodecErrorCode {
  const before = process.memoryUsage().arrayBuffers;
  const outcome = decoded(bytes, previous);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MOST_BYTES);
  return outcome;
}

describe.each(golden)("a damaged sample: $name", ({ bytes, previous }: Golden) => {
  it("is an error wherever a bit is another one", () => {
    const codes = new Map<unknown, number>();
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice();
      damaged[bit >>> 3]! ^= 1 << (bit & 7);
      const code = decoded(damaged, previous);
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect(Object.fromEntries(codes)).toEqual({
      NOT_A_SAMPLE: 4 * 8,
      UNKNOWN_VERSION: 8,
      CUT: expect.any(Number),
      CORRUPT: expect.any(Number),
    });
  });

  it("is an error wherever it is cut, and where something follows", () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(decoded(bytes.subarray(0, length), previous)).toBe("CUT");
    }
    expect(decoded(Uint8Array.of(...bytes, 0), previous)).toBe("CORRUPT");
  });
});

/** The body of a golden file with bytes changed, put in and taken away, and the checksum right again. */
const anyForged = fc
  .tuple(
    fc.constantFrom(...golden),
    fc.array(
      fc.tuple(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(255),
        fc.constantFrom("set", "put", "take"),
      ),
      {
        minLength: 1,
        maxLength: 6,
      },
    ),
  )
  .map(([{ bytes, previous }, changes]) => {
    const forged = [...bytes];
    for (const [where, byte, what] of changes) {
      const at = bytes[7]! + Math.floor(where * (forged.length - bytes[7]!));
      forged.splice(at, what === "put" ? 0 : 1, ...(what === "take" ? [] : [byte]));
    }
    return { bytes: sealed(Uint8Array.from(forged)), previous };
  });

function sealed(message: Uint8Array): Uint8Array {
  sealHeader(message);
  return message;
}

function messageOf(previous: Sample | null, write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter();
  writeHeader(out, previous && identityOf(previous));
  write(out);
  return sealed(out.written().slice());
}

describe("a message that nobody encoded, with the right checksum", () => {
  it("is an error of the codec or some sample, and nothing else", () => {
    const seen = new Set<unknown>();
    fc.assert(
      fc.property(anyForged, ({ bytes, previous }) => {
        const outcome = decodedInBounds(bytes, previous);
        seen.add(typeof outcome === "string" ? outcome : "a sample");
      }),
      { numRuns: RUNS },
    );
    expect(seen).toContain("CORRUPT");
    expect(seen).toContain("a sample");
  });

  it("is an error of the codec where it is noise", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...golden), (noise, { previous }) => {
        expect(
          decodedInBounds(
            messageOf(previous, (out) => out.append(noise)),
            previous,
          ),
        ).toEqual(expect.any(String));
      }),
      { numRuns: RUNS },
    );
  });

  it.each<[string, SampleCodecErrorCode, (out: ByteWriter) => void]>([
    ["a column of more rows than there may be", "TOO_LARGE", (out) => column(out, 2 ** 40)],
    ["columns that are larger together", "TOO_LARGE", (out) => list(out, 8, () => column(out, 2 ** 21))],
    ["a list of more elements than bytes", "CORRUPT", (out) => list(out, 2 ** 50, () => {})],
    ["lists within lists", "CORRUPT", (out) => nest(out, 1_000)],
    ["a number with a hundred digits", "CORRUPT", (out) => out.append(Uint8Array.of(Tag.DECIMAL, 100, 1))],
  ])("is an error where it is %s", (_, code, write) => {
    const message = messageOf(null, (out) => {
      new DictionaryWriter().write(out);
      write(out);
    });
    expect(decodedInBounds(message, null)).toBe(code);
  });

  it("is an error where strings grow out of each other", () => {
    const message = messageOf(null, (out) => {
      out.varint(50_000);
      for (let n = 0; n < 50_000; n++) {
        out.varint(n);
        out.varint(1 << 1);
        out.byte(97);
      }
    });
    expect(decodedInBounds(message, null)).toBe("TOO_LARGE");
  });
});

/** Of zeros, in a handful of bytes. */
function column(out: ByteWriter, rows: number): void {
  out.byte(Tag.COLUMN);
  out.byte(0);
  out.varint(rows);
  out.byte(0);
  out.varint((rows - 1) * 8);
  out.signed(0);
}

function list(out: ByteWriter, count: number, element: () => void): void {
  out.byte(Tag.LIST);
  out.varint(count);
  out.byte(8 * 4 + 2);
  for (let n = 0; n < Math.min(8, count); n++) element();
}

function nest(out: ByteWriter, levels: number): void {
  for (let level = 0; level < levels; level++) {
    out.byte(Tag.LIST);
    out.varint(1);
    out.byte(1 * 4 + 2);
  }
  out.byte(Tag.NULL);
}

it("reads a later minor version, whose header may be longer", () => {
  const { bytes, sample } = golden[0]!;
  const header = bytes[7]!;
  const later = Uint8Array.of(...bytes.subarray(0, header), 1, 2, 3, ...bytes.subarray(header));
  later[5] = 1;
  later[7] = header + 3;
  deepStrictEqual(decode(sealed(later), null), sample);
});
