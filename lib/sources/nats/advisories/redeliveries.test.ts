import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shown } from "../../facts.fixture.ts";
import { consumerEntry, streamEntry } from "../jetstream/entries.fixture.ts";
import type { StreamSnapshot } from "../jetstream/snapshot.ts";
import type { Advisory, MessageNews } from "./advisory-types.ts";
import { explainHeard, mapHeardFacts } from "./heard.ts";
import { createRedeliveries } from "./redeliveries.ts";

const START = 1_000_000;

function news(
  kind: MessageNews["kind"],
  sequence: number,
  deliveries: number,
  change: Partial<Advisory & MessageNews> = {},
): Advisory & MessageNews {
  const ackMs = kind === "acknowledged" ? 5 : Number.NaN;
  const place = { at: START, account: "", domain: "", stream: "ORDERS", consumer: "audit" };
  return { ...place, kind, sequence, deliveries, reason: "", ackMs, ...change };
}

/** One consumer as a sample shows it. */
function sampled(change: Parameters<typeof consumerEntry>[0] = {}): StreamSnapshot[] {
  const consumer = consumerEntry({ name: "audit", numRedelivered: 1, ackFloorStreamSeq: 10, ...change });
  return [{ account: "", entry: streamEntry(), consumers: [consumer] }];
}

const evidence = (...heard: readonly (Advisory & MessageNews)[]) => {
  const redeliveries = createRedeliveries();
  for (const one of heard) redeliveries.note(one);
  return explainHeard(redeliveries.heard(), "ORDERS", "audit");
};
const putBack = (sequence: number, times: number) =>
  Array.from({ length: times }, (_, i) => news("put-back", sequence, i + 1));

describe("what was heard", () => {
  it.each([
    ["of every delivery", putBack(4711, 12), "Sequence 4,711 was delivered 12 times and put back each time."],
    [
      "of the last ones",
      putBack(4711, 12).slice(-4),
      "Sequence 4,711 was delivered 12 times, and put back at least 4 times.",
    ],
    [
      "of several",
      [...putBack(1, 2), ...putBack(2, 3), ...putBack(3, 1)],
      "Sequence 2 was delivered 3 times and put back each time. 1 other message came again too.",
    ],
    [
      "of messages that were put back and have not come again",
      [...putBack(1, 1), ...putBack(2, 1), ...putBack(3, 1)],
      "3 messages were put back after one delivery.",
    ],
    [
      "of the end",
      [...putBack(7, 4), news("given-up", 7, 5)],
      "Sequence 7 was delivered 5 times and then given up.",
    ],
    [
      "of a reader that gave up",
      [news("terminated", 7, 2)],
      "Sequence 7 was delivered twice and then terminated by its reader.",
    ],
    [
      "of a late success",
      [news("acknowledged", 7, 3)],
      "Sequence 7 was delivered 3 times before it was acknowledged.",
    ],
    ["of a first success", [news("acknowledged", 7, 1)], null],
    [
      "of one that is over and one that is not",
      [...putBack(7, 4), news("given-up", 7, 5), ...putBack(8, 2)],
      "Sequence 8 was delivered twice and put back each time.",
    ],
  ])("%s is a sentence", (_, heard, expected) => {
    expect(evidence(...heard)).toBe(expected);
  });

  it("is of one consumer, and of one stream of that name", () => {
    const redeliveries = createRedeliveries();
    redeliveries.note(news("put-back", 1, 1));
    expect(explainHeard(redeliveries.heard(), "ORDERS", "billing")).toBeNull();
    redeliveries.forget("ORDER");
    expect(explainHeard(redeliveries.heard(), "ORDERS", "audit")).not.toBeNull();
    redeliveries.forget("ORDERS");
    expect(explainHeard(redeliveries.heard(), "ORDERS", "audit")).toBeNull();
  });

  it("is over when the floor has passed it", () => {
    const redeliveries = createRedeliveries();
    for (const one of [...putBack(11, 3), ...putBack(20, 2)]) redeliveries.note(one);
    redeliveries.observe(sampled({ ackFloorStreamSeq: 11 }), START);
    expect(explainHeard(redeliveries.heard(), "ORDERS", "audit")).toContain("Sequence 20 ");
  });

  it("is no evidence of now where it ended a while ago", () => {
    const redeliveries = createRedeliveries();
    redeliveries.note(news("given-up", 11, 5));
    redeliveries.observe([], START + 50_000);
    expect(explainHeard(redeliveries.heard(), "ORDERS", "audit")).toContain("given up");
    redeliveries.observe([], START + 70_000);
    expect(explainHeard(redeliveries.heard(), "ORDERS", "audit")).toBeNull();
    expect(mapHeardFacts(redeliveries.heard(), "ORDERS", "audit")).toHaveLength(1);
  });

  it("is forgotten after a while", () => {
    const redeliveries = createRedeliveries();
    redeliveries.note(news("put-back", 11, 3));
    redeliveries.observe([], START + 9 * 60_000);
    expect(explainHeard(redeliveries.heard(), "ORDERS", "audit")).not.toBeNull();
    redeliveries.observe([], START + 11 * 60_000);
    expect(explainHeard(redeliveries.heard(), "ORDERS", "audit")).toBeNull();
  });

  it("is listed with how long acknowledging takes", () => {
    const redeliveries = createRedeliveries();
    for (const one of [...putBack(11, 3), news("given-up", 12, 5), news("acknowledged", 13, 1)]) {
      redeliveries.note(one);
    }
    redeliveries.note(news("acknowledged", 14, 1, { ackMs: 10 }));
    expect(shown(mapHeardFacts(redeliveries.heard(), "ORDERS", "audit"))).toEqual({
      "Delivered again": "sequence 11: 3 times",
      "Given up": "1 message, the last one sequence 12",
      "Time to acknowledge": "7.5 ms on average, 10 ms at most",
    });
    expect(mapHeardFacts(redeliveries.heard(), "ORDERS", "billing")).toEqual([]);
  });
});

