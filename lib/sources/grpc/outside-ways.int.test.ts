import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../async/clock.ts";
import { clockTelling } from "../../async/clock-telling.fixture.ts";
import type { SourceSection } from "../../model/source.ts";
import { connect, never } from "./test-connection.ts";
import { type PythonTarget, python, QuotesClient, startPythonTarget } from "./test-python-target.ts";
import { createChannelzWay } from "./ways/channelz/channelz-way.ts";
import { createHealthBook } from "./ways/health/health-book.ts";
import { createHealthWay } from "./ways/health/health-way.ts";
import { createReflectionWay } from "./ways/reflection/reflection-way.ts";
import type { ChannelzFindings } from "./ways/ways.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

describe.skipIf(python === null)("a server of grpcio, seen from outside", () => {
  let target: PythonTarget;
  let elder: PythonTarget;
  beforeAll(async () => {
    [target, elder] = await Promise.all([
      startPythonTarget({ reflection: ["v1"] }),
      startPythonTarget({ health: false, channelz: false }),
    ]);
  });
  afterAll(() => Promise.all([target.stop(), elder.stop()]));

  const open = async ({ address }: PythonTarget) => {
    const { client, connection } = await connect(address);
    cleanups.push(() => client.close());
    return { client, connection, target: address, clock: systemClock };
  };
  const quotesOf = ({ address }: PythonTarget) => {
    const quotes = new QuotesClient(address);
    cleanups.push(() => quotes.close());
    return quotes;
  };

  it("tells its health as it changes, one request a sample", async () => {
    const opened = await open(target);
    const way = createHealthWay({
      ...opened,
      services: ["", "foreign.Quotes", "no.Such"],
      book: createHealthBook(),
    });
    cleanups.push(way.close);
    const told = async () =>
      (await way.read(never))!.services.map(({ state, drops, watched }) => [state, drops, watched]);
    await expect.poll(told).toEqual([
      ["SERVING", 0, true],
      ["SERVING", 0, true],
      ["SERVICE_UNKNOWN", 0, true],
    ]);
    target.setHealth("foreign.Quotes", "NOT_SERVING");
    target.setHealth("foreign.Quotes", "SERVING");
    await expect.poll(told).toEqual([
      ["SERVING", 0, true],
      ["SERVING", 1, true],
      ["SERVICE_UNKNOWN", 0, true],
    ]);
    expect(way.takeEvents().map(({ title, before, after }) => [title, before, after])).toEqual([
      ["Health of foreign.Quotes became NOT_SERVING", "SERVING", "NOT_SERVING"],
      ["Health of foreign.Quotes became SERVING", "NOT_SERVING", "SERVING"],
    ]);
    const before = opened.client.requests;
    await way.read(never);
    expect(opened.client.requests - before).toBe(3);
  });

  it.each([
    ["v1", () => target, 2],
    ["v1alpha", () => elder, 3],
  ] as const)("tells its methods over reflection %s", async (version, of, requests) => {
    const opened = await open(of());
    const catalogue = await createReflectionWay(opened).read(never);
    expect(catalogue).toMatchObject({
      version,
      methods: [
        { path: "/foreign.Quotes/Get", kind: "unary" },
        { path: "/foreign.Quotes/Upload", kind: "client stream" },
        { path: "/foreign.Quotes/Watch", kind: "server stream" },
        { path: "/foreign.Quotes/Talk", kind: "bidirectional stream" },
      ],
      unread: [],
    });
    expect(catalogue!.services).toContain(`grpc.reflection.${version}.ServerReflection`);
    expect(opened.client.requests).toBe(requests);
  });

  it("tells the connections of others over channelz, as often as they did what they did", async () => {
    const quotes = quotesOf(target);
    const watch = quotes.watch({ count: 3 });
    let quotesSeen = 0;
    watch.on("data", () => quotesSeen++);
    for (let number = 0; number < 4; number++) await quotes.get({ number });
    await expect(quotes.get({ failWith: 5 })).rejects.toThrow();
    await expect.poll(() => quotesSeen).toBe(3);
    const opened = await open(target);
    let at = Date.now();
    const way = createChannelzWay({ ...opened, clock: clockTelling(() => (at += 1_000)) });
    const read = async () => (await way.read(never))!;
    await expect
      .poll(async () => (await read()).sockets.map(({ streamsStarted }) => streamsStarted))
      .toEqual([6]);
    await expect.poll(read).toMatchObject({
      totalSockets: 1,
      sockets: [{ local: target.address, messagesReceived: 6, messagesSent: 7 }],
    });
    const { sockets } = await read();
    expect(sockets[0]!.remote).not.toBe(opened.connection.localAddress);
    expect(sockets[0]!.lastMessageSentAt).toBeLessThanOrEqual(at);
    // The C core tells no windows.
    expect(sockets[0]!.remoteWindow).toBeNaN();

    const calls = async () => callsOf(await read());
    const before = await calls();
    await quotes.get({});
    await expect(quotes.get({ failWith: 5 })).rejects.toThrow();
    const after = [before[0]! + 2, before[1]! + 1, before[2]! + 1];
    await expect.poll(calls).toEqual(after);
    expect(await calls()).toEqual(after);
  });

  it("says so where it offers none of them, once", async () => {
    const { client, ...opened } = await open(elder);
    const ways = [createHealthWay({ ...opened, book: createHealthBook() }), createChannelzWay(opened)];
    for (let i = 0; i < 3; i++) {
      for (const way of ways) expect(await way.read(never)).toBeNull();
    }
    expect(client.requests).toBe(2);
  });
});

function callsOf({ sections }: ChannelzFindings) {
  const { columns, rows } = sections.find(({ key }) => key === "channelz-servers") as SourceSection;
  return ["Calls", "OK", "Failed"].map((label) =>
    Number(rows[0]!.cells[columns.findIndex((one) => one.label === label)]),
  );
}
