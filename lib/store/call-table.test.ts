import { expect, it } from "vitest";
import { CallTable } from "./call-table.ts";
import { callsOf } from "./test-calls.ts";

it("knows no rate of a call over the moment between the first sample and the grid of the clock", () => {
  const table = new CallTable();
  const at = (ms: number, sent: number) =>
    table.accept(ms, callsOf([{ key: "a", startedAt: -60_000, sent }]));
  at(995, 10);
  at(1_000, 13);
  expect(table.rate(0, "sent")).toBeNaN();
  at(2_000, 20);
  expect(table.rate(0, "sent")).toBeCloseTo(10, 1);
});
