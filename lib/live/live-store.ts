import {
  canonicalQuery,
  type DeltaMessage,
  type Frame,
  type LiveQuery,
  type LiveQueryInput,
  liveQuery,
  type SnapshotMessage,
  type SubscribeAck,
} from "../model/live.ts";
import type { Problem } from "../model/problem.ts";
import { applyDelta } from "./apply-delta.ts";
import type { Transport } from "./connection.ts";
import { createEmitter, type Emitter, type Listener } from "./subscribable.ts";

export interface LiveResult {
  readonly frame: Frame | null;
  readonly problem: Problem | null;
  /** This machine's time when the shown frame arrived. */
  readonly receivedAt: number | null;
}

/** What a hook holds of one query. */
export interface Observer {
  subscribe(listener: Listener): () => void;
  current(): LiveResult;
}

export interface LiveStore {
  observe(query: LiveQueryInput): Observer;
  /** This machine's time of the newest message; null while nobody is subscribed to anything. */
  lastHeardAt(): number | null;
  /**
   * Asks again for every query that has heard nothing for a while. A dropped frame shows as a gap only when the next one
   * comes through; a socket that drops the same query each time would say nothing for ever.
   */
  askForSilent(): void;
  close(): void;
}

interface Entry {
  readonly key: string;
  readonly query: LiveQuery;
  readonly emitter: Emitter;
  latest: Frame | null;
  seq: number;
  heardAt: number;
  shown: LiveResult;
  serverKey: string;
  isAcknowledged: boolean;
  release: ReturnType<typeof setTimeout> | undefined;
  snapshotWait: ReturnType<typeof setTimeout> | undefined;
}

export const NOTHING_YET: LiveResult = { frame: null, problem: null, receivedAt: null };

/** A page change unmounts and mounts the same query within this time: it keeps its subscription. */
const RELEASE_DELAY_MS = 2_000;
/** Snapshots may be dropped for a slow browser like any frame: ask again. */
const SNAPSHOT_PATIENCE_MS = 3_000;
const FULL_PATIENCE_MS = 10_000;

export function createLiveStore(transport: Transport, now: () => number = Date.now): LiveStore {
  const entries = new Map<string, Entry>();
  let heardAt: number | null = null;

  const show = (entry: Entry, result: LiveResult) => {
    entry.shown = result;
    entry.emitter.notify();
  };
  const showLatest = (entry: Entry) => {
    show(entry, { frame: entry.latest, problem: null, receivedAt: now() });
  };
  const byServerKey = (key: string): Entry | undefined => {
    const direct = entries.get(key);
    if (direct?.serverKey === key) return direct;
    for (const entry of entries.values()) if (entry.serverKey === key) return entry;
  };

  const askServer = (entry: Entry) => {
    clearTimeout(entry.snapshotWait);
    if (!transport.isConnected) return;
    entry.snapshotWait = setTimeout(() => askServer(entry), SNAPSHOT_PATIENCE_MS);
    if (entry.isAcknowledged) transport.resync(entry.serverKey);
    else transport.subscribe(entry.query, (ack) => acknowledge(entry, ack));
  };
  const acknowledge = (entry: Entry, ack: SubscribeAck) => {
    if (entries.get(entry.key) !== entry) {
      if (ack.ok) transport.unsubscribe(ack.key);
      return;
    }
    if (ack.ok) {
      entry.isAcknowledged = true;
      entry.serverKey = ack.key;
      return;
    }
    clearTimeout(entry.snapshotWait);
    // A query that is wrong stays wrong; a server that is full may have room later.
    entry.snapshotWait =
      ack.problem.status === 429 ? setTimeout(() => askServer(entry), FULL_PATIENCE_MS) : undefined;
    show(entry, { ...entry.shown, problem: ack.problem });
  };

  const onSnapshot = (message: SnapshotMessage) => {
    heardAt = now();
    const entry = byServerKey(message.key);
    if (!entry) return;
    clearTimeout(entry.snapshotWait);
    entry.snapshotWait = undefined;
    entry.latest = message.frame;
    entry.seq = message.seq;
    entry.heardAt = now();
    showLatest(entry);
  };
  const onDelta = (message: DeltaMessage) => {
    heardAt = now();
    const entry = byServerKey(message.key);
    // Without a base, or while a snapshot is on its way, deltas are of no use.
    if (!entry?.latest || entry.snapshotWait !== undefined || message.seq <= entry.seq) return;
    const next = message.seq === entry.seq + 1 ? applyDelta(entry.latest, message) : null;
    if (next === null) return askServer(entry);
    entry.latest = next;
    entry.seq = message.seq;
    entry.heardAt = now();
    showLatest(entry);
  };
  const startOver = () => {
    for (const entry of entries.values()) {
      entry.isAcknowledged = false;
      askServer(entry);
    }
  };
  const onDisconnected = () => {
    for (const entry of entries.values()) {
      entry.isAcknowledged = false;
      clearTimeout(entry.snapshotWait);
      entry.snapshotWait = undefined;
    }
  };
  const stopListening = transport.listen({
    connected: startOver,
    disconnected: onDisconnected,
    snapshot: onSnapshot,
    delta: onDelta,
  });

  const open = (key: string, query: LiveQuery): Entry => {
    const entry: Entry = {
      key,
      query,
      emitter: createEmitter(),
      latest: null,
      seq: -1,
      heardAt: now(),
      shown: NOTHING_YET,
      serverKey: key,
      isAcknowledged: false,
      release: undefined,
      snapshotWait: undefined,
    };
    entries.set(key, entry);
    askServer(entry);
    return entry;
  };
  const close = (entry: Entry) => {
    entries.delete(entry.key);
    clearTimeout(entry.snapshotWait);
    clearTimeout(entry.release);
    if (entry.isAcknowledged && transport.isConnected) transport.unsubscribe(entry.serverKey);
    if (entries.size === 0) heardAt = null;
  };

  return {
    observe(input) {
      const parsed = liveQuery.safeParse(input);
      if (!parsed.success) return refusedObserver(parsed.error.issues);
      const key = canonicalQuery(parsed.data);
      return {
        subscribe(listener) {
          const entry = entries.get(key) ?? open(key, parsed.data);
          clearTimeout(entry.release);
          const unsubscribe = entry.emitter.subscribe(listener);
          return () => {
            unsubscribe();
            if (entry.emitter.size > 0) return;
            entry.release = setTimeout(() => close(entry), RELEASE_DELAY_MS);
          };
        },
        current: () => entries.get(key)?.shown ?? NOTHING_YET,
      };
    },
    lastHeardAt: () => heardAt,
    askForSilent() {
      for (const entry of entries.values()) {
        const isSilent = entry.isAcknowledged && now() - entry.heardAt > SNAPSHOT_PATIENCE_MS;
        if (isSilent && entry.snapshotWait === undefined) askServer(entry);
      }
    },
    close() {
      for (const entry of [...entries.values()]) close(entry);
      stopListening();
    },
  };
}

/** A query that cannot be asked (a hand-edited address): said here, without asking the server. */
export function refusedObserver(issues: readonly { path: PropertyKey[]; message: string }[]): Observer {
  const result: LiveResult = {
    ...NOTHING_YET,
    problem: {
      type: "about:blank",
      title: "The query is not valid",
      status: 400,
      detail: issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "),
      errors: issues.map((issue) => ({ path: issue.path.join("."), message: issue.message })),
    },
  };
  return { subscribe: () => () => {}, current: () => result };
}
