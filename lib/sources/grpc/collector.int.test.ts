import { createServer as createWebServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from "node:net";
import { type ServerWritableStream, status } from "@grpc/grpc-js";
import type { WatchRequest, WatchResponse } from "@streamside/grpc-health";
import { describe, expect, test } from "vitest";
import { factText } from "../../format/index.ts";
import type { Collector } from "../../sample/collector.ts";
import { CollectorError } from "../../sample/collector-error.ts";
import { checkCollectorContract, observationBreaches } from "../../sample/contract-check.ts";
import type { Sample } from "../../sample/sample.ts";
import { FakeProcess } from "./fake-process.ts";
import { createGrpcCollector } from "./index.ts";
import { saidOf } from "./test-reader.ts";
import { type StrangeWatch, startStrangeTarget } from "./test-strange-target.ts";
import { createSubjects, inTime } from "./test-subjects.ts";
import { consumerOf, factOf, startTarget, type Target, TargetClient, until } from "./test-target.ts";
import { GRPC_WORDS } from "./words/words.ts";

const { ending, collect, target } = createSubjects();

const never = new AbortController().signal;

function clientOf({ address }: Target): TargetClient {
  const client = new TargetClient(address);
  ending.push(() => client.close());
  return client;
}

/** How long the call of a consumer that stands still has done so; NaN: none does. */
function stillFor(sample: Sample, name: string): number {
  const since = consumerOf(sample, name)?.lanes.map(({ stillSince }) => stillSince) ?? [];
  return sample.finishedAt - Math.min(...since.filter((at) => !Number.isNaN(at)), Number.POSITIVE_INFINITY);
}

/** The error a sample is rejected with. */
async function failureOf(collector: Collector, signal = never): Promise<CollectorError> {
  const error = await collector.sample(signal).then(
    () => "it did not fail",
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CollectorError);
  return error as CollectorError;
}

async function listen(server: NetServer): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ending.push(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

checkCollectorContract("a gRPC collector", {
  async start() {
    const service = await startTarget();
    const client = new TargetClient(service.address);
    await client.get({ i: 0 });
    const talk = client.talk();
    talk.on("data", () => {});
    talk.write({ i: 1 });
    return {
      collector: createGrpcCollector({ ...inTime, target: service.address }),
      words: GRPC_WORDS,
      change: async () => {
        client.watch().on("data", () => {});
        await until(
          () => service.watches.length,
          (calls) => calls === 1,
        );
      },
      stop: async () => {
        client.close();
        await service.kill();
      },
    };
  },
  unreachable: () => createGrpcCollector({ ...inTime, target: "127.0.0.1:1" }),
});

describe("a service with the package", () => {
  test("shows the four call kinds, with totals that count every message", async () => {
    const service = await target();
    const client = clientOf(service);
    const collector = collect(service.address);
    const first = await collector.sample(never);
    expect(first.layout.streams).toEqual([]);

    const upload = client.upload();
    const watch = client.watch();
    watch.on("data", () => {});
    const talk = client.talk();
    talk.on("data", () => {});
    await until(
      () => service.watches.length + service.uploads.length,
      (calls) => calls === 2,
    );
    service.uploads[0]!.on("data", () => {});
    for (let i = 0; i < 30; i++) {
      await client.get({ i });
      upload.write({ i });
      service.watches[0]!.write({ i });
      talk.write({ i });
    }
    const seen = await until(
      () => collector.sample(never),
      (sample) =>
        sample.layout.consumers.length === 4 && sample.consumers.outTotal!.every((total) => total === 30),
    );
    expect(observationBreaches(seen)).toEqual([]);
    const { layout } = seen;
    expect(layout.streams.map(({ name, detail }) => [name, detail]).sort()).toEqual([
      ["/test.Quotes/Get", "unary"],
      ["/test.Quotes/Talk", "bidirectional stream"],
      ["/test.Quotes/Upload", "client stream"],
      ["/test.Quotes/Watch", "server stream"],
    ]);
    expect([...seen.streams.inTotal!]).toEqual([30, 30, 30, 30]);
    expect([...seen.consumers.dueTotal!]).toEqual([30, 30, 30, 30]);
    expect(consumerOf(seen, "Quotes/Get ← all callers")).toMatchObject({
      readers: 0,
      lanes: [{ label: "all calls", backlog: 0, latencyMs: 0 }],
    });
    expect(consumerOf(seen, "Quotes/Watch ← 127.0.0.1")).toMatchObject({
      readers: 1,
      flags: 0,
      lanes: [{ head: 30, position: 30, backlog: 0, latencyMs: 0 }],
    });
    expect(factOf(seen, "Health")).toBe("SERVING");
    expect(factOf(seen, "Live calls")).toBe("3");
    expect(factOf(seen, "Methods")).toBe("4");
    // Check, List and reflection's first question.
    expect(seen.cost.requests).toBeLessThanOrEqual(3);
    expect(seen.failures).toEqual([]);

    // Nothing comes or goes: the same layout, however much flows.
    talk.write("more");
    const later = await until(
      () => collector.sample(never),
      (sample) => consumerOf(sample, "Quotes/Talk ← 127.0.0.1")?.out === 31,
    );
    expect(later.layout).toBe(layout);

    // The last messages of an ended call are counted too, and its consumer stays, with nothing waiting.
    talk.write("last");
    talk.end();
    const ended = await until(
      () => collector.sample(never),
      (sample) => consumerOf(sample, "Quotes/Talk ← 127.0.0.1")?.readers === 0,
    );
    expect(observationBreaches(ended)).toEqual([]);
    expect(consumerOf(ended, "Quotes/Talk ← 127.0.0.1")).toMatchObject({
      out: 32,
      lanes: [{ label: "no live call", backlog: 0 }],
    });
    expect(ended.layout).not.toBe(layout);
  });

  test("tells the reader that has stopped from the healthy one on the same host", async () => {
    const service = await target();
    const client = clientOf(service);
    const collector = collect(service.address);
    await collector.sample(never);
    const healthy = client.watch();
    healthy.on("data", () => {});
    await until(
      () => service.watches.length,
      (calls) => calls === 1,
    );
    const slow = client.watch();
    slow.once("data", () => slow.pause());
    await until(
      () => service.watches.length,
      (calls) => calls === 2,
    );
    const message = "x".repeat(2_000);
    for (let i = 0; i < 200; i++) for (const call of service.watches) call.write(message);

    const stuck = await until(
      () => collector.sample(never),
      (sample) => stillFor(sample, "Quotes/Watch ← 127.0.0.1") > 1_000,
    );
    expect(observationBreaches(stuck)).toEqual([]);
    const consumer = consumerOf(stuck, "Quotes/Watch ← 127.0.0.1")!;
    expect(consumer.readers).toBe(2);
    expect(consumer.due).toBe(400);
    const [first, second] = consumer.lanes;
    expect(first).toMatchObject({ head: 200, position: 200, backlog: 0, latencyMs: 0 });
    expect(second!.backlog).toBeGreaterThan(50);
    expect(second!.latencyMs).toBeGreaterThan(700);
    expect([first!.stillSince, second!.flags]).toEqual([Number.NaN, 0]);
    expect(second!.head - second!.position).toBe(second!.backlog);
    expect(second!.label).toMatch(/^call \d+ · 127\.0\.0\.1:\d+$/);
    const row = stuck.layout.consumers.findIndex(({ key }) => key === consumer.info.key);
    expect(GRPC_WORDS.explain(stuck, row, "stalled")).toMatch(
      /^Call \d+ from 127\.0\.0\.1:\d+ \(grpc-node-js\/.*messages written and not flushed, the last flush .* ago; .*: the reader of this call does not read\.$/,
    );

    const copy = structuredClone(stuck);
    const said = saidOf(stuck);
    slow.on("data", () => {});
    slow.resume();
    const drained = await until(
      () => collector.sample(never),
      (sample) => consumerOf(sample, "Quotes/Watch ← 127.0.0.1")?.out === 400,
    );
    expect(consumerOf(drained, "Quotes/Watch ← 127.0.0.1")).toMatchObject({
      flags: 0,
      lanes: [{ backlog: 0 }, { backlog: 0, latencyMs: 0 }],
    });
    expect(drained.layout).toBe(stuck.layout);
    // What the sample before said it says still, and so does a copy of it.
    expect(copy).toEqual(stuck);
    expect([saidOf(stuck), saidOf(copy)]).toEqual([said, said]);
    expect(saidOf(drained)).not.toEqual(said);
  });

  test("a server that does not read what it is sent has unread messages", async () => {
    const service = await target();
    const upload = clientOf(service).upload();
    for (let i = 0; i < 40; i++) upload.write({ i });
    await until(
      () => service.uploads.length,
      (calls) => calls === 1,
    );
    const [call] = service.uploads;
    call!.once("data", () => call!.pause());
    const collector = collect(service.address);
    const seen = await until(
      () => collector.sample(never),
      (sample) => (consumerOf(sample, "Quotes/Upload ← 127.0.0.1")?.lanes[0]?.backlog ?? 0) > 5,
    );
    const lane = consumerOf(seen, "Quotes/Upload ← 127.0.0.1")!.lanes[0]!;
    expect(lane.head - lane.position).toBe(lane.backlog);
    expect(lane.latencyMs).toBeGreaterThan(0);
  });

  test("killed: rejects at once; back: recovers by itself and says that it is another process", async () => {
    const service = await target();
    const client = clientOf(service);
    await client.get(1);
    const collector = collect(service.address);
    await collector.sample(never);
    const watch = client.watch();
    watch.on("data", () => {});
    await until(
      () => collector.sample(never),
      (sample) => sample.layout.streams.length === 2,
    );

    service.kill();
    const first = await failureOf(collector);
    expect(first.code).toBe("UNREACHABLE");
    expect(first.news!.events.map(({ kind }) => kind)).toEqual(["goaway"]);
    expect((await failureOf(collector)).message).toContain("ECONNREFUSED");

    const again = await target({ port: Number(service.address.split(":")[1]) });
    await clientOf(again).get(2);
    const back = await until(
      () => collector.sample(never).catch(() => null),
      (sample) => sample !== null,
      4_000,
    );
    expect(back!.layout.streams.map(({ name }) => name)).toEqual(["/test.Quotes/Get"]);
    expect([...back!.streams.inTotal!]).toEqual([1]);
    expect(back!.events.map(({ kind }) => kind)).toEqual(["connection back", "restart"]);
    expect((await collector.sample(never)).events).toEqual([]);
  });

  test("a Watch that ends is opened again", async () => {
    const service = await target();
    const collector = collect(service.address);
    await collector.sample(never);
    service.server.tryShutdown(() => {});
    const again = startTarget({ port: Number(service.address.split(":")[1]) });
    ending.push(async () => (await again).kill());
    await again;
    const back = await until(
      () => collector.sample(never).catch(() => null),
      (sample) => sample?.failures.length === 0,
      4_000,
    );
    expect(factOf(back!, "Live calls")).toBe("0");
  });
});

async function strangeTarget(watch: StrangeWatch): Promise<string> {
  const { address, stop } = await startStrangeTarget(watch);
  ending.push(stop);
  return address;
}

const emptyResponse: WatchResponse = {
  snapshot: true,
  process: { instanceId: "one", startedAtMs: 0, implementation: "test" },
  serverTimeMs: 1_000,
  intervalMs: 100,
  methods: [],
  calls: [],
  endedCallIds: [],
  hiddenCallIds: [],
  liveCalls: 0,
  skippedResponses: 0,
  faults: 0,
  connections: [],
  closedConnections: [],
  endedCalls: [],
};

describe("a Watch that misbehaves", () => {
  test("silence: old state is never served as new, and its rows stay", async () => {
    const process = new FakeProcess("one");
    process.write(process.begin("SERVER_STREAM"), 3);
    let opened = 0;
    const address = await strangeTarget((call) => {
      opened++;
      process.reopen();
      if (opened <= 2) call.write(process.next());
    });
    const collector = collect(address, { requestTimeoutMs: 400 });
    const told = await collector.sample(never);
    expect(opened).toBe(1);
    expect([...told.positions.backlog!]).toEqual([3]);
    // State is served while it is fresh, then asked for again, and when nothing comes there is none.
    const silent = await until(
      () => collector.sample(never),
      ({ failures }) => failures.some(({ code }) => code === "TIMEOUT"),
    );
    expect(opened).toBe(3);
    expect(silent.failures).toMatchObject([{ subject: "StreamHealth", code: "TIMEOUT" }]);
    expect(silent.layout.positions.count).toBe(1);
    expect([...silent.positions.backlog!, ...silent.lanes.asOf]).toEqual([Number.NaN, Number.NaN]);
    expect(observationBreaches(silent)).toEqual([]);
    expect(factOf(silent, "Health")).toBe("SERVING");
    const alone = collect(address, { uses: ["instrumented"], requestTimeoutMs: 400 });
    expect((await failureOf(alone)).code).toBe("TIMEOUT");
  });

  test.each([
    [status.PERMISSION_DENIED, "DENIED"],
    [status.UNAUTHENTICATED, "AUTH"],
  ] as const)(
    "refused with status %i: health goes on, with the refusal as a partial failure",
    async (code, expected) => {
      let opened = 0;
      const address = await strangeTarget((call) => {
        opened++;
        call.emit("error", { code, details: "not you" });
      });
      const collector = collect(address);
      for (let i = 0; i < 3; i++) {
        const seen = await collector.sample(never);
        expect(seen.failures).toMatchObject([{ subject: "StreamHealth", code: expected }]);
        expect(seen.layout.streams).toEqual([]);
      }
      expect(opened).toBe(1);
      const blind = collect(address, { uses: ["instrumented"] });
      expect((await failureOf(blind)).code).toBe(expected);
      expect((await failureOf(blind)).code).toBe(expected);
      expect(opened).toBe(2);
    },
  );

  test.each([
    [
      "an error",
      (call: ServerWritableStream<WatchRequest, WatchResponse>) => {
        call.emit("error", { code: status.INTERNAL, details: "broken" });
      },
      "ANSWERED_ERROR",
    ],
    [
      "no process",
      (call: ServerWritableStream<WatchRequest, WatchResponse>) => {
        call.write({ ...emptyResponse, process: null });
      },
      "PROTOCOL",
    ],
  ] as const)("%s: costs what it alone could tell", async (_, watch, code) => {
    const address = await strangeTarget(watch);
    const seen = await collect(address).sample(never);
    expect(seen.failures).toMatchObject([{ subject: "StreamHealth", code }]);
    expect(factOf(seen, "Health")).toBe("SERVING");
    expect((await failureOf(collect(address, { uses: ["instrumented"] }))).code).toBe(code);
  });
});

describe("a service without the package", () => {
  test("health only: a source with facts and how to see more", async () => {
    const service = await target({ instrumented: false });
    const collector = collect(service.address, { services: ["", "test.Quotes", "nobody"] });
    const seen = await collector.sample(never);
    expect(observationBreaches(seen)).toEqual([]);
    expect(seen.layout.streams).toEqual([]);
    expect(seen.facts.map(({ label, value }) => [label, factText(value, seen.finishedAt)])).toEqual([
      ["Health", "SERVING"],
      ["Health of test.Quotes", "NOT_SERVING"],
      ["Health of nobody", "SERVICE_UNKNOWN: the health service does not know this name"],
      ["Round trip", expect.stringMatching(/^[\d.]+ ms$/)],
      ["Connection", expect.stringMatching(/^READY since /)],
      ["Calls", "not visible: the service does not serve StreamHealth"],
    ]);
    expect(seen.facts.at(-1)!.title).toContain("instrumentServer(server)");
    expect(seen.failures).toEqual([]);
    const next = await collector.sample(never);
    expect(next.layout).toBe(seen.layout);
    service.health.setStatus("", "NOT_SERVING");
    const after = await until(
      () => collector.sample(never),
      (sample) => factOf(sample, "Health") !== "SERVING",
    );
    expect(factOf(after, "Health")).toBe("NOT_SERVING, left SERVING once since Streamside watches");
  });

  test("asked for by name, its absence is a failure of a part", async () => {
    const service = await target({ instrumented: false, health: false });
    const seen = await collect(service.address, { uses: ["health", "instrumented", "channelz"] }).sample(
      never,
    );
    expect(seen.failures).toMatchObject(
      ["Health", "StreamHealth", "Channelz"].map((subject) => ({ subject, code: "UNAVAILABLE" })),
    );
    expect(factOf(seen, "Health")).toBe("not offered: the server has no health service");
  });

  test("only what is wanted is asked", async () => {
    const service = await target();
    const seen = await collect(service.address, { uses: ["instrumented"] }).sample(never);
    expect(seen.cost.requests).toBe(1);
    expect(factOf(seen, "Round trip")).toBeUndefined();
    const health = await collect(service.address, { uses: ["health"], services: [""] }).sample(never);
    // Check, and Watch of what it told.
    expect(health.cost.requests).toBe(2);
    expect(factOf(health, "Live calls")).toBeUndefined();
  });
});

describe("what is no gRPC service", () => {
  test("nothing there", async () => {
    const gone = await target();
    gone.kill();
    const error = await failureOf(collect(gone.address));
    expect(error.code).toBe("UNREACHABLE");
    expect(error.message).not.toMatch(/\d{4}-\d\d-\d\dT/);
    expect((await failureOf(collect("no-such-host.invalid:1"))).code).toBe("UNREACHABLE");
  });

  test("a web server", async () => {
    const address = await listen(createWebServer((_, response) => response.end("<html>")));
    expect((await failureOf(collect(address))).code).toBe("PROTOCOL");
  });

  test("a web server that speaks HTTP/2", async () => {
    const server = createHttp2Server();
    server.on("stream", (stream) => {
      stream.respond({ ":status": 404, "content-type": "text/html" });
      stream.end("<html>");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ending.push(() => server.close());
    const error = await failureOf(collect(`127.0.0.1:${(server.address() as AddressInfo).port}`));
    expect(error).toMatchObject({ code: "PROTOCOL", message: expect.stringContaining("text/html") });
  });

  test("a proxy with nothing behind it", async () => {
    const address = await listen(createServer((socket) => socket.destroy()));
    expect((await failureOf(collect(address))).code).toBe("UNREACHABLE");
  });

  test("one that accepts and never replies, and nothing of it stays open", async () => {
    const sockets = new Set<Socket>();
    const address = await listen(
      createServer((socket) => {
        sockets.add(socket);
        socket.resume();
        socket.on("error", () => {});
        socket.on("close", () => sockets.delete(socket));
      }),
    );
    const collector = collect(address, { connectTimeoutMs: 300 });
    expect(await failureOf(collector)).toMatchObject({
      code: "TIMEOUT",
      message: `${address} accepted the connection and never sent HTTP/2 settings, nor anything else.`,
    });
    await until(
      () => sockets.size,
      (open) => open === 0,
    );
  });
});

describe("manners", () => {
  test("at most one connection attempt a second", async () => {
    const attempts: number[] = [];
    const address = await listen(
      createServer((socket) => {
        attempts.push(performance.now());
        socket.destroy();
      }),
    );
    const collector = collect(address);
    for (let i = 0; i < 3; i++) await failureOf(collector);
    expect(attempts).toHaveLength(3);
    for (const [i, at] of attempts.slice(1).entries()) expect(at - attempts[i]!).toBeGreaterThan(950);
  });

  test("an abort ends a sample that is connecting, and one that waits for an answer", async () => {
    const silent = await listen(createServer((socket) => socket.on("error", () => {})));
    const mute = await strangeTarget(() => {});
    for (const address of [silent, mute]) {
      const slow = { connectTimeoutMs: 30_000, requestTimeoutMs: 30_000 };
      const collector = collect(address, { ...slow, uses: ["instrumented"] });
      const reason = new CollectorError("TIMEOUT", "enough", "");
      expect(await failureOf(collector, AbortSignal.abort(reason))).toBe(reason);
      const abort = new AbortController();
      const sampling = failureOf(collector, abort.signal);
      setTimeout(() => abort.abort(reason), 100);
      expect(await sampling).toBe(reason);
    }
  });

  test("closing ends the sample under way and every connection", async () => {
    const service = await target();
    const collector = collect(service.address);
    await collector.sample(never);
    const sessions = (service.server as unknown as { sessions: Map<unknown, unknown> }).sessions;
    expect(sessions.size).toBe(1);
    const sampling = collector.sample(never).catch((error: CollectorError) => error.code);
    await collector.close();
    await collector.close();
    expect(await sampling).toBe("INTERNAL");
    await until(
      () => sessions.size,
      (open) => open === 0,
    );
  });
});
