import { contradictionsIn } from "../lib/derive/contradictions.fixture.ts";
import { severityOf, severityRank } from "../lib/model/status.ts";
import type { ConsumerView } from "../lib/model/views.ts";
import { type Demo, expect, test } from "./demo.ts";

const WATCHED_MS = 3 * 60_000;

/** Every consumer, worst first, once there is a sample newer than what was seen. */
async function newerRows(demo: Demo, seen: ReadonlyMap<string, number>): Promise<ConsumerView[]> {
  let rows: ConsumerView[] = [];
  await expect
    .poll(
      async () => {
        const answer = await fetch(`${demo.ready.url}/api/v1/consumers?limit=500`);
        rows = ((await answer.json()) as { items: ConsumerView[] }).items;
        return rows.some(({ source, asOf }) => (asOf ?? 0) > (seen.get(source) ?? 0));
      },
      { intervals: [100], timeout: 30_000, message: "a newer sample" },
    )
    .toBe(true);
  return rows;
}

test("no row of the demo contradicts itself in three minutes", async ({ demo }) => {
  test.setTimeout(WATCHED_MS + 120_000);
  const seen = new Map<string, number>();
  const told = new Map<string, string>();
  const until = Date.now() + WATCHED_MS;
  let rowsRead = 0;
  while (Date.now() < until) {
    const rows = await newerRows(demo, seen);
    let worst = 0;
    for (const row of rows) {
      const rank = severityRank(severityOf(row.status));
      const found = contradictionsIn(row);
      if (rank < worst) found.push(`is ${row.status}, below a row that is better`);
      worst = Math.max(worst, rank);
      // Each kind once: a row that is wrong stays so for a while.
      for (const wrong of found) {
        const kind = `${row.id}: ${wrong.replace(/[\d.,]+/g, "n")}`;
        if (told.has(kind)) continue;
        const { status, because, backlog, latencyMs, inPerSecond, outPerSecond, drain } = row;
        const beside = { status, backlog, latencyMs, inPerSecond, outPerSecond, drain };
        told.set(kind, `${row.id} ${wrong}: ${because} ${JSON.stringify(beside)}`);
      }
      if ((row.asOf ?? 0) > (seen.get(row.source) ?? 0)) rowsRead++;
    }
    for (const { source, asOf } of rows) if (asOf !== null) seen.set(source, asOf);
  }
  expect(rowsRead).toBeGreaterThan(500);
  expect([...told.values()]).toEqual([]);
});
