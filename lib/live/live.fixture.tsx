import { act } from "@testing-library/react";
import type { ReactNode } from "react";
import {
  canonicalQuery,
  type Frame,
  type FrameOf,
  type LiveQuery,
  type LiveQueryInput,
  liveQuery,
  type PastAck,
  type QueryOf,
  type ViewName,
} from "../model/live.ts";
import type { Problem } from "../model/problem.ts";
import type { EpochMs } from "../model/reading.ts";
import { LiveQueries } from "../serve/push/live-queries.ts";
import type { Connection, ConnectionState, TransportHandlers } from "./connection.ts";
import { createLiveClient } from "./live-client.ts";
import { LiveProvider } from "./live-provider.tsx";
import { createEmitter } from "./subscribable.ts";

/** A frame is of the moment it is sent at. */
export type Undated<F extends Frame> = Omit<F, "asOf">;
/** `null`: nothing comes yet; who was answered before keeps what he has. */
type Answer<V extends ViewName> = Undated<FrameOf[V]> | ((query: QueryOf<V>) => Undated<FrameOf[V]> | null);

/**
 * A live page without a socket: client, store, clock and hooks are the real ones, and so is what makes snapshots and deltas
 * of frames. Only the wire between them is not there: what is sent arrives at once, as JSON.
 */
export function createFakeLive(now: () => EpochMs) {
  const server = createFakeServer(now);
  const wire = createFakeWire(now, server);
  const client = createLiveClient({ now, connection: wire.connection });
  return {
    /** To render components in. */
    Provider: ({ at = null, children }: { at?: EpochMs | null; children: ReactNode }) => (
      <LiveProvider client={client} at={at}>
        {children}
      </LiveProvider>
    ),
    /** What was asked of moments that are over, and when each was. */
    pastAsked: server.pastAsked,
    /** Answers about moments that are over are kept back until they are released. */
    holdPast: server.holdPast,
    releasePast: () => act(server.releasePast),
    /** Every query of a view that was subscribed to, oldest first, as the server reads it: defaults are there. */
    asked: <V extends ViewName>(view: V): readonly QueryOf<V>[] =>
      server.asked.filter((query): query is QueryOf<V> => query.view === view),
    /** What the view is from now on; those who watch it are told at once. */
    answer: <V extends ViewName>(view: V, answer: Answer<V>) => act(() => server.answer(view, answer)),
    /** Who asks for the view from now on is refused. */
    refuse: (view: ViewName, problem: Problem) => server.refuse(view, problem),
    isConnected: () => wire.connection.isConnected,
    disconnect: () => act(wire.disconnect),
    /** The socket stays open and nothing comes through it. */
    fallSilent: wire.fallSilent,
    /** After either of the two. */
    reconnect: () => act(wire.reconnect),
  };
}

const PAGE = "page";

type FakeServer = ReturnType<typeof createFakeServer>;

