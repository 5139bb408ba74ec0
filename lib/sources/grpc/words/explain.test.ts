import { status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { factText } from "../../../format/index.ts";
import { ConsumerFlag } from "../../../sample/consumer-flag.ts";
import { observationBreaches } from "../../../sample/contract-check.ts";
import { FakeProcess } from "../fake-process.ts";
import { callOf, explained, Reader, saidOf } from "../test-reader.ts";
import { consumerOf } from "../test-target.ts";
import type { ChannelzSocket } from "../ways/ways.ts";
import { detailsOf } from "./told-call.ts";
import { GRPC_WORDS } from "./words.ts";

const WATCH = "Quotes/SERVER_STREAM ← 10.0.0.7";
const ADDRESS = "10.1.0.1:50051";

/** Four calls on one connection; the first has messages waiting that were written 5 s ago, the others flow. */
function oneHeldUp() {
  const process = new FakeProcess("a");
  const reader = new Reader();
  const calls = [1, 2, 3, 4].map(() => process.begin("SERVER_STREAM", "10.0.0.7"));
  const [held, ...others] = calls;
  const connection = process.connect(held!, { lastReceivedAtMs: process.timeMs, sendWindow: 60_000 });
  for (const call of others) call.connectionId = connection.id;
  held!.clientName = "grpc-node-js/1.14.7";
  reader.take(process.next());
  process.write(held!, 2_300);
  process.flush(held!, 45);
  process.timeMs += 4_800;
  for (const call of others) {
    process.write(call, 10);
    process.flush(call, 10);
  }
  return { process, reader, held: held!, others, connection };
}

describe("a call whose messages wait", () => {
  test("its own reader does not read: the rest of the connection flows", () => {
    const { process, reader, held, connection } = oneHeldUp();
    held.heldBy = "STREAM_WINDOW";
    process.connect(held, {
      roundTripMs: 0.4,
      lastPingAnsweredAtMs: process.timeMs - 50,
      unansweredPings: 0,
    });
    const seen = reader.take(process.next());
    expect(observationBreaches(seen)).toEqual([]);
    const lanes = consumerOf(seen, WATCH)!.lanes;
    expect(lanes[0]).toMatchObject({ backlog: 2_255, flags: 0, stillSince: reader.now - 5_050 });
    const sentence =
      "Call 1 from 10.0.0.7:40001 (grpc-node-js/1.14.7): 2,255 messages written and not flushed, the last flush 5.0 s ago; its connection is alive (answered a ping 0.3 s ago) and 3 other calls on it flow: the reader of this call does not read.";
    expect(explained(seen, WATCH, "stalled")).toBe(sentence);
    expect(explained(seen, WATCH, "ok")).toBeNull();
    const detail = GRPC_WORDS.callDetail(seen, 0)!;
    expect(detail).toMatchObject({
      heldBy: sentence,
      connection: `connection ${connection.id} of 10.0.0.7:40001`,
    });
    const facts = detail.facts.map(({ label, value }) => `${label}: ${factText(value, seen.finishedAt)}`);
    expect(facts).toEqual(
      expect.arrayContaining([
        "Shares its connection with: 3 other calls",
        "Round trip: 0.4 ms",
        "Last heard of: 5.3 s ago",
      ]),
    );
    expect(GRPC_WORDS.callDetail(seen, 1)!.heldBy).toBeNull();
  });

  test("the window of its connection is shut: every call on it waits, and it is blocked", () => {
    const { process, reader, held, others, connection } = oneHeldUp();
    connection.sendWindow = 0;
    held.heldBy = "CONNECTION_WINDOW";
    process.write(others[0]!, 3);
    process.timeMs += 2_000;
    const seen = reader.take(process.next());
    expect(consumerOf(seen, WATCH)!.lanes.map(({ flags }) => flags)).toEqual([
      ConsumerFlag.blocked,
      ConsumerFlag.blocked,
      0,
      0,
    ]);
    expect(callOf(seen, 0).flags).toBe(ConsumerFlag.blocked);
    expect(explained(seen, WATCH, "blocked")).toContain(
      "the window of its connection is shut: 1 other call on it waits too. Messages wait in 1 more call of it.",
    );
    // A window of its own that is shut besides is what holds this one.
    held.heldBy = "STREAM_WINDOW";
    expect(consumerOf(reader.take(process.next()), WATCH)!.lanes[0]!.flags).toBe(0);
  });

  test("channelz tells of the window where the process does not", () => {
    const { process, reader, held, connection } = oneHeldUp();
    delete connection.sendWindow;
    const socket = { remote: held.peer, remoteWindow: 0 } as ChannelzSocket;
    reader.more.set(ADDRESS, {
      channelz: { sockets: [socket], totalSockets: 1, sections: [], asOf: reader.now },
    });
    const seen = reader.take(process.next());
    expect(consumerOf(seen, WATCH)!.lanes[0]!.flags).toBe(ConsumerFlag.blocked);
  });

  test("nobody answers on its connection: as good as no reader, and the sentence says so", () => {
    const { process, reader, held } = oneHeldUp();
    const since = process.timeMs;
    process.connect(held, { unansweredPings: 3, firstUnansweredPingAtMs: since });
    process.timeMs += 4_500;
    const early = reader.take(process.next());
    expect(consumerOf(early, WATCH)).toMatchObject({ readers: 4, lanes: [{ flags: 0 }, {}, {}, {}] });
    process.timeMs += 7_250;
    const seen = reader.take(process.next());
    expect(consumerOf(seen, WATCH)).toMatchObject({
      readers: 0,
      lanes: [{ flags: ConsumerFlag.gone }, {}, {}, {}],
    });
    expect(explained(seen, WATCH, "stopped")).toBe(
      "Call 1 from 10.0.0.7:40001 (grpc-node-js/1.14.7): its connection has answered none of 3 pings since 12 s, and nothing else has come: the peer is gone, and the server will not notice before its keepalive, or the operating system, gives the connection up.",
    );
    // Something came after all.
    process.connect(held, { lastReceivedAtMs: process.timeMs });
    expect(consumerOf(reader.take(process.next()), WATCH)!.readers).toBe(4);
  });

  test("a reader that still takes some of them is slow", () => {
    const { process, reader, held } = oneHeldUp();
    process.flush(held, 5);
    expect(GRPC_WORDS.callDetail(reader.take(process.next()), 0)!.heldBy).toMatch(
      /2,250 messages written and not flushed, the last flush 0\.3 s ago; .*: the reader of this call takes them more slowly than they are written\.$/,
    );
  });

  test("of a peer that is stalled the call that stands still is named, not a slower one beside it", () => {
    const { process, reader, held, others } = oneHeldUp();
    const [slow] = others;
    held.oldestUnflushedAtMs = process.timeMs - 2_000;
    process.write(slow!, 900);
    slow!.oldestUnflushedAtMs = process.timeMs - 5_000;
    process.flush(slow!, 1);
    const seen = reader.take(process.next());
    expect(explained(seen, WATCH, "stalled")).toMatch(/^Call 1 .* does not read\.$/);
    expect(explained(seen, WATCH, "behind")).toMatch(/^Call 2 .* more slowly than they are written/);
  });

  test("the network does not take its bytes; a handler does not read", () => {
    const { process, reader, held, connection } = oneHeldUp();
    held.heldBy = "SOCKET";
    connection.unsentBytes = 65_536;
    const upload = process.begin("CLIENT_STREAM", "10.0.0.8");
    process.receive(upload, 20, 12);
    process.timeMs += 3_000;
    const seen = reader.take(process.next());
    expect(explained(seen, WATCH, "stalled")).toContain("64.0 KiB wait for the network");
    expect(explained(seen, "Quotes/CLIENT_STREAM ← 10.0.0.8", "stalled")).toBe(
      "Call 5 from 10.0.0.8:40005: 12 messages received and not read, the first of them 3.3 s ago: its handler does not read.",
    );
    const talk = process.begin("BIDI", "10.0.0.9");
    process.receive(talk, 3, 3);
    expect(GRPC_WORDS.callDetail(reader.take(process.next()), 5)!.heldBy).toContain(
      "3 messages received and not read",
    );
  });

  test("a reader that takes one now and then has moved when it last did, not when it was first behind", () => {
    const process = new FakeProcess("a");
    const reader = new Reader();
    const upload = process.begin("CLIENT_STREAM");
    process.receive(upload, 20, 12);
    reader.take(process.next());
    for (let i = 11; i > 6; i--) {
      process.timeMs += 750;
      process.receive(upload, 0, i);
      reader.take(process.next());
    }
    process.timeMs += 750;
    const seen = reader.take(process.next());
    expect(consumerOf(seen, "Quotes/CLIENT_STREAM ← 10.0.0.1")!.lanes).toMatchObject([
      { backlog: 7, stillSince: reader.now - 1_000 },
    ]);
  });
});

test("a sample says later what it said then, whatever happened since", () => {
  const { process, reader, held, others, connection } = oneHeldUp();
  held.heldBy = "STREAM_WINDOW";
  const seen = reader.take(process.next());
  const [said, copy] = [saidOf(seen), structuredClone(seen)];
  process.timeMs += 60_000;
  Object.assign(connection, { sendWindow: 0, lastReceivedAtMs: process.timeMs });
  held.clientName = "another";
  process.flush(held, 1_000);
  for (const other of others) process.end(other, status.INTERNAL);
  reader.more.set(ADDRESS, { confirmed: false });
  const later = reader.take(process.next());
  expect(copy).toEqual(seen);
  expect([saidOf(seen), saidOf(copy)]).toEqual([said, said]);
  expect(explained(copy, WATCH, "stalled")).toContain("and 3 other calls on it flow");
  expect(explained(later, WATCH, "stalled")).toBeNull();
  expect(GRPC_WORDS.callDetail(later, 0)!.heldBy).toBeNull();
});

test("what did not change since the sample before is the same object", () => {
  const { process, reader, held } = oneHeldUp();
  const one = reader.take(process.next());
  const two = reader.observe();
  for (const name of ["key", "peer", "clientName", "stream", "consumer", "position", "ended"] as const)
    expect(two.calls![name]).toBe(one.calls![name]);
  expect(two.streams.calls).toBe(one.streams.calls);
  expect(two.positions.member).toBe(one.positions.member);
  expect(detailsOf(two).calls.rows).toBe(detailsOf(one).calls.rows);
  expect(detailsOf(two).calls.connections).toBe(detailsOf(one).calls.connections);
  held.clientName = "another";
  const three = reader.take(process.next());
  expect(three.layout).toBe(one.layout);
  expect(three.calls!.clientName[0]).toBe("another");
  expect(one.calls!.clientName[0]).toBe("grpc-node-js/1.14.7");
});

describe("failing", () => {
  const UNARY = "Quotes/UNARY ← all callers";

  function endMany(process: FakeProcess, codes: Readonly<Record<number, number>>) {
    for (const [code, count] of Object.entries(codes)) {
      for (let i = 0; i < count; i++) process.end(process.begin("UNARY"), Number(code));
    }
  }

  test("more than one in twenty of at least twenty calls within a minute, and only then", () => {
    const process = new FakeProcess("a");
    const reader = new Reader();
    // The past is not within the minute.
    endMany(process, { [status.UNAVAILABLE]: 500 });
    reader.take(process.next());
    const flags = () => consumerOf(reader.take(process.next()), UNARY)!.flags;
    endMany(process, { [status.OK]: 17, [status.UNAVAILABLE]: 2 });
    expect(flags()).toBe(0);
    endMany(process, { [status.OK]: 30, [status.INTERNAL]: 1 });
    expect(flags()).toBe(ConsumerFlag.failing);
    expect(explained(reader.observe(), UNARY, "failing")).toBe(
      "2 of 50 calls ended in UNAVAILABLE, 1 in INTERNAL within the last minute.",
    );
    // The callers' own failures are none of the server's.
    endMany(process, { [status.OK]: 10, [status.NOT_FOUND]: 50, [status.CANCELLED]: 50 });
    expect(flags()).toBe(0);
    endMany(process, { [status.DEADLINE_EXCEEDED]: 50 });
    expect(flags()).toBe(ConsumerFlag.failing);
    for (let i = 0; i < 66; i++) {
      process.timeMs += 750;
      reader.now += 750;
      reader.take(process.next());
    }
    expect(flags()).toBe(0);
  });

  test("of streams: the peers whose calls ended so", () => {
    const process = new FakeProcess("a");
    const reader = new Reader();
    for (const host of ["10.0.0.1", "10.0.0.2"]) process.begin("BIDI", host);
    reader.take(process.next());
    for (let i = 0; i < 25; i++) {
      process.end(process.begin("BIDI", "10.0.0.1"), status.OK);
      process.end(process.begin("BIDI", "10.0.0.2"), i < 20 ? status.OK : status.INTERNAL);
    }
    const seen = reader.take(process.next());
    expect(consumerOf(seen, "Quotes/BIDI ← 10.0.0.1")!.flags).toBe(0);
    expect(consumerOf(seen, "Quotes/BIDI ← 10.0.0.2")!.flags).toBe(ConsumerFlag.failing);
  });
});
