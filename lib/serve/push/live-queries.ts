import {
  canonicalQuery,
  type DeltaMessage,
  type Frame,
  type LiveQuery,
  type SnapshotMessage,
} from "../../model/live.ts";
import type { EpochMs } from "../../model/reading.ts";
import { diffFrame } from "./diff-frame.ts";

interface Live {
  readonly query: LiveQuery;
  readonly watchers: Set<string>;
  frame: Frame;
  seq: number;
}

/** Distinct queries that may be live at once, over all clients: each costs an evaluation a second. */
export const MAX_LIVE_QUERIES = 500;

export interface LiveQueriesOptions {
  readonly evaluate: (query: LiveQuery, now: EpochMs) => Frame;
  /** Sends to everyone who watches the key. May drop for a client that cannot take it now. */
  readonly broadcast: (message: DeltaMessage) => void;
}

/**
 * Every distinct query that somebody watches, evaluated once a tick however many watch it. One evaluation serves all:
 * a newcomer gets the newest frame, and everyone the same deltas.
 */
export class LiveQueries {
  private readonly live = new Map<string, Live>();

  constructor(private readonly options: LiveQueriesOptions) {}

  /** Null when too many distinct queries are live. Watching the same query twice is one watch. */
  watch(watcher: string, query: LiveQuery, now: EpochMs): SnapshotMessage | null {
    const key = canonicalQuery(query);
    let entry = this.live.get(key);
    if (entry === undefined) {
      if (this.live.size >= MAX_LIVE_QUERIES) return null;
      entry = { query, watchers: new Set(), frame: this.options.evaluate(query, now), seq: 0 };
      this.live.set(key, entry);
    }
    entry.watchers.add(watcher);
    return snapshot(key, entry, now);
  }

  /** A fresh snapshot for a watcher that missed a delta; null when it does not watch this. */
  resync(watcher: string, key: string, now: EpochMs): SnapshotMessage | null {
    const entry = this.live.get(key);
    return entry?.watchers.has(watcher) ? snapshot(key, entry, now) : null;
  }

  unwatch(watcher: string, key: string): void {
    const entry = this.live.get(key);
    if (entry === undefined) return;
    entry.watchers.delete(watcher);
    if (entry.watchers.size === 0) this.live.delete(key);
  }

  unwatchAll(watcher: string): void {
    for (const key of [...this.live.keys()]) this.unwatch(watcher, key);
  }

  /** Evaluates every live query and sends what changed. */
  tick(now: EpochMs): void {
    this.refresh(now, () => true);
  }

  /** The same for the pages of these consumers alone, which are sampled more often than the rest. */
  tickConsumers(ids: ReadonlySet<string>, now: EpochMs): void {
    this.refresh(now, (query) => query.view === "consumer" && ids.has(query.id));
  }

  /** Ids of the consumers whose page somebody looks at. */
  watchedConsumers(): string[] {
    const ids = new Set<string>();
    for (const { query } of this.live.values()) if (query.view === "consumer") ids.add(query.id);
    return [...ids];
  }

  private refresh(now: EpochMs, isDue: (query: LiveQuery) => boolean): void {
    for (const [key, entry] of this.live) {
      if (!isDue(entry.query)) continue;
      const frame = this.options.evaluate(entry.query, now);
      const change = diffFrame(entry.frame, frame);
      entry.frame = frame;
      if (change === null) continue;
      entry.seq++;
      this.options.broadcast({ key, seq: entry.seq, serverTime: now, ...change });
    }
  }

  get size(): number {
    return this.live.size;
  }
}

function snapshot(key: string, { frame, seq }: Live, now: EpochMs): SnapshotMessage {
  return { key, seq, serverTime: now, frame };
}
