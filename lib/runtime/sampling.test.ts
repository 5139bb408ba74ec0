import { afterEach, expect, it, vi } from "vitest";
import { ManualClock } from "../async/manual-clock.fixture.ts";
import { parseConfig } from "../config/index.ts";
import { SOURCE_KINDS } from "../sources/index.ts";
import { startFakeCluster } from "../sources/kafka/fake-cluster.fixture.ts";
import { SourceSnapshot } from "../store/source-snapshot.ts";
import { Store } from "../store/store.ts";
import { createSampling } from "./sampling.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

it("tells the log of a failure once and of the return once, and of no slow sample", async () => {
  const [broker] = await startFakeCluster(1);
  cleanups.push(() => broker!.stop());
  const clock = new ManualClock();
  const told: string[] = [];
  const log = (message: string) => void told.push(message);
  const store = new Store();
  const sampling = createSampling({
    config: parseConfig(
      `sources: [{ id: test, kind: kafka, brokers: "127.0.0.1:${broker!.port}", intervalMs: 250 }]`,
      { kinds: SOURCE_KINDS, env: {}, path: "streamside.yaml" },
    ),
    unavailable: [],
    store,
    clock,
    log: { info: log, warn: log, error: log },
    watchedConsumers: () => [],
    onConsumers: () => {},
  });
  sampling.start();
  cleanups.push(() => sampling.stop());
  const table = store.sources.get("test")!;
  const status = () => new SourceSnapshot(table, clock.now()).status;
  const until = (isSo: () => boolean) =>
    vi.waitUntil(
      async () => {
        await clock.advance(10);
        return isSo();
      },
      { timeout: 10_000, interval: 1 },
    );
  await until(() => status() === "live");

  const { listGroups } = broker!.answers;
  broker!.answers.listGroups = () => "drop";
  await until(() => table.counts.failed > 1);
  broker!.answers.listGroups = listGroups;
  await until(() => status() === "live");

  let answer = () => {};
  broker!.answers.listGroups = () =>
    new Promise((resolve) => {
      answer = () => resolve(listGroups());
    });
  await until(() => status() === "late");
  broker!.answers.listGroups = listGroups;
  answer();
  await until(() => status() === "live");
  expect(told).toEqual([expect.stringContaining(`127.0.0.1:${broker!.port}`), "Source is back."]);
});
