import { describe, expect, it } from "vitest";
import { remapColumn, remapColumns } from "./remap.ts";

describe("a column for another layout", () => {
  it("has every row where it is now, and new rows without a value", () => {
    expect(remapColumn(Float64Array.of(1, 2, 3), Int32Array.of(2, -1, 0), Number.NaN)).toEqual(
      Float64Array.of(3, Number.NaN, 1),
    );
    expect(remapColumn(Uint8Array.of(7, 8), Int32Array.of(-1, 1), 255)).toEqual(Uint8Array.of(255, 8));
  });

  it("moves the rows of several columns together", () => {
    expect(remapColumns(Uint32Array.of(1, 2, 3, 4), 2, Int32Array.of(1, -1, 0))).toEqual(
      Uint32Array.of(2, 0, 1, 4, 0, 3),
    );
  });
});
