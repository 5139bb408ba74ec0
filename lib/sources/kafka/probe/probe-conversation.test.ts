import { Writer } from "@platformatic/kafka";
import { expect, it } from "vitest";
import { ManualClock } from "../../../async/manual-clock.fixture.ts";
import { ProbeBook } from "../../probe/probe-book.ts";
import type { BrokerLink } from "../link/link.ts";
import { Cursor } from "../wire/cursor.ts";
import { visitValues } from "../wire/record-batch.ts";
import { ProbeConversation, type ProbeLane } from "./probe-conversation.ts";

/** The numbers in a Produce request for one partition. */
function numbersIn(request: Buffer): number[] {
  const cursor = new Cursor(request);
  cursor.nullableString();
  cursor.skip(6);
  cursor.array(1);
  cursor.string();
  cursor.array(1);
  cursor.skip(4);
  const numbers: number[] = [];
  visitValues(cursor.data(), 0, (value) => numbers.push(Number(value.toString().split(" ").at(-1))));
  return numbers;
}

const stored = (offset: number) =>
  Writer.create()
    .appendArray(["t"], (w, topic) => {
      w.appendString(topic).appendArray([0], (p, partition) => {
        p.appendInt32(partition).appendInt16(0).appendInt64(BigInt(offset)).appendInt64(-1n).appendInt64(0n);
        p.appendArray([], () => {}).appendString(null);
      });
    })
    .appendInt32(0)
    .appendTaggedFields().buffer;

it("sends every message, also when one is read back before the broker confirms it", async () => {
  const book = new ProbeBook({ deadlineMs: 1000, lostAfterMs: 60_000, windowMs: 900_000 });
  const sent: number[][] = [];
  let confirm = () => {};
  const write = {
    request: (_api: unknown, encode: () => Buffer) => {
      sent.push(numbersIn(encode()));
      return new Promise((resolve) => {
        confirm = () => resolve({ body: stored(0) });
      });
    },
  } as unknown as BrokerLink;
  const read = { request: () => new Promise(() => {}) } as unknown as BrokerLink;
  const lane: ProbeLane = { partition: 0, next: 0, queue: [], active: false };
  const conversation = new ProbeConversation({
    ...{ topic: "t", runId: "r", book, write, read, requestTimeoutMs: 1000 },
    clock: new ManualClock(),
    onAlive: () => {},
  });
  for (let n = 0; n < 2; n++) lane.queue.push(book.plan(0, 0));
  conversation.add([lane]);
  void conversation.run();
  await expect.poll(() => sent).toEqual([[0, 1]]);
  // Both came back, and left the queue with the next tick, which has another message.
  for (const number of lane.queue.splice(0)) book.arrived(number, 5);
  lane.queue.push(book.plan(200, 0));
  confirm();
  conversation.poke();
  await expect.poll(() => sent).toEqual([[0, 1], [2]]);
});
