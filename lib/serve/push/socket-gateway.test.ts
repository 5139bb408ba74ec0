import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type {
  ClientToServerEvents,
  DeltaMessage,
  LiveQueryInput,
  PastAck,
  ServerToClientEvents,
  SnapshotMessage,
  SubscribeAck,
  View,
} from "../../model/live.ts";
import { problem } from "../../model/problem.ts";
import { createSocketGateway, type SocketGateway } from "./socket-gateway.ts";

type Client = Socket<ServerToClientEvents, ClientToServerEvents>;

describe("the socket gateway", () => {
  let http: Server;
  let gateway: SocketGateway;
  let port: number;
  let value: number;
  let evaluations: number;
  const clients: Client[] = [];

  beforeEach(async () => {
    value = 1;
    evaluations = 0;
    http = createServer();
    gateway = createSocketGateway({
      http,
      now: () => 5_000,
      evaluate: (query): View => {
        evaluations++;
        return { asOf: 5_000, meta: { value, query }, rows: [{ id: "a" }] };
      },
      seriesOf: () => null,
      versionOf: () => String(value),
      past: async (query, at) =>
        at === 0
          ? { ok: false, problem: problem(404, "Nothing is recorded of that moment.") }
          : { ok: true, frame: { asOf: at, meta: { query }, rows: [], series: null } },
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    port = (http.address() as AddressInfo).port;
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect();
    await gateway.close();
  });

  function client(options: Partial<ManagerOptions & SocketOptions> = {}): Client {
    const made: Client = io(`http://127.0.0.1:${port}`, {
      transports: ["websocket"],
      reconnection: false,
      forceNew: true,
      ...options,
    });
    clients.push(made);
    return made;
  }
  const next = <E extends keyof ServerToClientEvents>(from: Client, event: E) =>
    new Promise<Parameters<ServerToClientEvents[E]>[0]>((resolve) => {
      (from as Socket).once(event as string, resolve);
    });
  const subscribe = (from: Client, query: unknown): Promise<SubscribeAck> =>
    from.timeout(5_000).emitWithAck("subscribe", query as LiveQueryInput);
  const outcome = (from: Client) =>
    new Promise<string>((resolve) => {
      from.once("connect", () => resolve("connected"));
      from.once("connect_error", () => resolve("refused"));
    });
  const keyOf = (ack: SubscribeAck) => (ack.ok ? ack.key : "");

  it("answers a subscription with its key and a snapshot, then deltas", async () => {
    const one = client();
    const snapshot = next(one, "snapshot");
    const ack = await subscribe(one, { view: "overview" });
    expect(ack).toEqual({ ok: true, key: "q0" });
    expect(await snapshot).toEqual({
      key: keyOf(ack),
      seq: 0,
      serverTime: 5_000,
      frame: {
        asOf: 5_000,
        meta: { value: 1, query: { view: "overview" } },
        rows: [{ id: "a" }],
        series: null,
      },
    } satisfies SnapshotMessage);

    const delta = next(one, "delta");
    value = 2;
    gateway.tick(6_000);
    expect(await delta).toEqual({
      key: keyOf(ack),
      seq: 1,
      serverTime: 6_000,
      meta: { value: 2 },
    } satisfies DeltaMessage);
    expect(gateway.counts()).toEqual({ clients: 1, queries: 1 });
  });

  it("evaluates once for all who ask the same, and sends each what it asked for", async () => {
    const [one, two] = [client(), client()];
    await Promise.all([subscribe(one, { view: "overview" }), subscribe(two, { view: "overview" })]);
    await subscribe(two, { view: "sources" });
    expect(gateway.counts()).toEqual({ clients: 2, queries: 2 });
    const before = evaluations;
    const seen: DeltaMessage[] = [];
    one.on("delta", (message) => seen.push(message));
    const both = Promise.all([next(one, "delta"), next(two, "delta")]);
    value = 2;
    gateway.tick(6_000);
    await both;
    expect(evaluations - before).toBe(2);
    // A round trip later nothing more has come: what two asked for did not reach one.
    await subscribe(one, { view: "overview" });
    expect(seen.map(({ key }) => key)).toEqual(["q0"]);
  });

  it.each([
    ["an unknown view", { view: "everything" }],
    ["an unknown field", { view: "overview", extra: 1 }],
    ["a wrong type", { view: "consumers", limit: "all" }],
    ["too large a page", { view: "consumers", limit: 501 }],
    ["an empty id", { view: "consumer", id: "" }],
    ["no object", "overview"],
    ["nothing", null],
    ["a list", []],
    ["a prototype", JSON.parse('{"view":"overview","__proto__":{"x":1}}')],
  ])("answers %s with a problem, and keeps nothing of it", async (_case, query) => {
    const one = client();
    const ack = await subscribe(one, query);
    expect(ack).toMatchObject({
      ok: false,
      problem: {
        type: "about:blank",
        status: 400,
        title: "Bad request",
        detail: expect.stringContaining("does not fit"),
      },
    });
    expect(evaluations).toBe(0);
    expect(gateway.counts()).toEqual({ clients: 1, queries: 0 });
  });

  it("survives messages that are not what the protocol says", async () => {
    const one = client() as Socket;
    one.emit("subscribe");
    one.emit("subscribe", { view: "overview" });
    one.emit("subscribe", { view: "overview" }, "no function");
    one.emit("unsubscribe", { a: 1 });
    one.emit("unsubscribe", "x".repeat(5_000));
    one.emit("resync", null);
    one.emit("nonsense", 1);
    expect(await subscribe(one as Client, { view: "overview" })).toMatchObject({ ok: true });
    expect(gateway.counts().queries).toBe(1);
  });

  it("lets one connection hold 20 queries", async () => {
    const one = client();
    const acks = await Promise.all(
      Array.from({ length: 21 }, (_, n) => subscribe(one, { view: "consumers", offset: n })),
    );
    expect(acks.filter(({ ok }) => ok)).toHaveLength(20);
    expect(acks.at(-1)).toMatchObject({
      ok: false,
      problem: { status: 429, detail: expect.stringContaining("20 live queries") },
    });
    expect(gateway.counts().queries).toBe(20);
    // One that it already has is no further one.
    expect(await subscribe(one, { view: "consumers", offset: 3 })).toMatchObject({ ok: true });
    one.emit("unsubscribe", keyOf(acks[0]!));
    expect(await subscribe(one, { view: "consumers", offset: 20 })).toMatchObject({ ok: true });
  });

  it("sends nothing more of what was unsubscribed", async () => {
    const [one, two] = [client(), client()];
    const ack = await subscribe(one, { view: "overview" });
    await subscribe(one, { view: "sources" });
    await subscribe(two, { view: "overview" });
    one.emit("unsubscribe", keyOf(ack));
    await subscribe(one, { view: "streams" }); // by now the server has seen it
    const seen: string[] = [];
    one.on("delta", ({ key }) => seen.push(key));
    const stillThere = next(two, "delta");
    value = 2;
    gateway.tick(6_000);
    expect((await stillThere).key).toBe(keyOf(ack));
    await vi.waitFor(() => expect(seen).toHaveLength(2));
    expect(seen).not.toContain(keyOf(ack));

    two.emit("unsubscribe", keyOf(ack));
    await vi.waitFor(() => expect(gateway.counts().queries).toBe(2));
  });

  it("sends a fresh snapshot on resync, of what the connection is subscribed to", async () => {
    const one = client();
    const { key } = (await Promise.all([next(one, "snapshot"), subscribe(one, { view: "overview" })]))[0];
    value = 7;
    gateway.tick(6_000);
    const again = next(one, "snapshot");
    one.emit("resync", key);
    expect(await again).toMatchObject({ key, seq: 1, frame: { meta: { value: 7 } } });

    const stranger = client();
    const seen: unknown[] = [];
    stranger.on("snapshot", (message) => seen.push(message));
    stranger.emit("resync", key);
    await subscribe(stranger, { view: "sources" });
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    expect(seen).toMatchObject([{ key: "q1" }]);
  });

  it("answers once for a moment that is over, and refuses what is no question about one", async () => {
    const one = client();
    const asked = (query: unknown, at: unknown) =>
      new Promise<PastAck>((resolve) => (one as Socket).emit("past", query, at, resolve));
    expect(await asked({ view: "overview" }, 4_000)).toEqual({
      ok: true,
      frame: { asOf: 4_000, meta: { query: { view: "overview" } }, rows: [], series: null },
    });
    expect(await asked({ view: "overview" }, 0)).toMatchObject({ ok: false, problem: { status: 404 } });
    for (const [query, at] of [
      [{ view: "nothing" }, 4_000],
      [{ view: "overview" }, "4000"],
      [{ view: "overview" }, null],
      [null, 4_000],
    ]) {
      expect(await asked(query, at)).toMatchObject({ ok: false, problem: { status: 400 } });
    }
    expect(gateway.counts()).toEqual({ clients: 1, queries: 0 });
  });

  it("frees what a connection held when it goes", async () => {
    const [one, two] = [client(), client()];
    await subscribe(one, { view: "overview" });
    await subscribe(one, { view: "sources" });
    await subscribe(two, { view: "sources" });
    one.disconnect();
    await vi.waitFor(() => expect(gateway.counts()).toEqual({ clients: 1, queries: 1 }));
  });

  it("closes a connection that sends too much, and only that one", async () => {
    const [one, two] = [client(), client()];
    await Promise.all([outcome(one), subscribe(two, { view: "overview" })]);
    const closed = new Promise((resolve) => one.once("disconnect", resolve));
    one.emit("unsubscribe", "x".repeat(20_000));
    await closed;
    expect(await subscribe(two, { view: "sources" })).toMatchObject({ ok: true });
    await vi.waitFor(() => expect(gateway.counts().clients).toBe(1));
  });
});
