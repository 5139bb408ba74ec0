import { describe, expect, it } from "vitest";
import { factText } from "../../../format/index.ts";
import { explainHeld, type HeldPosition, mapHeldFacts } from "./held-up.ts";

const transaction = {
  topic: "orders",
  partition: 0,
  from: 50,
  seenAt: 100_000,
  producer: 7,
  transactionalId: "billing",
  startedAt: 70_000,
  timeoutMs: 600_000,
};
const held: HeldPosition = { topic: "orders", partition: 0, from: 50, behind: 1_204, transaction };
const NOW = 130_000;

describe("who is held up by an open transaction", () => {
  it("is told whose it is, since when, what lies behind it, and what ends it", () => {
    expect(explainHeld([held], NOW)).toBe(
      "A transaction of billing (producer 7) is open on orders/0 from offset 50 on, for 1 m 00 s: readers of committed " +
        "messages get nothing behind it until it ends, 1,204 offsets so far. The broker ends it by itself once it has been " +
        "open for 10 m 00 s.",
    );
    expect(mapHeldFacts([held]).map(({ value }) => factText(value, NOW))).toEqual([
      "orders/0 from offset 50 on: transaction of billing (producer 7), begun 1 m ago, 1,204 offsets behind it",
    ]);
  });

  it("is told the worst of several partitions", () => {
    const other = { ...held, partition: 1, behind: 3 };
    expect(explainHeld([other, held], NOW)).toContain(
      "open on orders/0 from offset 50 on, as on 1 more partition, for",
    );
  });

  it("is told less where less may be asked for", () => {
    const unknown = { ...transaction, transactionalId: null, startedAt: Number.NaN, timeoutMs: Number.NaN };
    expect(explainHeld([{ ...held, transaction: unknown }], NOW)).toBe(
      "A transaction of producer 7 is open on orders/0 from offset 50 on, for at least 30.0 s: readers of committed " +
        "messages get nothing behind it until it ends, 1,204 offsets so far.",
    );
    expect(explainHeld([{ ...held, transaction: { ...unknown, producer: null } }], NOW)).toMatch(
      /^A transaction is open on orders\/0/,
    );
    expect(explainHeld([{ ...held, transaction: undefined }], NOW)).toMatch(
      /^A transaction is open on orders\/0 from offset 50 on: readers/,
    );
    const values = [unknown, undefined].flatMap((known) =>
      mapHeldFacts([{ ...held, transaction: known }]).map(({ value }) => factText(value, NOW)),
    );
    expect(values).toEqual([
      "orders/0 from offset 50 on: transaction of producer 7, first seen 30 s ago, 1,204 offsets behind it",
      "orders/0 from offset 50 on: transaction, 1,204 offsets behind it",
    ]);
  });

  it("is nobody without one", () => {
    expect(explainHeld([], NOW)).toBeNull();
    expect(mapHeldFacts([])).toEqual([]);
  });
});
