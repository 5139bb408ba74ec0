import { expect, onTestFinished, test, vi } from "vitest";
import { fetchLongSeries, longSeriesHref, toBlock } from "./fetch-long-series.ts";

const ASKED = { entities: ["k:a b", "kafka"], measures: ["out", "backlog"], from: 0, to: 60_000 } as const;

test("lines of charts are means of rates and the largest of what waits, with gaps where nothing was known", () => {
  const block = toBlock(
    {
      ...{ from: 0, to: 60_000, step: 10_000 },
      series: [
        {
          entity: "a",
          measure: "out",
          points: [
            [0, 1, 2, 3],
            [20_000, 4, 5, 6],
          ],
        },
        {
          entity: "a",
          measure: "backlog",
          points: [
            [0, 1, 2, 3],
            [10_000, 4, 5, 6],
          ],
        },
        { entity: "a", measure: "latency", points: [[20_000, 1, 2, 3]] },
      ],
    },
    (entity, measure) => `${entity}.${measure}`,
  );
  expect(block).toEqual({
    t: [0, 10_000, 20_000],
    columns: { "a.out": [2, null, 5], "a.backlog": [3, 6, null], "a.latency": [null, null, 3] },
  });
});

test("what is saved is what is asked for", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    return Response.json({ from: 0, to: 60_000, step: 10_000, series: [] });
  });
  onTestFinished(() => void vi.unstubAllGlobals());
  expect(await fetchLongSeries(ASKED, new AbortController().signal)).toMatchObject({
    answer: { step: 10_000 },
  });
  expect(longSeriesHref(ASKED, "parquet")).toBe(`${asked[0]}&format=parquet`);
  expect(asked[0]).toBe(
    "/api/v1/history?entity=k%3Aa+b&entity=kafka&measure=out&measure=backlog&from=1970-01-01T00%3A00%3A00.000Z&to=1970-01-01T00%3A01%3A00.000Z",
  );
});
