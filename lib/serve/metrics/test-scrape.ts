/** Test only: a scrape as its series, each line checked against the text format. */
import { expect } from "vitest";
import { SOURCE_KINDS } from "../../sources/index.ts";
import type { Store } from "../../store/store.ts";
import { createMetrics } from "./render-metrics.ts";

export const NOW = 60_000;

/** Series of a scrape by name and labels: `name{a="x"}` → value. */
export async function scrape(
  store: Store,
  { now = NOW, maxPositionSeries = 1_000 } = {},
): Promise<Map<string, number>> {
  const render = createMetrics({
    store,
    kinds: SOURCE_KINDS,
    now: () => now,
    maxPositionSeries,
    sockets: () => ({ clients: 3, queries: 2 }),
  });
  const { contentType, text } = await render();
  expect(contentType).toMatch(/^text\/plain/);
  const series = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const match =
      /^([a-zA-Z_:][a-zA-Z0-9_:]*(?:\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\["\\n])*",?)*\})?) (\S+)$/.exec(
        line,
      );
    expect(match, `not a line of the format: ${line}`).not.toBeNull();
    expect(series.has(match![1]!), `twice: ${line}`).toBe(false);
    series.set(match![1]!, Number(match![2]));
  }
  return series;
}
export const namesIn = (series: Map<string, number>, name: string) =>
  [...series.keys()].filter((key) => key.startsWith(`${name}{`));
