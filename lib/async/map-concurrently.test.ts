import fc from "fast-check";
import { expect, it } from "vitest";
import { settled } from "./manual-clock.fixture.ts";
import { mapConcurrently } from "./map-concurrently.ts";

it("keeps the order and never runs more than the width at once", () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.nat(3)), fc.integer({ min: 1, max: 5 }), async (turns, width) => {
      let running = 0;
      let most = 0;
      const doubled = await mapConcurrently(turns, width, async (n) => {
        most = Math.max(most, ++running);
        for (let i = 0; i <= n; i++) await null;
        running--;
        return n * 2;
      });
      expect(doubled).toEqual(turns.map((n) => n * 2));
      expect(most).toBe(Math.min(width, turns.length)); // every worker starts at once and waits a turn at least
    }),
  ));

it("begins nothing more once one has failed", async () => {
  const begun: number[] = [];
  const failing = mapConcurrently([1, 2, 3, 4, 5, 6], 2, async (n) => {
    begun.push(n);
    if (n === 1) throw new Error("broken");
    await settled();
  });
  await expect(failing).rejects.toThrow("broken");
  await settled();
  await settled();
  expect(begun).toEqual([1, 2]);
});
