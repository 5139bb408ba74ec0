import { expect, it } from "vitest";
import { consumerEntry } from "./entries.fixture.ts";
import { isRedelivering, readersOf } from "./readers.ts";

const unknown = Number.NaN;
const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 1) - seconds * 1_000).toISOString();

it.each([
  ["a push consumer whose subject is subscribed to", { push: true, pushBound: 1 }, 0, 1],
  ["a push consumer whose subject nobody subscribes to", { push: true }, 0, 0],
  ["pulls that wait, whatever is out", { numWaiting: 3, numAckPending: 9 }, 60_000, 1],
  ["nobody waits, just now", {}, 2_000, unknown],
  ["nobody has waited for a while and nothing is out", {}, 3_000, 0],
  ["a message is out, within its ack wait", { numAckPending: 1, deliveredAt: at(20) }, 9_999_999, unknown],
  ["a message came back after its ack wait", { numAckPending: 1, deliveredAt: at(40) }, 9_999_999, 0],
  [
    "another was acknowledged since",
    { numAckPending: 1, deliveredAt: at(40), ackedAt: at(5) },
    9_999_999,
    unknown,
  ],
  [
    "a message is out, and the last wait is longer",
    { numAckPending: 1, deliveredAt: at(40), config: { longestBackoffMs: 60_000 } },
    9_999_999,
    unknown,
  ],
  ["a message is out, and a new leader cannot say since when", { numAckPending: 1 }, 20_000, unknown],
  ["the same, seen to stand still for longer", { numAckPending: 1 }, 40_000, 0],
  ["not told", { numWaiting: unknown }, 9_999_999, unknown],
])("%s", (_, change, stillMs, readers) => {
  expect(readersOf(consumerEntry(change), stillMs)).toBe(readers);
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
  ["one came again long ago, and nothing since", { numRedelivered: 1 }, 61_000, 600_000, false],
  [
    "one comes again after a long ack wait",
    { numRedelivered: 1, config: { ackWaitMs: 300_000 } },
    200_000,
    600_000,
    true,
  ],
  ["not told", { numRedelivered: unknown }, 0, 0, false],
])("is redelivering or not: %s", (_, change, stillMs, noNewMs, expected) => {
  expect(isRedelivering(consumerEntry(change), stillMs, noNewMs)).toBe(expected);
});
