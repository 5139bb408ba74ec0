import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RetainedPosition, safeFromRetention } from "./retention.ts";

const HOUR = 3_600_000;
const never = Number.POSITIVE_INFINITY;
const unknown = Number.NaN;

const of = (more: Partial<RetainedPosition>) =>
  safeFromRetention({
    ageMs: HOUR,
    ageAtLeast: false,
    messages: 1000,
    messageBytes: 100,
    messagesPerSecond: 10,
    retentionMs: never,
    retentionBytes: never,
    retentionMessages: never,
    ...more,
  });

describe("safeFromRetention", () => {
  it.each<[string, Partial<RetainedPosition>, number]>([
    ["no limit at all", {}, never],
    ["no limit, and nothing known", { ageMs: unknown, messageBytes: unknown }, never],
    ["what is left of its time", { retentionMs: 3 * HOUR }, 2 * HOUR],
    ["older than it has to be kept", { retentionMs: HOUR / 2 }, 0],
    ["age not known", { retentionMs: HOUR, ageMs: unknown }, unknown],
    ["age only a lower bound", { retentionMs: 3 * HOUR, ageAtLeast: true }, unknown],
    ["a lower bound that is too old already", { retentionMs: HOUR, ageAtLeast: true }, 0],
    ["retention time not known", { retentionMs: unknown }, unknown],
    ["100 kB behind it of 200 kB, 1 kB a second", { retentionBytes: 200_000 }, 100_000],
    ["more behind it than is kept", { retentionBytes: 50_000 }, 0],
    ["room, and nothing arrives", { retentionBytes: 200_000, messagesPerSecond: 0 }, never],
    ["pace not known", { retentionBytes: 200_000, messagesPerSecond: unknown }, unknown],
    ["size of messages not known", { retentionBytes: 200_000, messageBytes: unknown }, unknown],
    ["full by size, whatever the age", { retentionBytes: 50_000, retentionMs: HOUR, ageMs: unknown }, 0],
    ["too old, whatever the size", { retentionBytes: unknown, retentionMs: HOUR / 2 }, 0],
    ["1,000 behind it of 5,000, 10 a second", { retentionMessages: 5_000 }, 400_000],
    ["more of them behind it than are kept", { retentionMessages: 999 }, 0],
    [
      "so many are kept, and nobody knows how fast they come",
      { retentionMessages: 5_000, messagesPerSecond: unknown },
      unknown,
    ],
    ["a limit of messages needs no size", { retentionMessages: 5_000, messageBytes: unknown }, 400_000],
    ["time first", { retentionBytes: 200_000, retentionMs: HOUR + 9_000 }, 9_000],
    ["size first", { retentionBytes: 200_000, retentionMs: 9 * HOUR }, 100_000],
    [
      "time known, size not: it might come first",
      { retentionBytes: unknown, retentionMs: 3 * HOUR },
      unknown,
    ],
  ])("%s", (_what, position, expected) => {
    expect(of(position)).toBe(expected);
  });

  const amount = fc.double({ min: 0, max: 1e15, noNaN: true });
  const maybe = fc.oneof({ weight: 4, arbitrary: amount }, fc.constant(unknown));
  const limit = fc.oneof({ weight: 4, arbitrary: maybe }, fc.constant(never));
  const positions = fc.record({
    ageMs: maybe,
    ageAtLeast: fc.boolean(),
    messages: fc.double({ min: 1, max: 1e12, noNaN: true }),
    messageBytes: maybe,
    messagesPerSecond: maybe,
    retentionMs: limit,
    retentionBytes: limit,
    retentionMessages: limit,
  });

  it("is never negative", () => {
    fc.assert(fc.property(positions, (position) => !(safeFromRetention(position) < 0)));
  });

  it("never says more than the time limit leaves", () => {
    fc.assert(
      fc.property(positions, (position) => {
        const left = Math.max(0, position.retentionMs - position.ageMs);
        return !(safeFromRetention(position) > left);
      }),
    );
  });

  it("does not grow with age, with what waits, or with what arrives", () => {
    const growing = fc.constantFrom("ageMs", "messages", "messagesPerSecond");
    fc.assert(
      fc.property(positions, growing, amount, (position, field, more) => {
        const before = safeFromRetention(position);
        const after = safeFromRetention({ ...position, [field]: position[field] + more });
        return !(after > before);
      }),
    );
  });
});