/** Knows one browser. */
function createFakeServer(now: () => EpochMs) {
  const asked: LiveQuery[] = [];
  const answers = new Map<ViewName, (query: LiveQuery) => Undated<Frame> | null>();
  const refusals = new Map<ViewName, Problem>();
  const waiting = new Map<string, LiveQuery>();
  const frames = new Map<string, Undated<Frame>>();
  const pastAsked: [query: LiveQuery, at: EpochMs][] = [];
  let held: (() => void)[] | null = null;
  let send: Pick<TransportHandlers, "snapshot" | "delta"> | null = null;

  const frameOf = (query: LiveQuery): Undated<Frame> | null => {
    const key = canonicalQuery(query);
    const frame = answers.get(query.view)?.(query) ?? frames.get(key) ?? null;
    if (frame) frames.set(key, frame);
    return frame;
  };
  /** Who waits for a first frame has no name on the wire yet: here the key of a query is its name. */
  const keys = new Map<string, string>();
  let answered = 0;
  const queries = new LiveQueries({
    // Only those are watched that there is a frame of.
    evaluate(query, at) {
      const { meta, rows } = frameOf(query)!;
      return { asOf: at, meta, rows };
    },
    seriesOf(query, _now, after) {
      const { series } = frameOf(query)!;
      if (series === null) return null;
      const from = series.t.findIndex((t) => t > after);
      const cut = <T,>(values: readonly T[]) => (from < 0 ? [] : values.slice(from));
      const columns = Object.entries(series.columns).map(([name, values]) => [name, cut(values)]);
      return { t: cut(series.t), columns: Object.fromEntries(columns) };
    },
    versionOf: () => String(answered),
    broadcast: (message) => send?.delta({ ...message, key: keys.get(message.key)! }),
  });
  const watch = (key: string, query: LiveQuery) => {
    if (frameOf(query) === null) return void waiting.set(key, query);
    waiting.delete(key);
    const snapshot = queries.watch(PAGE, query, now())!;
    keys.set(snapshot.key, key);
    send?.snapshot({ ...snapshot, key });
  };
  const nameOf = (key: string) => queries.nameOf(JSON.parse(key) as LiveQuery) ?? "";

  return {
    asked,
    answer<V extends ViewName>(view: V, answer: Answer<V>) {
      refusals.delete(view);
      answered++;
      // Asked only for queries of its own view.
      answers.set(view, (query) => (typeof answer === "function" ? answer(query as QueryOf<V>) : answer));
      queries.tick(now());
      for (const [key, query] of [...waiting]) watch(key, query);
    },
    refuse: (view: ViewName, problem: Problem) => void refusals.set(view, problem),
    meet(browser: typeof send) {
      send = browser;
    },
    subscribe(...[input, ack]: Parameters<Connection["subscribe"]>) {
      const query = liveQuery.parse(input);
      asked.push(query);
      const problem = refusals.get(query.view);
      if (problem) return ack({ ok: false, problem });
      const key = canonicalQuery(query);
      ack({ ok: true, key });
      watch(key, query);
    },
    unsubscribe(key: string) {
      waiting.delete(key);
      queries.unwatch(PAGE, nameOf(key));
    },
    resync(key: string) {
      const snapshot = queries.resync(PAGE, nameOf(key), now());
      if (snapshot) send?.snapshot({ ...snapshot, key });
    },
    /** As it is now: a moment of the past is told apart by its date alone. Held until they are let go of, if they are held. */
    past(input: LiveQueryInput, at: EpochMs, ack: (result: PastAck) => void) {
      const query = liveQuery.parse(input);
      const say = () => {
        pastAsked.push([query, at]);
        const problem = refusals.get(query.view);
        const frame = frameOf(query);
        if (problem) ack({ ok: false, problem });
        else if (frame) ack({ ok: true, frame: { ...frame, asOf: at } });
      };
      if (held === null) say();
      else held.push(say);
    },
    pastAsked,
    holdPast() {
      held = [];
    },
    releasePast() {
      const waitingForIt = held ?? [];
      held = null;
      for (const say of waitingForIt) say();
    },
    leave() {
      waiting.clear();
      queries.unwatchAll(PAGE);
    },
  };
}

function createFakeWire(now: () => EpochMs, server: FakeServer) {
  const emitter = createEmitter();
  const browsers = new Set<TransportHandlers>();
  let state: ConnectionState = { status: "connecting", since: now(), clockOffsetMs: 0 };
  let isReachable = true;
  let isConnected = false;
  let isMute = false;

  const become = (status: ConnectionState["status"]) => {
    if (status === state.status) return;
    state = { ...state, status, since: now() };
    emitter.notify();
  };
  const tell = (say: (browser: TransportHandlers) => void) => {
    for (const browser of [...browsers]) say(browser);
  };
  const overTheWire = <T,>(message: T): T => JSON.parse(JSON.stringify(message)) as T;
  server.meet({
    snapshot: (message) => !isMute && tell((browser) => browser.snapshot(overTheWire(message))),
    delta: (message) => !isMute && tell((browser) => browser.delta(overTheWire(message))),
  });
  const connect = () => {
    isConnected = true;
    isMute = false;
    become("live");
    tell((browser) => browser.connected());
  };
  const drop = () => {
    if (!isConnected) return;
    isConnected = false;
    become("lost");
    server.leave();
    tell((browser) => browser.disconnected());
  };

  const connection: Connection = {
    get isConnected() {
      return isConnected;
    },
    subscribe: (query, ack) => !isMute && server.subscribe(query, ack),
    unsubscribe: (key) => server.unsubscribe(key),
    resync: (key) => server.resync(key),
    past: (query, at, ack) => !isMute && server.past(query, at, (answer) => ack(overTheWire(answer))),
    listen(browser) {
      browsers.add(browser);
      return () => void browsers.delete(browser);
    },
    state: () => state,
    onState: emitter.subscribe,
    start: () => isReachable && !isConnected && connect(),
    stop: drop,
    setSilent: (silent) => isConnected && become(silent ? "lost" : "live"),
  };
  return {
    connection,
    disconnect() {
      isReachable = false;
      drop();
      become("lost");
    },
    fallSilent() {
      isMute = true;
    },
    reconnect() {
      isReachable = true;
      drop();
      connect();
    },
  };
}
