import { afterEach, expect, it } from "vitest";
import { clockTelling } from "../../../async/clock-telling.fixture.ts";
import { createKafkaCollector } from "../collector.ts";
import { HEAD, heads, startFakeCluster } from "../fake-cluster.fixture.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

it("tries a broker once at a time that is configured by one name and advertises another", async () => {
  const [broker] = await startFakeCluster(1);
  let clock = 1_000_000;
  const collector = createKafkaCollector({
    id: "test",
    brokers: [`localhost:${broker!.port}`],
    clientId: "streamside-test",
    connectTimeoutMs: 1000,
    requestTimeoutMs: 1000,
    clock: clockTelling(() => clock),
  });
  cleanups.push(
    () => broker!.stop(),
    () => collector.close(),
  );
  const sample = () => {
    clock += 1000;
    return collector.sample(AbortSignal.timeout(5000));
  };
  expect(heads(await sample())).toEqual([HEAD(0)]);

  broker!.answers.raw = (_request, socket) => Boolean(socket.destroy());
  for (let i = 0; i < 8; i++) {
    const before = broker!.connections();
    await expect(sample()).rejects.toMatchObject({ code: "UNREACHABLE" });
    expect(broker!.connections() - before).toBeLessThanOrEqual(1);
  }
  delete broker!.answers.raw;
  await expect.poll(() => sample().then(heads, String)).toEqual([HEAD(0)]);
});
