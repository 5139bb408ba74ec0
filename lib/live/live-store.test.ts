import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { DeltaMessage, Frame, LiveQueryInput, SubscribeAck } from "../model/live.ts";
import type { Transport, TransportHandlers } from "./connection.ts";
import { createLiveStore } from "./live-store.ts";

const SOURCES: LiveQueryInput = { view: "sources" };
const CONSUMERS: LiveQueryInput = { view: "consumers", sort: "worst" };

function fakeServer() {
  let handlers: TransportHandlers | undefined;
  let isConnected = true;
  const sent: string[] = [];
  const acks: ((result: SubscribeAck) => void)[] = [];
  const keys: string[] = [];
  const transport: Transport = {
    get isConnected() {
      return isConnected;
    },
    subscribe(query, ack) {
      sent.push(`subscribe ${query.view}`);
      keys.push(JSON.stringify(query));
      acks.push(ack);
    },
    unsubscribe: (key) => void sent.push(`unsubscribe ${key}`),
    resync: (key) => void sent.push(`resync ${key}`),
    past: () => {
      throw new Error("Nobody asks for what was.");
    },
    listen(given) {
      handlers = given;
      return () => {
        handlers = undefined;
      };
    },
  };
  return {
    transport,
    sent,
    acks,
    acknowledge: (key: string) => acks.at(-1)?.({ ok: true, key }),
    snapshot: (key: string, seq: number, n: number) =>
      handlers?.snapshot({ key, seq, serverTime: 1, frame: frameOf(n) }),
    delta: (key: string, seq: number, change: Partial<DeltaMessage> = {}) =>
      handlers?.delta({ key, seq, serverTime: 1, ...change }),
    drop() {
      isConnected = false;
      handlers?.disconnected();
    },
    comeBack() {
      isConnected = true;
      handlers?.connected();
    },
  };
}

const frameOf = (n: number): Frame => ({ asOf: 0, meta: { n }, rows: [{ id: "a" }], series: null });
const n = (meta: number): Partial<DeltaMessage> => ({ meta: { n: meta } });

