import { deepStrictEqual } from "node:assert";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Sample } from "../sample.ts";
import { decode } from "./decode.ts";
import { encode } from "./encode.ts";
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
