import { expect, test } from "./demo.ts";

const WATCHED_MS = 3 * 60_000;

test("no row of the demo has contradicted itself, in three minutes at least", async ({ watched }) => {
  test.setTimeout(WATCHED_MS + 120_000);
  await expect
    .poll(() => Date.now() - watched.seen.since, { intervals: [1_000], timeout: WATCHED_MS + 60_000 })
    .toBeGreaterThan(WATCHED_MS);
  const { rows, unanswered, contradictions } = watched.seen;
  expect(contradictions).toEqual([]);
  expect(rows).toBeGreaterThan(500);
  expect(unanswered).toBe(0);
});