function watch(server: ReturnType<typeof fakeServer>, query: LiveQueryInput = SOURCES) {
  const store = createLiveStore(server.transport);
  const observer = store.observe(query);
  const listener = vi.fn();
  const stop = observer.subscribe(listener);
  return { store, observer, listener, stop, shown: () => observer.current().frame?.meta as { n: number } };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("live store", () => {
  it("shows a snapshot and the deltas after it", () => {
    const server = fakeServer();
    const { observer, listener, shown } = watch(server);
    expect(observer.current().frame).toBeNull();
    server.acknowledge("k");
    server.snapshot("k", 7, 1);
    server.delta("k", 8, n(2));
    expect(shown()).toEqual({ n: 2 });
    expect(listener).toHaveBeenCalledTimes(2);
  });

  it("takes a snapshot that comes before the acknowledgement of the same key", () => {
    const server = fakeServer();
    const { shown } = watch(server);
    server.snapshot('{"view":"sources"}', 1, 1);
    server.acknowledge('{"view":"sources"}');
    expect(shown()).toEqual({ n: 1 });
  });

  it("asks for a snapshot after a gap, and ignores deltas until it is there", () => {
    const server = fakeServer();
    const { shown } = watch(server);
    server.acknowledge("k");
    server.snapshot("k", 1, 1);
    server.delta("k", 3, n(3));
    server.delta("k", 4, n(4));
    expect(server.sent).toEqual(["subscribe sources", "resync k"]);
    expect(shown()).toEqual({ n: 1 });
    server.snapshot("k", 4, 40);
    server.delta("k", 4, n(4));
    server.delta("k", 5, n(5));
    expect(shown()).toEqual({ n: 5 });
  });

  it("asks for a snapshot when a delta names a row it does not have", () => {
    const server = fakeServer();
    watch(server);
    server.acknowledge("k");
    server.snapshot("k", 1, 1);
    server.delta("k", 2, { rows: [[3, { x: 1 }]] });
    expect(server.sent).toContain("resync k");
  });

  it("asks again while no snapshot comes", () => {
    const server = fakeServer();
    watch(server);
    vi.advanceTimersByTime(3_000);
    expect(server.sent).toEqual(["subscribe sources", "subscribe sources"]);
    server.acknowledge("k");
    vi.advanceTimersByTime(3_000);
    expect(server.sent.at(-1)).toBe("resync k");
    server.snapshot("k", 1, 1);
    vi.advanceTimersByTime(30_000);
    expect(server.sent).toHaveLength(3);
  });

  it("asks for a query that hears nothing, for the others hear it instead", () => {
    const server = fakeServer();
    const { store } = watch(server);
    server.acknowledge("k");
    server.snapshot("k", 1, 1);
    vi.advanceTimersByTime(2_000);
    store.askForSilent();
    expect(server.sent).not.toContain("resync k");
    vi.advanceTimersByTime(1_500);
    store.askForSilent();
    store.askForSilent();
    expect(server.sent.filter((line) => line === "resync k")).toHaveLength(1);
  });

  it("subscribes again after a reconnect and keeps showing the old frame until then", () => {
    const server = fakeServer();
    const { shown } = watch(server);
    server.acknowledge("k");
    server.snapshot("k", 5, 1);
    server.drop();
    vi.advanceTimersByTime(60_000);
    expect(server.sent).toEqual(["subscribe sources"]);
    server.comeBack();
    expect(server.sent).toEqual(["subscribe sources", "subscribe sources"]);
    server.acknowledge("k");
    // The server began to count anew: a delta of its new life does not fit the old frame.
    server.delta("k", 6, n(6));
    expect(shown()).toEqual({ n: 1 });
    server.snapshot("k", 1, 2);
    expect(shown()).toEqual({ n: 2 });
  });

  it("shares one subscription among observers of the same query, whatever the order of its fields", () => {
    const server = fakeServer();
    const { store } = watch(server, CONSUMERS);
    store.observe({ view: "consumers" }).subscribe(() => {});
    store.observe({ limit: 100, view: "consumers" }).subscribe(() => {});
    expect(server.sent).toEqual(["subscribe consumers"]);
    store.observe({ view: "consumers", q: "x" }).subscribe(() => {});
    expect(server.sent).toHaveLength(2);
  });

  it("unsubscribes a while after the last listener has left, not when one comes back", () => {
    const server = fakeServer();
    const { observer, stop } = watch(server);
    server.acknowledge("k");
    stop();
    const stopAgain = observer.subscribe(() => {});
    vi.advanceTimersByTime(10_000);
    expect(server.sent).not.toContain("unsubscribe k");
    server.snapshot("k", 1, 1);
    stopAgain();
    vi.advanceTimersByTime(10_000);
    expect(server.sent.at(-1)).toBe("unsubscribe k");
    expect(observer.current().frame).toBeNull();
  });

  it("gives back a subscription acknowledged after everybody has left", () => {
    const server = fakeServer();
    const { stop } = watch(server);
    stop();
    vi.advanceTimersByTime(2_500);
    server.acknowledge("k");
    expect(server.sent.at(-1)).toBe("unsubscribe k");
  });

  it("says the server's refusal, and does not ask again until a reconnect", () => {
    const server = fakeServer();
    const { observer } = watch(server);
    const problem = { type: "about:blank", title: "No", status: 400, detail: "no" };
    server.acks[0]?.({ ok: false, problem });
    expect(observer.current().problem).toBe(problem);
    vi.advanceTimersByTime(60_000);
    expect(server.sent).toHaveLength(1);
    server.comeBack();
    expect(server.sent).toHaveLength(2);
  });

  it("asks a full server again later", () => {
    const server = fakeServer();
    const { observer, shown } = watch(server);
    server.acks[0]?.({ ok: false, problem: { type: "about:blank", title: "Full", status: 429, detail: "" } });
    vi.advanceTimersByTime(10_000);
    expect(server.sent).toHaveLength(2);
    server.acknowledge("k");
    server.snapshot("k", 1, 1);
    expect(shown()).toEqual({ n: 1 });
    expect(observer.current().problem).toBeNull();
  });

  it("refuses a query that cannot be asked without asking it", () => {
    const server = fakeServer();
    const store = createLiveStore(server.transport);
    const observer = store.observe({ view: "consumers", limit: 0 });
    observer.subscribe(() => {});
    expect(observer.current().problem?.errors?.[0]?.path).toBe("limit");
    expect(server.sent).toEqual([]);
  });
});
