import { afterEach, expect, test } from "vitest";
import type { Collector } from "../sample/collector.ts";
import type { Sample } from "../sample/sample.ts";
import { createGrpcCollector } from "../sources/grpc/index.ts";
import { startGrpcDemoService } from "./grpc-demo-service.ts";
import { startGrpcLoad } from "./grpc-load.ts";

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

const never = new AbortController().signal;

async function until<T>(look: () => Promise<T>, fits: (seen: T) => boolean, withinMs = 20_000): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (fits(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${fits}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Messages in so far, by method. */
function totals({ layout, streams }: Sample): Map<string, number> {
  return new Map(layout.streams.map(({ name }, row) => [name.split("/")[2]!, streams.inTotal![row]!]));
}

/** Backlogs of the WatchQuotes calls, smallest first. */
function watchers({ layout, positions }: Sample): number[] {
  const row = layout.consumers.findIndex(({ name }) => name.startsWith("Market/WatchQuotes"));
  if (row < 0) return [];
  const { start } = layout.positions;
  return [...positions.backlog!.slice(start[row], start[row + 1])].sort((a, b) => a - b);
}

function collect(address: string): Collector {
  const collector = createGrpcCollector({
    id: "demo",
    target: address,
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 2_000,
  });
  ending.push(() => collector.close());
  return collector;
}

async function serve(port = 0) {
  const service = await startGrpcDemoService({ port });
  ending.push(() => service.stop());
  return service;
}

test("all four call kinds at their rates, one watcher too slow, drained when nothing is produced, back after a death", async () => {
  const service = await serve();
  const log: string[] = [];
  const load = await startGrpcLoad({ address: service.address, log: (line) => log.push(line), scale: 3 });
  ending.push(() => load.stop());
  expect(load.describe).toHaveLength(6);
  const collector = collect(service.address);
  const sample = () => collector.sample(never);

  const first = await until(sample, (seen) => totals(seen).size === 5 && watchers(seen).length === 4);
  // After a pause of the event loop the healthy one has a queue too, for a moment.
  const grown = await until(
    sample,
    (seen) => seen.finishedAt - first.finishedAt > 2_000 && watchers(seen)[2]! < 5 && watchers(seen)[3]! > 60,
  );
  const seconds = (grown.finishedAt - first.finishedAt) / 1000;
  for (const [method, perSecond] of Object.entries({
    GetQuote: 40,
    UploadOrders: 50,
    WatchQuotes: 320,
    Negotiate: 30,
  })) {
    const rate = (totals(grown).get(method)! - totals(first).get(method)!) / seconds;
    expect(rate / (perSecond * 3), method).toBeGreaterThan(0.7);
    expect(rate / (perSecond * 3), method).toBeLessThan(1.3);
  }
  const { sent, finished } = load.counts();
  expect(finished).toBeGreaterThan(100);
  expect(sent).toBeGreaterThanOrEqual(finished);

  load.setProducing(false);
  const drained = await until(sample, (seen) => Math.max(...watchers(seen)) === 0);
  const quiet = await until(sample, (seen) => seen.finishedAt > drained.finishedAt + 1_000);
  const settled = await until(sample, (seen) => seen.finishedAt > quiet.finishedAt + 1_000);
  expect(totals(settled)).toEqual(totals(quiet));

  // A service that comes back is told that nothing is to be produced, and goes on when it is.
  await service.stop();
  await until(
    async () => log.length,
    (lines) => lines === 1,
  );
  await serve(Number(service.address.split(":")[1]));
  await until(
    async () => log.length,
    (lines) => lines === 2,
  );
  expect(log[0]).toContain("lost");
  expect(log[1]).toContain("back");
  const idle = await until(
    () => collector.sample(never).catch(() => null),
    (seen) => seen !== null && watchers(seen).length === 4,
  );
  const before = totals(idle!).get("WatchQuotes")!;
  const later = await until(sample, (seen) => seen.finishedAt > idle!.finishedAt + 1_000);
  expect(totals(later).get("WatchQuotes")).toBe(before);
  load.setProducing(true);
  await until(sample, (seen) => (totals(seen).get("WatchQuotes") ?? 0) > before + 100);
});
