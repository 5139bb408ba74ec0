import { io, type Socket } from "socket.io-client";
import type {
  ClientToServerEvents,
  DeltaMessage,
  LiveQueryInput,
  PastAck,
  ServerToClientEvents,
  SnapshotMessage,
  SubscribeAck,
} from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import { createEmitter, type Listener } from "./subscribable.ts";

export type ConnectionState = {
  readonly status: "connecting" | "live" | "lost";
  /** When this status began, in server time. */
  readonly since: number;
  /** Server clock minus this machine's clock. */
  readonly clockOffsetMs: number;
};

export interface TransportHandlers {
  /** Connected, for the first time or again: the server knows nothing of earlier subscriptions. */
  connected(): void;
  disconnected(): void;
  snapshot(message: SnapshotMessage): void;
  delta(message: DeltaMessage): void;
}

/** What the live store needs of a socket. */
export interface Transport {
  readonly isConnected: boolean;
  subscribe(query: LiveQueryInput, ack: (result: SubscribeAck) => void): void;
  unsubscribe(key: string): void;
  resync(key: string): void;
  /** A view as it was at a moment. No answer comes where the connection is lost meanwhile. */
  past(query: LiveQueryInput, at: EpochMs, ack: (result: PastAck) => void): void;
  listen(handlers: TransportHandlers): () => void;
}

export interface Connection extends Transport {
  state(): ConnectionState;
  onState(listener: Listener): () => void;
  start(): void;
  stop(): void;
  /** The socket is open but says nothing: a half-open connection looks alive for up to 45 s otherwise. */
  setSilent(silent: boolean): void;
}

const FIRST_CONNECT_PATIENCE_MS = 4_000;
const RETRY_MS = 2_000;
const OFFSET_SAMPLES = 30;
/** Smaller corrections of the clock are not worth a render. */
const OFFSET_STEP_MS = 50;

/** socket.io on the page's own origin, reconnecting for ever. */
export function createConnection(now: () => number = Date.now): Connection {
  const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io({
    autoConnect: false,
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    reconnectionDelay: 250,
    reconnectionDelayMax: 2_000,
    timeout: 4_000,
  });
  const emitter = createEmitter();
  let state: ConnectionState = { status: "connecting", since: now(), clockOffsetMs: 0 };
  let silent = false;
  let isStarted = false;
  let opening: ReturnType<typeof setTimeout> | undefined;
  let patience: ReturnType<typeof setTimeout> | undefined;
  let offsets: number[] = [];

  const update = (change: Partial<ConnectionState>) => {
    const next = { ...state, ...change };
    if (next.status !== state.status) next.since = now() + next.clockOffsetMs;
    else if (next.clockOffsetMs === state.clockOffsetMs) return;
    state = next;
    emitter.notify();
  };
  const settle = () => {
    if (socket.connected) update({ status: silent ? "lost" : "live" });
    else if (state.status === "live") update({ status: "lost" });
  };
  // Transit only ever makes the server clock look earlier, so the largest of the recent differences is the best one.
  const noteServerTime = (serverTime: number) => {
    offsets = [...offsets.slice(1 - OFFSET_SAMPLES), serverTime - now()];
    const best = Math.max(...offsets);
    if (Math.abs(best - state.clockOffsetMs) > OFFSET_STEP_MS) update({ clockOffsetMs: Math.round(best) });
  };

  socket.on("connect", () => {
    silent = false;
    offsets = [];
    settle();
  });
  socket.on("disconnect", settle);
  // socket.io reconnects by itself, except after a server that said goodbye or refused: that one comes back too.
  const retryIfGivenUp = () => {
    if (socket.active || !isStarted) return;
    clearTimeout(opening);
    opening = setTimeout(() => socket.connect(), RETRY_MS);
  };
  socket.on("disconnect", retryIfGivenUp);
  socket.on("connect_error", retryIfGivenUp);
  socket.on("snapshot", (message) => noteServerTime(message.serverTime));
  socket.on("delta", (message) => noteServerTime(message.serverTime));

  return {
    get isConnected() {
      return socket.connected;
    },
    subscribe: (query, ack) => void socket.emit("subscribe", query, ack),
    unsubscribe: (key) => void socket.emit("unsubscribe", key),
    resync: (key) => void socket.emit("resync", key),
    past: (query, at, ack) => void socket.emit("past", query, at, ack),
    listen(handlers) {
      socket.on("connect", handlers.connected);
      socket.on("disconnect", handlers.disconnected);
      socket.on("snapshot", handlers.snapshot);
      socket.on("delta", handlers.delta);
      return () => {
        socket.off("connect", handlers.connected);
        socket.off("disconnect", handlers.disconnected);
        socket.off("snapshot", handlers.snapshot);
        socket.off("delta", handlers.delta);
      };
    },
    state: () => state,
    onState: emitter.subscribe,
    start() {
      isStarted = true;
      // React's strict mode starts, stops and starts again at once: only the last start opens a socket.
      opening = setTimeout(() => socket.connect(), 0);
      patience = setTimeout(() => {
        if (state.status === "connecting") update({ status: "lost" });
      }, FIRST_CONNECT_PATIENCE_MS);
    },
    stop() {
      isStarted = false;
      clearTimeout(opening);
      clearTimeout(patience);
      socket.disconnect();
    },
    setSilent(next) {
      silent = next;
      settle();
    },
  };
}
