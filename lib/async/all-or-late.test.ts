import { expect, it } from "vitest";
import { allOrLate } from "./all-or-late.ts";
import { ManualClock, settled } from "./manual-clock.fixture.ts";

it("waits for all, and no longer than it may", async () => {
  const clock = new ManualClock();
  const finish: (() => void)[] = [];
  const work = () => new Promise<void>((resolve) => finish.push(resolve));
  const ended: string[] = [];

  void allOrLate(clock, [work(), work()], 200).then(() => ended.push("all"));
  finish[0]!();
  await clock.advance(199);
  expect(ended).toEqual([]);
  finish[1]!();
  await settled();
  expect(ended).toEqual(["all"]);
  expect(clock.pending).toBe(0);

  void allOrLate(clock, [work()], 200).then(() => ended.push("late"));
  await clock.advance(200);
  expect(ended).toEqual(["all", "late"]);
});