describe("what only the samples show", () => {
  it("is at least what the consumer's sequence moved by more than the stream's", () => {
    const redeliveries = createRedeliveries();
    const at = (i: number) => START + i * 1_000;
    redeliveries.observe(sampled({ deliveredStreamSeq: 20, deliveredConsumerSeq: 100 }), at(0));
    expect(explainHeard(redeliveries.heard(), "ORDERS", "audit")).toBeNull();
    redeliveries.observe(sampled({ deliveredStreamSeq: 25, deliveredConsumerSeq: 112 }), at(1));
    redeliveries.observe(sampled({ deliveredStreamSeq: 30, deliveredConsumerSeq: 116 }), at(2));
    const sentence = (times: number) =>
      `Messages after sequence 10 were delivered again at least ${times} times in the last minute.`;
    expect(explainHeard(redeliveries.heard(), "ORDERS", "audit")).toBe(sentence(7));
    redeliveries.observe(sampled({ deliveredStreamSeq: 30, deliveredConsumerSeq: 119 }), at(59));
    expect(explainHeard(redeliveries.heard(), "ORDERS", "audit")).toBe(sentence(10));
    redeliveries.observe(sampled({ deliveredStreamSeq: 30, deliveredConsumerSeq: 119 }), at(75));
    expect(explainHeard(redeliveries.heard(), "ORDERS", "audit")).toBe(sentence(3));
    // It is no longer redelivering: nothing is known of the last minute.
    redeliveries.observe(sampled({ numRedelivered: 0 }), at(76));
    expect(explainHeard(redeliveries.heard(), "ORDERS", "audit")).toBeNull();
  });

  it("survives numbers that are not known", () => {
    const redeliveries = createRedeliveries();
    const unknown = { deliveredStreamSeq: Number.NaN, deliveredConsumerSeq: Number.NaN };
    redeliveries.observe(sampled({ deliveredStreamSeq: 20, deliveredConsumerSeq: 100 }), START);
    redeliveries.observe(sampled({ ...unknown, ackFloorStreamSeq: Number.NaN }), START + 1_000);
    redeliveries.observe(sampled({ deliveredStreamSeq: 20, deliveredConsumerSeq: 102 }), START + 2_000);
    expect(explainHeard(redeliveries.heard(), "ORDERS", "audit")).toContain("at least twice");
  });

  it("is never more than what was delivered again, whatever the samples catch", () => {
    const delivery = fc.record({ again: fc.boolean(), sampled: fc.boolean() });
    fc.assert(
      fc.property(fc.array(delivery, { maxLength: 200 }), (deliveries) => {
        const redeliveries = createRedeliveries();
        let [streamSeq, consumerSeq, again] = [10, 10, 0];
        redeliveries.observe(sampled({ deliveredStreamSeq: 10, deliveredConsumerSeq: 10 }), START);
        for (const one of deliveries) {
          consumerSeq++;
          if (one.again) again++;
          else streamSeq++;
          if (one.sampled) {
            const change = { deliveredStreamSeq: streamSeq, deliveredConsumerSeq: consumerSeq };
            redeliveries.observe(sampled(change), START + consumerSeq);
          }
        }
        const told = explainHeard(redeliveries.heard(), "ORDERS", "audit");
        const words = /at least (once|twice|(\d+) times)/.exec(told ?? "");
        const times = words ? (words[1] === "once" ? 1 : words[1] === "twice" ? 2 : Number(words[2])) : 0;
        expect(times).toBeLessThanOrEqual(again);
      }),
    );
  });
});

it("keeps the worst of a flood of messages", () => {
  const redeliveries = createRedeliveries();
  for (let sequence = 1; sequence <= 100_000; sequence++) {
    redeliveries.note(news("put-back", sequence, sequence === 40_000 ? 99 : 1 + (sequence % 7)));
  }
  expect(explainHeard(redeliveries.heard(), "ORDERS", "audit")).toMatch(
    /^Sequence 40,000 was delivered 99 times, and put back at least once\. 31 other messages/,
  );
});

it("writes nothing into what was told before", () => {
  const redeliveries = createRedeliveries();
  for (const one of putBack(11, 2)) redeliveries.note(one);
  redeliveries.observe(sampled(), START);
  const heard = redeliveries.heard();
  const kept = structuredClone(heard);
  for (const one of [...putBack(12, 5), news("given-up", 11, 5), news("acknowledged", 13, 1)]) {
    redeliveries.note(one);
  }
  redeliveries.observe(sampled({ ackFloorStreamSeq: 12, deliveredConsumerSeq: 500 }), START + 1_000);
  expect(heard).toEqual(kept);
  expect(explainHeard(redeliveries.heard(), "ORDERS", "audit")).not.toBe(
    explainHeard(heard, "ORDERS", "audit"),
  );
  const later = redeliveries.heard();
  expect(redeliveries.heard().consumers, "shared while nothing is heard").toBe(later.consumers);
});
