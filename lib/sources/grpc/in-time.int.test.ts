import { expect, test } from "vitest";
import type { CallMeta } from "../../model/views.ts";
import { faultWorld, INTERVAL_MS, steady } from "./test-fault-world.ts";
import { until } from "./test-target.ts";

const worldOf = faultWorld();

test("of two calls on one connection, the one whose reader pauses is found within 2 s and named", async ({
  onTestFinished,
}) => {
  const { server, client, watch } = worldOf(onTestFinished);
  const target = await server();
  const reader = await client(target.address);
  const { untilCalls, page, table } = watch(target.address);
  await reader.tell({ do: "open", count: 2, reads: true, request: steady });
  await untilCalls((calls) => calls.length === 2 && calls.every(({ sent }) => sent! > 10));
  await reader.tell({ do: "pause", call: 1 });
  const [stalled, healthy] = await untilCalls(([worst]) => worst?.status === "stalled");
  // A second in which nothing is flushed, and at most another one to the next sample.
  expect(table.asOf! - stalled!.lastSentAt!).toBeLessThan(2_200);
  expect(healthy!.status).toBe("ok");
  expect(healthy!.peer).toBe(stalled!.peer);
  const because = () => (page(stalled!.id).meta as CallMeta).because;
  expect(because()).toContain(`Call 2 from ${stalled!.peer} (grpc-node-js/`);
  await until(because, (sentence) =>
    /its connection is alive \(.*\) and 1 other call on it flows: the reader of this call does not read/.test(
      sentence,
    ),
  );
});

test("10,000 streams at a time are all counted, and sampled in their interval", async ({
  onTestFinished,
}) => {
  const { server, client, watch } = worldOf(onTestFinished);
  const target = await server();
  const reader = await client(...Array.from({ length: 10 }, () => target.address));
  const { samples, calls, table } = watch(target.address);
  await reader.tell({ do: "open", count: 10_000, reads: true, request: { everyMs: 0, size: 10 } });
  await until(
    () => samples.at(-1)?.calls?.count,
    (count) => count === 10_000,
    20_000,
  );
  const before = samples.length;
  await until(
    () => samples.length,
    (count) => count >= before + 2,
  );
  expect(table.sampled!.cost.wallMs).toBeLessThan(INTERVAL_MS);
  expect(table.sampled!.derived.consumers.status).toHaveLength(1);
  const pages = [0, 5_000, 9_900].map((offset) => calls({ offset, sort: "age" }));
  expect(pages[0]!.meta).toMatchObject({ total: 10_000, all: 10_000, live: 10_000 });
  const shown = pages.flatMap(({ rows }) => rows);
  expect(new Set(shown.map(({ id }) => id)).size).toBe(300);
  expect(shown.every(({ sent, queued }) => sent === 1 && queued === 0)).toBe(true);
  expect(shown).toEqual([...shown].sort((a, b) => a.startedAt! - b.startedAt!));
});
