import { describe, expect, it } from "vitest";
import { consumerEntry } from "../entries.fixture.ts";
import type { ConsumerEntry } from "../entries.ts";
import { lastSign, leavesAt } from "./leaving.ts";

const config = { durable: false, inactiveMs: 300_000 };
const now = 10_000_000;
const toldAt = "2026-01-01T02:00:00Z";
const at = (secondsAgo: number) => new Date(Date.parse(toldAt) - secondsAgo * 1_000).toISOString();
const entry = (change: Parameters<typeof consumerEntry>[0] = {}): ConsumerEntry =>
  consumerEntry({ config, toldAt, createdAt: at(900), asOf: now, ...change });
const leaves = (consumer: ConsumerEntry, last: ConsumerEntry | null = null, before = Number.NaN) =>
  leavesAt(consumer, lastSign(consumer, last, before));

describe("when a consumer goes by itself", () => {
  it("counts from its last delivery or acknowledgement at first sight, by this clock", () => {
    expect(leaves(entry({ deliveredAt: at(20), ackedAt: at(40) }))).toBe(now - 20_000 + 300_000);
  });

  it("is not before now: somebody must have asked between samples", () => {
    expect(leaves(entry({ deliveredAt: at(800) }))).toBe(now + 300_000);
    expect(leaves(entry(), entry(), now - 400_000)).toBe(now + 300_000);
  });

  it("counts from the last sign of a reader after that", () => {
    expect(leaves(entry(), entry(), now - 100_000)).toBe(now + 200_000);
    expect(leaves(entry({ deliveredConsumerSeq: 101 }), entry(), now - 100_000)).toBe(now + 300_000);
    expect(lastSign(entry({ numWaiting: 1 }), entry(), now - 100_000)).toBe(now);
  });

  it("waits for what is out first", () => {
    expect(leaves(entry({ numAckPending: 1 }), entry({ numAckPending: 1 }), now)).toBe(now + 330_000);
  });

  it.each([
    ["a pull waits", { numWaiting: 1 }],
    ["somebody subscribes", { push: true, pushBound: 1 }],
    ["it stays", { config: { durable: true } }],
  ])("is not known or not at all: %s", (_, change) => {
    expect(leaves(entry(change))).toBeNaN();
  });

  it("holds for durable ones with a threshold, too", () => {
    expect(leaves(entry({ deliveredAt: at(20), config: { inactiveMs: 60_000 } }))).toBe(now + 40_000);
  });

  it("is kept over samples that told nothing", () => {
    const unknown = entry({ asOf: Number.NaN, deliveredConsumerSeq: Number.NaN });
    expect(lastSign(unknown, entry(), now - 100_000)).toBe(now - 100_000);
  });
});
