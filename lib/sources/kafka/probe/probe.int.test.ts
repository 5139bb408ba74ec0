import { type Admin, Kafka, logLevel } from "kafkajs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLocalKafka } from "../../../../brokers/index.ts";
import { systemClock } from "../../../async/clock.ts";
import { KafkaProbe, type KafkaProbeOptions } from "./probe.ts";

const EVERY_MS = 50;
const DEADLINE_MS = 1000;

let broker: Awaited<ReturnType<typeof startLocalKafka>>;
let admin: Admin;
let probe: KafkaProbe;

beforeAll(async () => {
  broker = await startLocalKafka({ properties: { "auto.create.topics.enable": "false" } });
  admin = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
});

afterEach(() => probe.close());

afterAll(async () => {
  await admin?.disconnect();
  await broker?.stop();
});

function start(topic: string, more: Partial<KafkaProbeOptions> = {}): void {
  probe = new KafkaProbe({
    brokers: [broker.address],
    clientId: "streamside-test",
    clock: systemClock,
    connectTimeoutMs: 1000,
    requestTimeoutMs: 1500,
    topic,
    intervalMs: EVERY_MS,
    deadlineMs: DEADLINE_MS,
    lostAfterMs: 60_000,
    ...more,
  });
}

const reading = () => probe.reading();

describe("a probe", () => {
  it("makes its topic, and takes the time to come back of every message", async () => {
    start("probe-new");
    await expect.poll(() => reading().inTime, { timeout: 15_000 }).toBeGreaterThanOrEqual(40);
    const { sent, inTime, late, lost, outstanding, waitingMs, p50, p99, max } = reading();
    expect(sent).toBe(inTime + late + outstanding);
    expect(lost).toBe(0);
    expect(waitingMs, "none is forgotten").toBeLessThan(DEADLINE_MS);
    expect(p50).toMatchObject({ atLeast: false });
    expect(p50!.ms).toBeGreaterThan(0);
    expect(p50!.ms).toBeLessThan(DEADLINE_MS);
    expect(p99!.ms).toBeGreaterThanOrEqual(p50!.ms);
    expect(max!.ms).toBeGreaterThanOrEqual(p99!.ms);
    expect(probe.failure).toBeNull();
    const { topics } = await admin.fetchTopicMetadata({ topics: ["probe-new"] });
    expect(topics[0]!.partitions).toHaveLength(1);
    const { groups } = await admin.listGroups();
    expect(groups, "reading leaves no group behind").toEqual([]);
  });

  it("takes a topic as it is, and keeps apart what others write to it", async () => {
    await admin.createTopics({ topics: [{ topic: "probe-there", numPartitions: 3 }], waitForLeaders: true });
    const other = new KafkaProbe({
      ...{ brokers: [broker.address], clientId: "other", connectTimeoutMs: 1000, requestTimeoutMs: 1500 },
      ...{
        clock: systemClock,
        topic: "probe-there",
        intervalMs: EVERY_MS,
        deadlineMs: 1000,
        lostAfterMs: 60_000,
      },
    });
    try {
      start("probe-there");
      await expect.poll(() => reading().inTime, { timeout: 15_000 }).toBeGreaterThanOrEqual(30);
      const { sent, inTime, late, lost, outstanding } = reading();
      expect(inTime + late + lost + outstanding).toBe(sent);
      expect(lost).toBe(0);
      const offsets = await admin.fetchTopicOffsets("probe-there");
      for (const { offset } of offsets) expect(Number(offset)).toBeGreaterThan(0);
    } finally {
      await other.close();
    }
  });

  it("says what it may not do", async () => {
    start("not a topic name");
    await expect.poll(() => probe.failure?.message, { timeout: 10_000 }).toMatch(/did not create topic/);
    expect(reading()).toMatchObject({ sent: 0, p50: null });
  });

  it("goes on sending while the broker stands still, and counts the true times when it is back", async () => {
    start("probe-pause");
    await expect.poll(() => reading().inTime, { timeout: 15_000 }).toBeGreaterThanOrEqual(10);
    await broker.pause();
    const before = reading();
    const stoppedAt = performance.now();
    let stoodStillMs: number;
    try {
      await expect.poll(() => reading().waitingMs, { timeout: 15_000 }).toBeGreaterThan(2500);
      const during = reading();
      expect(during.max!.atLeast, "a lower bound").toBe(true);
      expect(during.max!.ms).toBeGreaterThanOrEqual(during.waitingMs - EVERY_MS);
      expect(during.outstanding, "by the clock").toBeGreaterThanOrEqual(2000 / EVERY_MS);
      expect(during.late).toBe(before.late);
    } finally {
      stoodStillMs = performance.now() - stoppedAt;
      await broker.resume();
    }
    await expect.poll(() => reading().waitingMs, { timeout: 20_000 }).toBeLessThan(DEADLINE_MS);
    const after = reading();
    expect(after.lost).toBe(0);
    // All but those of the last second before it went on had missed the deadline.
    expect(after.late).toBeGreaterThanOrEqual(Math.floor((stoodStillMs - DEADLINE_MS - 500) / EVERY_MS));
    expect(after.max!.atLeast).toBe(false);
    expect(after.max!.ms).toBeGreaterThanOrEqual(stoodStillMs - 500);
    expect(after.p99!.ms).toBeGreaterThan(DEADLINE_MS);
    await expect.poll(() => probe.failure, { timeout: 5000 }).toBeNull();
  });

  it("goes on when its topic is deleted under it", async () => {
    start("probe-gone");
    await expect.poll(() => reading().inTime, { timeout: 15_000 }).toBeGreaterThanOrEqual(10);
    await admin.deleteTopics({ topics: ["probe-gone"] });
    await expect.poll(() => probe.failure, { timeout: 15_000 }).not.toBeNull();
    const { sent } = reading();
    await expect
      .poll(() => reading().inTime + reading().late, { timeout: 20_000 })
      .toBeGreaterThan(sent + 10);
    const after = reading();
    expect(after.inTime + after.late + after.lost + after.outstanding).toBe(after.sent);
    await expect.poll(() => probe.failure, { timeout: 5000 }).toBeNull();
  });
});
