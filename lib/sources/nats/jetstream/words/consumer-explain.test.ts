import { expect, it } from "vitest";
import type { Status } from "../../../../model/status.ts";
import { consumerEntry, streamEntry } from "../entries.fixture.ts";
import { explainConsumer } from "./consumer-explain.ts";

const none = Number.POSITIVE_INFINITY;
const explain = (status: Status, consumer = {}, stream = {}) =>
  explainConsumer({ consumer: consumerEntry(consumer), stream: streamEntry(stream) }, status);

it.each<[Status, object, string]>([
  [
    "blocked",
    { numAckPending: 128, maxAckPending: 128, numPending: 7 },
    "128 of 128 max_ack_pending are out: 7 more wait behind them. Messages put back with a delay count too, until they are delivered again and acknowledged.",
  ],
  ["blocked", { numAckPending: 128, maxAckPending: 128 }, "num_pending reads 0 although messages may wait"],
  ["stopped", {}, "No pull request waits at the server: its clients are busy"],
  [
    "stopped",
    { push: true, config: { deliverSubject: "out.a", deliverGroup: "g" } },
    'Nobody subscribes to its deliver subject "out.a" in queue group "g".',
  ],
  [
    "stalled",
    { numAckPending: 1, config: { ackWaitMs: 60_000 } },
    "1 message is out with clients that ask for no more, unacknowledged; one that is not acknowledged within 1 m is delivered again.",
  ],
  [
    "stalled",
    { numWaiting: 1, numPending: 9 },
    "A pull request waits, and 9 messages wait: the server delivers nothing to it.",
  ],
  ["stalled", { numPending: 9 }, "No pull request waits at the server: its clients are busy"],
  ["stalled", { ackNone: true, numPending: 9 }, "No pull request waits at the server: its clients are busy"],
  ["held", { config: { replayPolicy: "original" } }, "It is replayed at the original pace"],
  [
    "held",
    { config: { priorityPolicy: "overflow" } },
    "from a minimum of waiting or unacknowledged messages on",
  ],
  [
    "held",
    {
      priorityGroups: [{ group: "g", pinned: "abc" }],
      config: { priorityPolicy: "pinned_client", priorityTimeoutMs: 120_000 },
    },
    "Only the pinned client abc is given messages: it goes on when that one asks again, or when its pin runs out (priority_timeout, 2 m)",
  ],
  [
    "paused",
    { paused: true, pauseLeftMs: 90_000, config: { pauseUntil: "2026-01-01T02:00:00Z" } },
    "It goes on in 1 m 30 s, until 2026-01-01T02:00:00Z.",
  ],
  [
    "redelivering",
    { numRedelivered: 1 },
    "1 message has been delivered before, and none of them is ever given up",
  ],
  [
    "redelivering",
    { numRedelivered: 2, config: { maxDeliver: 5 } },
    "2 messages have been delivered before, and each is given up after 5 deliveries; the ack floor stays before the first of those until nothing is out.",
  ],
  ["behind", { numAckPending: 10, maxAckPending: 10 }, "10 of 10 max_ack_pending are out"],
])("%s: %j", (status, consumer, sentence) => {
  expect(explain(status, consumer)).toContain(sentence);
});

it("says what goes by itself, and when", () => {
  const leaving = (consumer: object, leavesAt: number) =>
    explainConsumer({ consumer: consumerEntry(consumer), stream: streamEntry() }, "leaving", {
      evidenceOf: () => null,
      leavesAt,
    });
  const config = { durable: false, inactiveMs: 300_000 };
  expect(leaving({ config, asOf: 1_000 }, 253_000)).toBe(
    "It is ephemeral: the server removes it in 4 m 12 s unless its reader comes back (inactive_threshold 5 m).",
  );
  expect(leaving({ config, asOf: 1_000 }, 500)).toContain("removes it about now");
  expect(leaving({ config: { ...config, durable: true } }, 2_000)).toContain("It is durable, but made to go");
  expect(leaving({ config }, Number.NaN)).toBeNull();
});

it("names the limits by which messages were lost", () => {
  const config = { maxAgeMs: 3_600_000, maxMessages: 1_000, maxBytes: none };
  expect(explain("losing", {}, { firstSeq: 5_001, config })).toBe(
    "The stream begins at sequence 5,001 now: max_age 1 h, max_msgs 1,000.",
  );
  expect(explain("losing", {}, { config: { ...config, discard: "new" } })).toContain(": max_age 1 h.");
});

it.each<[Status, object]>([
  ["ok", {}],
  ["idle", {}],
  ["rewound", {}],
  ["unknown", {}],
  ["behind", {}],
  ["redelivering", {}],
  ["stalled", { ackNone: true }],
  ["held", {}],
  ["blocked", { numAckPending: 1 }],
  ["stopped", { asOf: Number.NaN }],
])("%s has nothing to add to %j", (status, consumer) => {
  expect(explain(status, consumer)).toBeNull();
});
