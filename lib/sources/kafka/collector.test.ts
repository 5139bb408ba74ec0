import { createServer as createWebServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { clockTelling } from "../../async/clock-telling.fixture.ts";
import { ManualClock } from "../../async/manual-clock.fixture.ts";
import type { Collector } from "../../sample/collector.ts";
import type { Sample } from "../../sample/sample.ts";
import { listGroupsAnswer, listOffsetsAnswer, metadataAnswer, offsetFetchAnswer } from "./answers.fixture.ts";
import { createKafkaCollector } from "./collector.ts";
import type { KafkaCollectorOptions } from "./config.ts";
import { type FakeAnswers, type FakeBroker, startFakeBroker } from "./fake-broker.fixture.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

let clock = 1_000_000;
/** Time passes by hand for intervals, so that no test waits for one. */
const later = (ms: number) => {
  clock += ms;
};

function collectorFor(ports: readonly number[], more: Partial<KafkaCollectorOptions> = {}): Collector {
  const collector = createKafkaCollector({
    id: "test",
    brokers: ports.map((port) => `127.0.0.1:${port}`),
    clientId: "streamside-test",
    connectTimeoutMs: 300,
    requestTimeoutMs: 300,
    clock: clockTelling(() => clock),
    ...more,
  });
  cleanups.push(() => collector.close());
  return collector;
}

const sampled = (collector: Collector, ms = 5000) => collector.sample(AbortSignal.timeout(ms));

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

/** Two brokers. `orders`: partition 0 led by 1, partition 1 by 2. Group `a` is with broker 1, `b` with broker 2. */
async function startPair(): Promise<[FakeBroker, FakeBroker]> {
  const pair: FakeBroker[] = [];
  const metadata = () =>
    metadataAnswer({
      brokers: pair.map(({ port }, index) => ({ node: index + 1, host: "127.0.0.1", port })),
      topics: [["orders", [1, 2]]],
    });
  const answersOf = (node: number): FakeAnswers => {
    const id = node === 1 ? "a" : "b";
    return {
      metadata,
      listGroups: () => listGroupsAnswer([{ id, state: "Empty", type: "classic" }]),
      offsetFetch: () =>
        offsetFetchAnswer([
          {
            group: id,
            topics: [
              [
                "orders",
                [
                  [1, 5],
                  [0, 7],
                ],
              ],
            ],
          },
        ]),
      listOffsets: () => listOffsetsAnswer([["orders", [[node - 1, 10 * node]]]]),
    };
  };
  for (const node of [1, 2]) pair.push(await startFakeBroker(answersOf(node)));
  cleanups.push(...pair.map(({ stop }) => stop));
  return pair as [FakeBroker, FakeBroker];
}

const heads = ({ lanes }: Sample) => [...lanes.head];
const positions = ({ positions: { position } }: Sample) => [...position];
const none = Number.NaN;

describe("a cluster of two", () => {
  it("reads both, and keeps the layout while nothing changes", async () => {
    const [one, two] = await startPair();
    const collector = collectorFor([one.port]);
    const first = await sampled(collector);
    expect(positions(first)).toEqual([7, 5, 7, 5]);
    expect(heads(first)).toEqual([10, 20]);
    expect([...first.consumers.readers]).toEqual([0, 0]);
    expect(first.failures).toEqual([]);
    later(1000);
    const second = await sampled(collector);
    expect(second.layout).toBe(first.layout);
    expect(second.cost.requests).toBe(6); // groups, commits and ends of each
    expect([one.connections(), two.connections()]).toEqual([1, 1]);
  });

  it("loses one broker's values with it, and gets them back", async () => {
    const [one, two] = await startPair();
    const collector = collectorFor([one.port]);
    const before = await sampled(collector);
    await two.stop();
    later(1000);
    const during = await sampled(collector);
    expect(during.layout).toBe(before.layout);
    expect(positions(during)).toEqual([7, 5, none, none]);
    expect(heads(during)).toEqual([10, none]);
    expect([...during.consumers.readers]).toEqual([0, none]);
    expect(during.failures).toEqual([
      expect.objectContaining({ scope: "source", subject: "broker 2", code: "UNREACHABLE" }),
    ]);
    expect(during.failures[0]!.message).toContain(`127.0.0.1:${two.port}`);
  });

  it("samples what someone looks at with two requests, and leaves everything else as it was", async () => {
    const [one, two] = await startPair();
    const collector = collectorFor([one.port]);
    expect(await collector.sampleFocus!(["b"], AbortSignal.timeout(1_000))).toBeNull();
    const full = await sampled(collector);
    const { offsetFetch, listOffsets } = two.answers;
    two.answers.offsetFetch = () =>
      offsetFetchAnswer([
        {
          group: "b",
          topics: [
            [
              "orders",
              [
                [1, 6],
                [0, 8],
              ],
            ],
          ],
        },
      ]);
    two.answers.listOffsets = () => listOffsetsAnswer([["orders", [[1, 21]]]]);
    later(250);
    const between = (await collector.sampleFocus!(["b", "nobody"], AbortSignal.timeout(1_000)))!;
    expect(between.layout).toBe(full.layout);
    expect(positions(between)).toEqual([7, 5, 8, 6]);
    expect(heads(between)).toEqual([10, 21]);
    expect([...between.positions.asOf]).toEqual([clock - 250, clock - 250, clock, clock]);
    expect([...between.lanes.asOf]).toEqual([clock, clock]);
    expect(between.cost.requests).toBe(3); // commits of one coordinator, ends of two leaders
    expect(positions(full)).toEqual([7, 5, 7, 5]);
    expect(await collector.sampleFocus!(["nobody"], AbortSignal.timeout(1_000))).toBeNull();

    // A broker that has nothing to say leaves its part as it was; the next full sample tells why.
    Object.assign(two.answers, { offsetFetch: () => "drop", listOffsets });
    later(250);
    const partly = (await collector.sampleFocus!(["b"], AbortSignal.timeout(1_000)))!;
    expect(positions(partly)).toEqual([7, 5, 7, 5]);
    expect([...partly.positions.asOf].slice(2)).toEqual([clock - 500, clock - 500]);
    Object.assign(two.answers, { offsetFetch });
  });

  it("does not wait again for a broker that hangs while the other answers", async () => {
    const [one, two] = await startPair();
    const time = new ManualClock();
    const collector = collectorFor([one.port], { clock: time, requestTimeoutMs: 3_000 });
    const next = async () => {
      await time.advance(1000);
      return time.advanceUntil(sampled(collector));
    };
    await next();
    two.answers.listGroups = () => null;
    const hung = await next();
    expect(hung.failures).toMatchObject([{ subject: "broker 2", code: "TIMEOUT" }]);
    two.answers.metadata = () => null;
    for (let i = 0; i < 5; i++) {
      const startedAt = time.elapsed();
      expect(positions(await next())).toEqual([7, 5, none, none]);
      expect(time.elapsed() - startedAt, "less than the time limit").toBeLessThan(1000 + 2_000);
    }
  });

  it("gives a group's error to its rows and a partition's to its lane, for that sample", async () => {
    const [one, two] = await startPair();
    const collector = collectorFor([one.port]);
    const before = await sampled(collector);
    const { offsetFetch, listOffsets } = two.answers;
    two.answers.offsetFetch = () => offsetFetchAnswer([{ group: "b", topics: [], error: 16 }]);
    two.answers.listOffsets = () => listOffsetsAnswer([["orders", [[1, -1, 6]]]]);
    later(1000);
    const during = await sampled(collector);
    expect(during.failures.map(({ scope, subject, message }) => [scope, subject, message])).toEqual([
      ["consumer", "b", "No committed offsets: NOT_COORDINATOR for group b."],
      ["lane", "orders/1", "No end offset: NOT_LEADER_OR_FOLLOWER for topic orders."],
    ]);
    expect(positions(during)).toEqual([7, 5, none, none]);
    expect(heads(during)).toEqual([10, none]);
    Object.assign(two.answers, { offsetFetch, listOffsets });
    later(1000);
    const after = await sampled(collector);
    expect(after.cost.requests).toBe(7); // metadata, too: a leader has moved
    expect([after.failures, positions(after), after.layout]).toEqual([[], [7, 5, 7, 5], before.layout]);
  });

  it("says DENIED, and for what", async () => {
    const [one, two] = await startPair();
    one.answers.listOffsets = () => listOffsetsAnswer([["orders", [[0, -1, 29]]]]);
    two.answers.offsetFetch = () => offsetFetchAnswer([{ group: "b", topics: [], error: 30 }]);
    expect((await sampled(collectorFor([one.port]))).failures).toMatchObject([
      { scope: "consumer", subject: "b", code: "DENIED" },
      { scope: "lane", subject: "orders/0", code: "DENIED" },
    ]);
  });

  it("makes a new row for a first commit", async () => {
    const [one] = await startPair();
    const commits = one.answers.offsetFetch;
    one.answers.offsetFetch = () => offsetFetchAnswer([{ group: "a", topics: [["orders", [[1, 5]]]] }]);
    const collector = collectorFor([one.port]);
    expect(positions(await sampled(collector))).toEqual([5, 7, 5]);
    one.answers.offsetFetch = commits;
    later(1000);
    expect(positions(await sampled(collector))).toEqual([7, 5, 7, 5]);
  });

  it("follows a partition to its new leader in the same rows", async () => {
    const [one, two] = await startPair();
    const collector = collectorFor([one.port]);
    const before = await sampled(collector);
    const brokers = [one, two].map(({ port }, index) => ({ node: index + 1, host: "127.0.0.1", port }));
    one.answers.metadata = () => metadataAnswer({ brokers, topics: [["orders", [1, 1]]] });
    const ends = [
      [0, 11],
      [1, 21],
    ] as const;
    one.answers.listOffsets = () => listOffsetsAnswer([["orders", ends]]);
    later(5000);
    const after = await sampled(collector);
    expect(heads(after)).toEqual([11, 21]);
    expect(after.layout).toBe(before.layout);
  });

  it("makes new rows for a new group, and tells of a group that came and went", async () => {
    const [one] = await startPair();
    const collector = collectorFor([one.port]);
    await sampled(collector);
    const { listGroups, offsetFetch } = one.answers;
    const group = (id: string) => ({ id, state: "Empty", type: "classic" });
    one.answers.listGroups = () => listGroupsAnswer([group("a"), group("__proto__")]);
    one.answers.offsetFetch = () =>
      offsetFetchAnswer([
        { group: "a", topics: [["orders", [[0, 8]]]] },
        { group: "__proto__", topics: [["orders", [[1, 9]]]] },
      ]);
    later(1000);
    const during = await sampled(collector);
    expect(during.layout.consumers.map(({ key }) => key)).toEqual(["__proto__", "a", "b"]);
    expect(positions(during)).toEqual([9, 8, 7, 5]);
    expect(during.events).toMatchObject([{ kind: "group-appeared", consumerKey: "__proto__" }]);
    Object.assign(one.answers, { listGroups, offsetFetch });
    later(1000);
    const missing = await sampled(collector);
    expect(missing.layout.consumers).toHaveLength(3);
    expect(positions(missing)).toEqual([none, 7, 5, 7, 5]);
    expect(missing.failures).toMatchObject([{ scope: "consumer", subject: "__proto__" }]);
    later(5000);
    const after = await sampled(collector);
    expect(after.layout.consumers.map(({ key }) => key)).toEqual(["a", "b"]);
    expect(after.events).toMatchObject([{ kind: "group-gone", consumerKey: "__proto__" }]);
  });

  it("keeps its groups while a coordinator still loads", async () => {
    const [one, two] = await startPair();
    const collector = collectorFor([one.port]);
    const before = await sampled(collector);
    two.answers.listGroups = () => listGroupsAnswer([], 14);
    two.answers.offsetFetch = () => offsetFetchAnswer([{ group: "b", topics: [], error: 14 }]);
    later(1000);
    const during = await sampled(collector);
    expect(during.layout).toBe(before.layout);
    expect(positions(during)).toEqual([7, 5, none, none]);
    expect([...during.consumers.readers]).toEqual([0, none]);
    expect(during.failures.map(({ subject }) => subject)).toEqual(["broker 2", "b"]);
  });

  it("believes whoever took a group over last, not one that was paused and goes on as its coordinator", async () => {
    const [one, two] = await startPair();
    const collector = collectorFor([one.port]);
    await sampled(collector);
    const list = (...ids: string[]) =>
      listGroupsAnswer(ids.map((id) => ({ id, state: "Empty", type: "classic" })));
    const commits = (group: string, offset: number) => ({
      group,
      topics: [["orders", [[0, offset] as const, [1, offset] as const]] as const],
    });
    const { listGroups } = two.answers;
    const sampleLater = () => {
      later(1000);
      return sampled(collector);
    };
    two.answers.listGroups = () => "drop";
    one.answers.listGroups = () => list("a", "b");
    one.answers.offsetFetch = () => offsetFetchAnswer([commits("a", 8), commits("b", 61)]);
    const moved = await sampleLater();
    expect(positions(moved)).toEqual([8, 8, 61, 61]);
    expect(moved.events).toMatchObject([{ kind: "coordinator-changed", after: "broker 1" }]);

    two.answers.listGroups = listGroups;
    const resumed = await sampleLater();
    expect([positions(resumed), resumed.events, resumed.failures]).toEqual([[8, 8, 61, 61], [], []]);
    one.answers.offsetFetch = () => offsetFetchAnswer([commits("a", 8), commits("b", 3)]);
    expect(positions(await sampleLater()), "set back on its coordinator").toEqual([8, 8, 3, 3]);
    one.answers.listGroups = () => "drop";
    expect(positions(await sampleLater()), "no coordinator to ask").toEqual([none, none, none, none]);

    one.answers.listGroups = () => list("a");
    one.answers.offsetFetch = () => offsetFetchAnswer([commits("a", 8)]);
    const back = await sampleLater();
    expect(positions(back), "got it back").toEqual([8, 8, 7, 5]);
    expect(back.events).toMatchObject([{ kind: "coordinator-changed", after: "broker 2" }]);
  });

  it("shows a topic within five seconds of its creation", async () => {
    const [one, two] = await startPair();
    const collector = collectorFor([one.port]);
    await sampled(collector);
    const brokers = [one, two].map(({ port }, index) => ({ node: index + 1, host: "127.0.0.1", port }));
    one.answers.metadata = () =>
      metadataAnswer({
        brokers,
        topics: [
          ["new", [-1]],
          ["orders", [1, 2]],
        ],
      });
    two.answers.metadata = one.answers.metadata;
    later(5000);
    const after = await sampled(collector);
    expect(after.layout.streams.map(({ name }) => name)).toEqual(["new", "orders"]);
    expect(heads(after)).toEqual([none, 10, 20]);
    expect(positions(after)).toEqual([7, 5, 7, 5]);
    expect(after.events).toMatchObject([{ kind: "topic-created", streamKey: "new" }]);
    expect(after.failures).toMatchObject([{ scope: "lane", subject: "new/0" }]);
  });
});

describe("a broker that lies", () => {
  const frames: Record<string, (body: Buffer, correlation: number) => Buffer> = {
    "a negative size": () => Buffer.from("ffffffff00", "hex"),
    "a size of zero": () => Buffer.from("0000000000000000", "hex"),
    "a size of 2 GiB": () => Buffer.from("7fffffff00000000", "hex"),
    "a frame shorter than its header": (_body, correlation) => {
      const bytes = Buffer.alloc(8);
      bytes.writeInt32BE(4);
      bytes.writeInt32BE(correlation, 4);
      return bytes;
    },
    "somebody else's answer": (body) => {
      const bytes = Buffer.alloc(9 + body.length);
      bytes.writeInt32BE(5 + body.length);
      bytes.writeInt32BE(12_345, 4);
      body.copy(bytes, 9);
      return bytes;
    },
    "an answer cut short": (body, correlation) => {
      const cut = body.subarray(0, body.length - 3);
      const bytes = Buffer.alloc(9 + cut.length);
      bytes.writeInt32BE(5 + cut.length);
      bytes.writeInt32BE(correlation, 4);
      cut.copy(bytes, 9);
      return bytes;
    },
  };

  it.each(Object.entries(frames))("is told apart by %s, and trusted again after it", async (_name, frame) => {
    const [one, two] = await startPair();
    const collector = collectorFor([one.port]);
    await sampled(collector);
    two.answers.frame = frame;
    later(1000);
    const during = await sampled(collector);
    expect(positions(during)).toEqual([7, 5, none, none]);
    expect(during.failures).toMatchObject([{ subject: "broker 2", code: "PROTOCOL" }]);
    delete two.answers.frame;
    later(1000);
    const after = await sampled(collector);
    expect([positions(after), after.failures]).toEqual([[7, 5, 7, 5], []]);
  });

  it("counts nothing of commits that end in nonsense", async () => {
    const [one, two] = await startPair();
    const collector = collectorFor([one.port]);
    await sampled(collector);
    const good = two.answers.offsetFetch() as Buffer;
    two.answers.offsetFetch = () => Buffer.concat([good, Buffer.alloc(1)]);
    later(1000);
    const during = await sampled(collector);
    expect(positions(during)).toEqual([7, 5, none, none]);
    expect([...during.positions.asOf.subarray(2)]).toEqual([none, none]);
  });

  it("counts nothing of ends that end in nonsense", async () => {
    const [one, two] = await startPair();
    const collector = collectorFor([one.port]);
    await sampled(collector);
    const good = two.answers.listOffsets() as Buffer;
    two.answers.listOffsets = () => Buffer.concat([good, Buffer.alloc(1)]);
    later(1000);
    const during = await sampled(collector);
    expect(heads(during)).toEqual([10, none]);
    expect([...during.lanes.asOf]).toEqual([clock, none]);
  });

  it("that hangs up loses only its own", async () => {
    const [one, two] = await startPair();
    const collector = collectorFor([one.port]);
    await sampled(collector);
    two.answers.listOffsets = () => "drop";
    later(1000);
    const during = await sampled(collector);
    expect([positions(during), heads(during)]).toEqual([
      [7, 5, 7, 5],
      [10, none],
    ]);
  });
});

describe("no cluster there", () => {
  it("UNREACHABLE: nothing listens, tried at most once a second", async () => {
    const [one] = await startPair();
    await one.stop();
    const collector = collectorFor([one.port]);
    await expect(sampled(collector)).rejects.toMatchObject({
      name: "CollectorError",
      code: "UNREACHABLE",
      message: expect.stringContaining(`127.0.0.1:${one.port}`),
      hint: expect.stringContaining("running"),
    });
  });

  it("waits a second between connection attempts, however often it is asked", async () => {
    let attempts = 0;
    const port = await portOf(
      createServer((socket) => {
        attempts++;
        socket.destroy();
      }),
    );
    const collector = collectorFor([port]);
    for (let i = 0; i < 5; i++) {
      await expect(sampled(collector)).rejects.toMatchObject({ code: "UNREACHABLE" });
      later(250);
    }
    expect(attempts).toBe(2);
  });

  it("PROTOCOL: a web server answers", async () => {
    const port = await portOf(createWebServer((_request, response) => response.end("hello")));
    await expect(sampled(collectorFor([port]))).rejects.toMatchObject({
      code: "PROTOCOL",
      message: `127.0.0.1:${port} answered with HTTP: a web server.`,
      hint: "Is this the Kafka listener's port?",
    });
  });

  it("PROTOCOL: a web server answers the SASL handshake", async () => {
    const port = await portOf(createWebServer((_request, response) => response.end("hello")));
    const sasl = { mechanism: "PLAIN", username: "u", password: "p" } as const;
    await expect(sampled(collectorFor([port], { sasl }))).rejects.toMatchObject({ code: "PROTOCOL" });
  });

  it.each([["plain"], ["sasl"]])("TIMEOUT: it accepts and never replies (%s)", async (mode) => {
    const sockets: { destroy(): void }[] = [];
    cleanups.push(() => sockets.forEach((socket) => void socket.destroy()));
    const port = await portOf(createServer((socket) => sockets.push(socket)));
    cleanups.push(() => sockets.forEach((socket) => void socket.destroy()));
    const sasl =
      mode === "sasl" ? ({ mechanism: "PLAIN", username: "u", password: "p" } as const) : undefined;
    await expect(sampled(collectorFor([port], { sasl }))).rejects.toMatchObject({
      code: "TIMEOUT",
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });

  it("rejects soon after the signal aborts, and can be asked again", async () => {
    const [one, two] = await startPair();
    const collector = collectorFor([one.port], { requestTimeoutMs: 60_000 });
    await sampled(collector);
    const { offsetFetch } = two.answers;
    const aborter = new AbortController();
    two.answers.offsetFetch = () => {
      aborter.abort();
      return null;
    };
    later(1000);
    await expect(collector.sample(aborter.signal)).rejects.toMatchObject({
      code: "TIMEOUT",
      message: expect.stringContaining(`127.0.0.1:${two.port}`),
    });
    two.answers.offsetFetch = offsetFetch;
    await expect.poll(async () => positions(await sampled(collector))).toEqual([7, 5, 7, 5]);
  });

  it("can be closed twice, and while a sample is under way", async () => {
    const [one] = await startPair();
    const collector = collectorFor([one.port], { requestTimeoutMs: 60_000 });
    one.answers.listGroups = () => {
      void collector.close();
      return null;
    };
    await expect(sampled(collector)).rejects.toMatchObject({ name: "CollectorError" });
    await collector.close();
  });
});
