import { deepStrictEqual } from "node:assert";
import { describe, expect, it } from "vitest";
import { decode } from "./decode.ts";
import { encode } from "./encode.ts";
import { readGolden } from "./golden.fixture.ts";

/** Every version that was ever released; of the last one the bytes are still the same too. */
const VERSIONS = ["v1"];

describe.each(VERSIONS)("samples of %s", (version) => {
  it.each(readGolden(version))("are read as they were written: $name", ({ bytes, sample, previous }) => {
    deepStrictEqual(decode(bytes, previous), sample);
  });
});

it.each(readGolden(VERSIONS.at(-1)!))(
  "writes the same bytes as ever: $name",
  ({ bytes, sample, previous }) => {
    expect(Buffer.from(encode(sample, previous)).toString("hex")).toBe(Buffer.from(bytes).toString("hex"));
  },
);
