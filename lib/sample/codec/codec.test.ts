import { deepStrictEqual } from "node:assert";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Sample } from "../sample.ts";
import { decode } from "./decode.ts";
import { encode } from "./encode.ts";
import { checksum, plainChecksum } from "./form/checksum.ts";
import { SampleCodecError } from "./form/sample-codec-error.ts";
import { anyChain } from "./samples.fixture.ts";

/** More runs for a longer look: `STREAMSIDE_RUNS=20000 npx vitest run --project unit lib/sample/codec`. */
const RUNS = Number(process.env.STREAMSIDE_RUNS) || 300;

/** As `toEqual`, but 0 is not −0 and a field that is undefined is not one that is absent. */
const same: (actual: unknown, expected: unknown) => void = deepStrictEqual;

describe("encode and decode", () => {
  it("give back any sample that stands alone", () => {
    fc.assert(
      fc.property(anyChain({ minLength: 1, maxLength: 1 }), ([sample]) => {
        same(decode(encode(sample!, null), null), sample);
      }),
      { numRuns: RUNS },
    );
  });

  it("give back any sample against any other one, whichever was first", () => {
    fc.assert(
      fc.property(anyChain({ minLength: 2, maxLength: 4 }), fc.nat(), fc.nat(), (samples, from, to) => {
        const previous = samples[from % samples.length]!;
        const sample = samples[to % samples.length]!;
        same(decode(encode(sample, previous), structuredClone(previous)), sample);
      }),
      { numRuns: RUNS },
    );
  });

  it("give back a chain of twenty, each against what the one before it became", () => {
    fc.assert(
      fc.property(anyChain({ minLength: 20, maxLength: 20 }), (samples) => {
        let before: Sample | null = null;
        let decoded: Sample | null = null;
        for (const sample of samples) {
          decoded = decode(encode(sample, before), decoded);
          same(decoded, sample);
          before = sample;
        }
      }),
      { numRuns: Math.ceil(RUNS / 10) },
    );
  });

  it("keep what did not change, by identity", () => {
    fc.assert(
      fc.property(anyChain({ minLength: 2, maxLength: 2 }), ([previous, sample]) => {
        // Of new rows also what has the same numbers is made anew.
        fc.pre(sample!.layout === previous!.layout || sample!.layout.version === previous!.layout.version);
        const before = decode(encode(previous!, null), null);
        const decoded = decode(encode(sample!, previous!), before);
        for (const field of Object.keys(sample!) as (keyof Sample)[]) {
          if (isDeepStrictEqual(sample![field], previous![field])) expect(decoded[field]).toBe(before[field]);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

const [first, second] = fc.sample(anyChain({ minLength: 2, maxLength: 2 }), { numRuns: 1, seed: 7 })[0] as [
  Sample,
  Sample,
];
const delta = encode(second, first);
const codeOf = (act: () => unknown) => {
  try {
    act();
    return null;
  } catch (error) {
    return (error as SampleCodecError).code;
  }
};

describe("decode", () => {
  it.each<[string, Sample | null]>([
    ["none", null],
    ["the sample itself", second],
    ["one that finished at another time", { ...first, finishedAt: first.finishedAt + 1 }],
    ["one of another source", { ...first, layout: { ...first.layout, streams: [] } }],
    ["one with other numbers", { ...first, lanes: { ...first.lanes, head: Float64Array.of(1, 2, 3) } }],
  ])("refuses to read a sample against %s, where it was coded against another one", (_, previous) => {
    expect(codeOf(() => decode(delta, previous))).toBe("WRONG_PREVIOUS");
  });

  it("reads a sample that stands alone whatever it is given", () => {
    same(decode(encode(second, null), first), second);
  });

  it("keeps fields that nobody knows yet, wherever they are", () => {
    const later = {
      ...second,
      laterField: { column: Float64Array.of(1, Number.NaN), list: [{ id: "a", x: 1 }] },
    };
    same(decode(encode(later, first), first), later);
    same(decode(encode(later, null), null), later);
  });
});

describe("encode", () => {
  it.each<[string, unknown]>([
    ["a function", () => 1],
    ["a symbol", Symbol("x")],
    ["a bigint", 1n],
    ["a date", new Date(0)],
    ["a set", new Set([1])],
    ["a view of bytes", new DataView(new ArrayBuffer(1))],
    ["an instance", new SampleCodecError("CUT", "")],
    ["a circle", circle()],
  ])("refuses what is no plain data: %s", (_, details) => {
    expect(codeOf(() => encode({ ...second, details }, null))).toBe("NOT_PLAIN");
    expect(codeOf(() => encode({ ...second, details }, first))).toBe("NOT_PLAIN");
    // What was begun leaves nothing behind.
    same(decode(encode(second, first), first), second);
  });

  it("tells the buckets that came to a histogram, and not all that stand behind them", () => {
    const upperMs = Array.from({ length: 400 }, (_, bucket) => 100 + bucket * 1.024);
    const counts = upperMs.map((_, bucket) => 1 + ((bucket * 7) % 5));
    const before = { ...first, details: { upperMs, counts } };
    // Two that are new side by side, one at the beginning, one that is gone, and ten that counted on.
    const grown = counts.map((count, bucket) => (bucket % 40 === 3 ? count + 1 : count));
    const after = {
      ...first,
      details: {
        upperMs: upperMs.toSpliced(300, 1).toSpliced(200, 0, 304.3, 304.5).toSpliced(0, 0, 99),
        counts: grown.toSpliced(300, 1).toSpliced(200, 0, 1, 1).toSpliced(0, 0, 1),
      },
    };
    const bytes = encode(after, before);
    same(decode(bytes, before), after);
    expect(bytes.length).toBeLessThan(encode(before, before).length + 150);
  });

  it("refuses a column that is too long to be read", () => {
    expect(codeOf(() => encode({ ...second, details: new Uint8Array(2 ** 21 + 1) }, null))).toBe("TOO_LARGE");
  });
});

function circle(): unknown {
  const circle: { itself?: unknown } = {};
  circle.itself = circle;
  return circle;
}

it("has one checksum, whoever works it out", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      expect(plainChecksum(b, plainChecksum(a))).toBe(checksum(Uint8Array.of(...a, ...b)));
    }),
  );
});
