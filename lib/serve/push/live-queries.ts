import {
  canonicalQuery,
  DATED_ROWS,
  type DeltaMessage,
  type LiveQuery,
  type SeriesBlock,
  type SnapshotMessage,
  type View,
} from "../../model/live.ts";
import type { EpochMs } from "../../model/reading.ts";
import { diffFrame } from "./diff-frame.ts";

interface Live {
  /** What it is called on the wire: it goes with every message. */
  readonly name: string;
  readonly query: LiveQuery;
  readonly watchers: Set<string>;
  /** As everyone has it. */
  view: View;
  /** The newest point of its series that everyone has. */
  seriesUntil: EpochMs;
  seq: number;
  /** Whether anything was sent since the last tick: silence would say that the server is gone. */
  isTold: boolean;
  version: string;
}

/** Distinct queries that may be live at once, over all clients: each costs an evaluation a second. */
export const MAX_LIVE_QUERIES = 500;

export interface LiveQueriesOptions {
  readonly evaluate: (query: LiveQuery, now: EpochMs) => View;
  /** The points of its charts after an instant; null: it has none. */
  readonly seriesOf: (query: LiveQuery, now: EpochMs, after: EpochMs) => SeriesBlock | null;
  /** What the answer to a query depends on: as long as it is the same, so is the answer. */
  readonly versionOf: (query: LiveQuery, now: EpochMs) => string;
  /** Sends to everyone who watches the key. May drop for a client that cannot take it now. */
  readonly broadcast: (message: DeltaMessage) => void;
}

/**
 * Every distinct query that somebody watches, evaluated when what it shows may have changed, once a tick at most and
 * however many watch it. One evaluation serves all: a newcomer gets the newest frame, and everyone the same deltas.
 */
export class LiveQueries {
  private readonly live = new Map<string, Live>();
  private readonly byName = new Map<string, Live>();
  private named = 0;

  constructor(private readonly options: LiveQueriesOptions) {}

  /** Null when too many distinct queries are live. Watching the same query twice is one watch. */
  watch(watcher: string, query: LiveQuery, now: EpochMs): SnapshotMessage | null {
    const there = this.live.get(canonicalQuery(query));
    if (there === undefined && this.live.size >= MAX_LIVE_QUERIES) return null;
    const series = this.options.seriesOf(query, now, Number.NEGATIVE_INFINITY);
    const entry = there ?? this.open(query, lastOf(series), now);
    entry.watchers.add(watcher);
    return snapshotOf(entry, series, now);
  }

  /** What a query is called on the wire while somebody watches it. */
  nameOf(query: LiveQuery): string | undefined {
    return this.live.get(canonicalQuery(query))?.name;
  }

  /** A fresh snapshot for a watcher that missed a delta; null when it does not watch this. */
  resync(watcher: string, name: string, now: EpochMs): SnapshotMessage | null {
    const entry = this.byName.get(name);
    if (!entry?.watchers.has(watcher)) return null;
    return snapshotOf(entry, this.options.seriesOf(entry.query, now, Number.NEGATIVE_INFINITY), now);
  }

  unwatch(watcher: string, name: string): void {
    const entry = this.byName.get(name);
    if (entry === undefined) return;
    entry.watchers.delete(watcher);
    if (entry.watchers.size > 0) return;
    this.byName.delete(name);
    this.live.delete(canonicalQuery(entry.query));
  }

  unwatchAll(watcher: string): void {
    for (const name of [...this.byName.keys()]) this.unwatch(watcher, name);
  }

  /** Tells everyone what changed; who was told nothing since the last tick, that nothing did. */
  tick(now: EpochMs): void {
    for (const entry of this.live.values()) {
      const change = this.changeOf(entry, now);
      if (change !== null || !entry.isTold) this.send(entry, change ?? {}, now);
      entry.isTold = false;
    }
  }

  /**
   * The same for the pages of these consumers alone, which are sampled more often than the rest.
   */
  tickConsumers(ids: ReadonlySet<string>, now: EpochMs): void {
    for (const entry of this.live.values()) {
      if (entry.query.view !== "consumer" || !ids.has(entry.query.id)) continue;
      const change = this.changeOf(entry, now);
      if (change !== null) this.send(entry, change, now);
    }
  }

  /** Ids of the consumers whose page somebody looks at. */
  watchedConsumers(): string[] {
    const ids = new Set<string>();
    for (const { query } of this.live.values()) if (query.view === "consumer") ids.add(query.id);
    return [...ids];
  }

  get size(): number {
    return this.live.size;
  }

  private open(query: LiveQuery, seriesUntil: EpochMs, now: EpochMs): Live {
    const { evaluate, versionOf } = this.options;
    const entry: Live = {
      name: `q${this.named++}`,
      query,
      watchers: new Set(),
      view: evaluate(query, now),
      seriesUntil,
      seq: 0,
      isTold: false,
      version: versionOf(query, now),
    };
    this.live.set(canonicalQuery(query), entry);
    this.byName.set(entry.name, entry);
    return entry;
  }

  /** Null: nothing changed. */
  private changeOf(entry: Live, now: EpochMs): Partial<DeltaMessage> | null {
    const { evaluate, seriesOf, versionOf } = this.options;
    const version = versionOf(entry.query, now);
    if (version === entry.version) return null;
    const view = evaluate(entry.query, now);
    const change = diffFrame(entry.view, view, DATED_ROWS.has(entry.query.view));
    const series = seriesOf(entry.query, now, entry.seriesUntil);
    entry.view = view;
    entry.version = version;
    if (series === null || series.t.length === 0) return change;
    entry.seriesUntil = lastOf(series);
    return { ...change, series };
  }

  private send(entry: Live, change: Partial<DeltaMessage>, now: EpochMs): void {
    entry.seq++;
    entry.isTold = true;
    this.options.broadcast({ key: entry.name, seq: entry.seq, serverTime: now, ...change });
  }
}

/** As everyone has it: what is newer comes to all with the next delta. */
function snapshotOf(
  { name, view, seriesUntil, seq }: Live,
  series: SeriesBlock | null,
  now: EpochMs,
): SnapshotMessage {
  const frame = { ...view, asOf: now, series: cutAfter(series, seriesUntil) };
  return { key: name, seq, serverTime: now, frame };
}

function lastOf(series: SeriesBlock | null): EpochMs {
  return series?.t.at(-1) ?? Number.NEGATIVE_INFINITY;
}

function cutAfter(series: SeriesBlock | null, last: EpochMs): SeriesBlock | null {
  if (series === null || lastOf(series) <= last) return series;
  const length = series.t.findLastIndex((t) => t <= last) + 1;
  const cut = <T>(values: readonly T[]) => values.slice(0, length);
  return {
    t: cut(series.t),
    columns: Object.fromEntries(Object.entries(series.columns).map(([name, values]) => [name, cut(values)])),
  };
}
