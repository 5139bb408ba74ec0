import { expect, it } from "vitest";
import { consumerEntry } from "../entries.fixture.ts";
import { isRedelivering, readersOf } from "./readers.ts";

it.each([
  ["a push consumer whose subject is subscribed to", { push: true, pushBound: 1 }, 1],
  ["a push consumer whose subject nobody subscribes to", { push: true }, 0],
  ["pulls that wait, whatever is out", { numWaiting: 3, numAckPending: 9 }, 1],
  ["no pull waits: busy, coming by later, or gone", {}, Number.NaN],
  ["no pull waits and messages are out", { numAckPending: 1 }, Number.NaN],
  ["not told", { numWaiting: Number.NaN }, Number.NaN],
])("%s", (_, change, readers) => {
  expect(readersOf(consumerEntry(change))).toBe(readers);
});

it.each([
  ["nothing was delivered before", { numRedelivered: 0 }, 0, 0, false],
  ["one comes again and others pass", { numRedelivered: 1, numPending: 9 }, 1_000, 5_000, true],
  ["one comes again and there are no others", { numRedelivered: 1 }, 1_000, 600_000, true],
  [
    "one comes again, and new ones are not asked for",
    { numRedelivered: 1, numPending: 9 },
    1_000,
    61_000,
    false,
  ],
  ["one came again, and not since its ack wait", { numRedelivered: 1 }, 33_000, 600_000, false],
  ["one came again within its ack wait", { numRedelivered: 1 }, 31_000, 600_000, true],
  ["one came again within a moment", { numRedelivered: 1, config: { ackWaitMs: 1_000 } }, 9_000, 0, true],
  ["a short ack wait is over", { numRedelivered: 1, config: { ackWaitMs: 1_000 } }, 11_000, 0, false],
  [
    "a minute is long, whatever the wait",
    { numRedelivered: 1, config: { ackWaitMs: 9e5 } },
    61_000,
    0,
    false,
  ],
  ["none was ever seen to come again", { numRedelivered: 1 }, Number.NaN, 0, false],
  ["not told", { numRedelivered: Number.NaN }, 0, 0, false],
])("is redelivering or not: %s", (_, change, againMs, noNewMs, expected) => {
  expect(isRedelivering(consumerEntry(change), againMs, noNewMs)).toBe(expected);
});
