import { describe, expect, it } from "vitest";
import { ConsumerFlag } from "../../../sample/consumer-flag.ts";
import type { Layout } from "../../../sample/layout.ts";
import { mapPositionFlags, withHeld } from "./position-flags.ts";

const { left, unassigned, inTransaction, ageAtMost } = ConsumerFlag;
const none = Number.NaN;

/** Two consumers with two positions each, on the lanes of two streams. */
const layout = {
  lanes: { count: 2, stream: Int32Array.of(0, 1) },
  positions: {
    count: 4,
    consumer: Int32Array.of(0, 0, 1, 1),
    lane: Int32Array.of(0, 1, 0, 1),
    start: Int32Array.of(0, 2, 4),
  },
} as unknown as Layout;
const told = Uint16Array.of(left, ageAtMost, unassigned, 0);
const input = {
  layout,
  told,
  vouched: Uint8Array.of(1, 1),
  unreadSince: null,
  oldestPossible: Float64Array.of(100, 50),
};

describe("flags of positions", () => {
  it("are what members told, the same column while nothing changes that", () => {
    expect(mapPositionFlags(input)).toBe(told);
    expect(mapPositionFlags({ ...input, told: null })).toBeNull();
    expect(mapPositionFlags({ ...input, unreadSince: Float64Array.of(none, 60, none, none) })).toBe(told);
  });

  it("say nothing of who reads while nobody vouches for the members", () => {
    expect(mapPositionFlags({ ...input, vouched: Uint8Array.of(0, 1) })).toEqual(
      Uint16Array.of(0, ageAtMost, unassigned, 0),
    );
    expect([...told], "what members told stays as it was").toEqual([left, ageAtMost, unassigned, 0]);
  });

  it("say that a message is younger than its stamp where that is not possible", () => {
    const unreadSince = Float64Array.of(none, 49, 100, 49);
    expect(mapPositionFlags({ ...input, told: null, unreadSince })).toEqual(
      Uint16Array.of(0, ageAtMost, 0, ageAtMost),
    );
  });

  it("have those of an open transaction on top", () => {
    expect(withHeld(null, 4, [])).toEqual({});
    expect(withHeld(told, 4, [])).toEqual({ flags: told });
    expect(withHeld(null, 4, [2])).toEqual({ flags: Uint16Array.of(0, 0, inTransaction, 0) });
    expect(withHeld(told, 4, [2]).flags![2]).toBe(unassigned | inTransaction);
    expect(told[2]).toBe(unassigned);
  });
});
