import { describe, expect, it } from "vitest";
import { consumerEntry, streamEntry } from "../entries.fixture.ts";
import { finishedSeq, removedUnread, retentionOf } from "./removed.ts";

const none = Number.POSITIVE_INFINITY;

describe("what was removed unread", () => {
  const limited = (firstSeq: number, change = {}) =>
    streamEntry({ firstSeq, config: { maxMessages: 10, ...change } });
  const at = (ackFloorStreamSeq: number, deliveredStreamSeq: number, change = {}) =>
    consumerEntry({ ackFloorStreamSeq, deliveredStreamSeq, ...change });
  /** So many deliveries since the ack floor. */
  const given = (count: number) => ({ deliveredConsumerSeq: 100 + count });

  it.each([
    ["nothing: the floor is where it stands", 41, at(40, 40), 0],
    ["nothing: the floor is below", 12, at(40, 45), 0],
    ["what lies between where it was delivered to and the floor", 51, at(40, 40), 10],
    ["the same where some were out and are gone", 51, at(40, 45, given(5)), 5],
    ["what was passed without a delivery", 51, at(40, 60, given(10)), 10],
    ["both", 71, at(40, 60, given(10)), 20],
    ["no more of that than lies below the floor", 45, at(40, 60, given(10)), 4],
    ["nothing where all was delivered, and one of them given up", 51, at(40, 60, given(25)), 0],
    ["by delivered where nothing is acknowledged", 51, at(0, 44, { ackNone: true }), 6],
    ["unknown without a floor", Number.NaN, at(40, 40), Number.NaN],
    ["unknown without a position", 51, at(Number.NaN, 40), Number.NaN],
    [
      "nothing for who wants the newest of each subject",
      51,
      at(40, 40, { config: { deliverPolicy: "last_per_subject" } }),
      0,
    ],
  ])("is %s", (_, firstSeq, consumer, lost) => {
    expect(removedUnread(limited(firstSeq), consumer)).toBe(lost);
  });

  it.each([
    ["no limit but to refuse new ones", { discard: "new" }, 0],
    ["no limit at all: somebody removed them by hand", { maxMessages: none }, 0],
    ["an age", { maxMessages: none, maxAgeMs: 1 }, 10],
    ["an age, although new ones are refused", { discard: "new", maxAgeMs: 1 }, 10],
    ["bytes", { maxMessages: none, maxBytes: 1 }, 10],
    ["a limit by subject: newer ones take the place of older ones", { maxPerSubject: 1 }, 0],
    ["the same with an age", { maxPerSubject: 1, maxAgeMs: 1 }, 0],
    ["roll-ups, which do so too", { allowRollup: true }, 0],
    [
      "a limit by subject at which new ones are refused",
      { discard: "new", discardPerSubject: true, maxPerSubject: 1, maxAgeMs: 1 },
      10,
    ],
    ["messages with a time to live", { maxMessages: none, messageTtl: true }, 10],
    ["a seal", { sealed: true }, 0],
  ])("looks at the stream's limits: %s", (_, config, lost) => {
    expect(removedUnread(limited(51, config), at(40, 40))).toBe(lost);
  });
});

describe("the last message that is finished", () => {
  const copies = [{ name: "n2", current: true, offline: false, lag: 0, activeMs: 1 }];
  const silent = { ackFloorStreamSeq: 0, ackFloorConsumerSeq: 0, deliveredStreamSeq: 900 };
  const policy = (deliverPolicy: string) => ({ config: { deliverPolicy } });

  it.each([
    ["the ack floor", { ackFloorStreamSeq: 40, deliveredStreamSeq: 60 }, 40],
    ["the last delivered one where nothing is acknowledged", { ackNone: true, deliveredStreamSeq: 60 }, 60],
    ["none at the beginning of a stream", { ...silent, replicas: [] }, 0],
    ["the one before a replicated consumer began", { ...silent, replicas: copies }, 900],
    ["the same when some are out", { ...silent, replicas: copies, numAckPending: 5 }, 895],
    [
      "none that is known to be where others lie between",
      { ...silent, replicas: copies, numAckPending: 5, filter: "a", ...policy("new") },
      Number.NaN,
    ],
    [
      "none where it began with the first",
      { ...silent, replicas: copies, numAckPending: 5, filter: "a", ...policy("all") },
      0,
    ],
    [
      "unknown",
      { ackFloorStreamSeq: Number.NaN, ackFloorConsumerSeq: Number.NaN, replicas: copies },
      Number.NaN,
    ],
  ])("is %s", (_, change, finished) => {
    expect(finishedSeq(consumerEntry(change))).toBe(finished);
  });
});

describe("what removes the oldest messages", () => {
  const limits = { maxAgeMs: 1, maxBytes: 2, maxMessages: 3 };
  it.each([
    ["old ones make room", {}, [1, 2, 3]],
    ["new ones are refused, and age counts all the same", { discard: "new" }, [1, none, none]],
    ["nothing is removed from a sealed stream", { sealed: true }, [none, none, none]],
  ])("%s", (_, change, [retentionMs, retentionBytes, retentionMessages]) => {
    const { config } = streamEntry({ config: { ...limits, ...change } });
    expect(retentionOf(config)).toEqual({ retentionMs, retentionBytes, retentionMessages });
  });
});
