import { expect, test } from "vitest";
import type { SourceSection } from "../../../model/source.ts";
import { FakeProcess } from "../fake-process.ts";
import { Reader } from "../test-reader.ts";
import type { ChannelzFindings, ChannelzSocket } from "../ways/ways.ts";
import { mapConnections } from "./connections.ts";

const ADDRESS = "10.1.0.1:50051";

function channelz(...sockets: Partial<ChannelzSocket>[]): ChannelzFindings {
  const blank = {
    streamsStarted: 5,
    streamsSucceeded: 2,
    streamsFailed: 1,
    messagesSent: 40,
    messagesReceived: 2,
  };
  return {
    sockets: sockets.map((socket, i) => ({
      id: `s${i}`,
      remote: "",
      local: "",
      keepAlivesSent: 0,
      lastMessageSentAt: Number.NaN,
      lastMessageReceivedAt: Number.NaN,
      remoteWindow: 65_535,
      localWindow: 65_535,
      security: "",
      ...blank,
      asOf: 1_000_000,
      ...socket,
    })),
    sections: [],
    totalSockets: sockets.length,
    asOf: 1_000_000,
  };
}

/** Rows as objects by the labels of their columns. */
function rowsOf(section: SourceSection | null) {
  return section!.rows.map(({ cells, trouble }) => ({
    ...Object.fromEntries(section!.columns.map(({ label }, i) => [label, cells[i]])),
    ...(trouble && { trouble }),
  }));
}

test("what processes and channelz tell of one connection is one row; the worst are first", () => {
  const process = new FakeProcess("a");
  const reader = new Reader();
  const calls = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"].map((host) => process.begin("BIDI", host));
  const [fine, shut, gone, leaving] = calls;
  const told = {
    liveCalls: 1,
    bytesSent: 9_000,
    bytesReceived: 70,
    lastReceivedAtMs: process.timeMs,
    sendWindow: 1_000,
  };
  process.connect(fine!, { ...told, roundTripMs: 1.5 });
  fine!.clientName = "grpc-go/1.70";
  process.connect(shut!, { ...told, sendWindow: 0, unsentBytes: 512 });
  process.connect(leaving!, { ...told, goingAway: true });
  process.timeMs += 1_000;
  process.connect(gone!, { ...told, unansweredPings: 3, firstUnansweredPingAtMs: process.timeMs });
  process.timeMs += 7_750;
  reader.more.set(ADDRESS, {
    channelz: channelz({ remote: fine!.peer, messagesSent: 7 }, { remote: "10.0.0.9:1", remoteWindow: 12 }),
  });
  reader.take(process.next());
  const section = mapConnections(reader.backends());
  expect(section).toMatchObject({ key: "connections", asOf: reader.now });
  expect(rowsOf(section)).toMatchObject([
    { Peer: gone!.peer, trouble: "half-open: 3 pings unanswered since 8.0 s, the peer is gone" },
    { Peer: shut!.peer, Unsent: 512, "Send window": 0, trouble: "window shut: every call on it waits" },
    { Peer: leaving!.peer, trouble: "going away: no new calls begin on it" },
    { Peer: "10.0.0.9:1", "Seen by": "channelz", "Live calls": 2, "Send window": 12, "Bytes sent": null },
    {
      Peer: fine!.peer,
      Client: "grpc-go/1.70",
      "Seen by": "instrumented, channelz",
      "Live calls": 1,
      "Bytes sent": 9_000,
      "Messages sent": 7,
      "Send window": 1_000,
      "Round trip": 1.5,
      "Silent for": 9_000,
    },
  ]);
});

test("thousands: two hundred rows, and how many there are; none that is told of twice", () => {
  const process = new FakeProcess("a");
  const reader = new Reader();
  for (let i = 0; i < 3_000; i++)
    process.connect(process.begin("BIDI", `10.0.${i >> 8}.${i & 255}`), { liveCalls: i });
  reader.take(process.next());
  reader.more.set("10.1.0.2:50051", { book: reader.book });
  const section = mapConnections(reader.backends())!;
  expect(section.rows).toHaveLength(200);
  expect(section.total).toBe(3_000);
  expect(rowsOf(section)[0]).toMatchObject({ "Live calls": 2_999, Address: ADDRESS });
});

test("nothing where nobody can see connections", () => {
  const process = new FakeProcess("a");
  const reader = new Reader();
  process.begin("BIDI");
  reader.take(process.next());
  expect(mapConnections(reader.backends())).toBeNull();
  expect(mapConnections([])).toBeNull();
  reader.more.set(ADDRESS, { channelz: channelz() });
  expect(mapConnections(reader.backends())).toMatchObject({ rows: [] });
});
