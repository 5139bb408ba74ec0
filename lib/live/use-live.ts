"use client";
import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { FrameOf, LiveQueryInput, ViewName } from "../model/live.ts";
import type { Problem } from "../model/problem.ts";
import type { ConnectionState } from "./connection.ts";
import { useLiveClient } from "./live-provider.tsx";
import { NOTHING_YET } from "./live-store.ts";

const SERVER_STATE: ConnectionState = { status: "connecting", since: 0, clockOffsetMs: 0 };

interface LiveView<V extends ViewName> {
  readonly frame: FrameOf[V] | null;
  /** Why the server will not answer this query. */
  readonly problem: Problem | null;
  readonly receivedAt: number | null;
}

/**
 * The live answer to a query. Hooks with the same query share one subscription. With `keepPrevious` the last frame stays
 * on the screen until the first one of a changed query is there (filtering a table without a flash).
 */
export function useLive<V extends ViewName>(
  query: Extract<LiveQueryInput, { view: V }>,
  options: { keepPrevious?: boolean } = {},
): LiveView<V> {
  const { store } = useLiveClient();
  const text = JSON.stringify(query);
  const observer = useMemo(() => store.observe(JSON.parse(text) as LiveQueryInput), [store, text]);
  const result = useSyncExternalStore(observer.subscribe, observer.current, () => NOTHING_YET);
  const previous = useRef(result);
  useEffect(() => {
    if (result.frame) previous.current = result;
  }, [result]);
  const keep = options.keepPrevious && !result.frame && !result.problem;
  // The store holds frames of every view; which one this is follows from the query.
  return (keep ? previous.current : result) as LiveView<V>;
}

export function useConnection(): ConnectionState {
  const { connection } = useLiveClient();
  return useSyncExternalStore(connection.onState, connection.state, () => SERVER_STATE);
}

/** Server time when the screen was paused; null while it runs. */
export function usePausedAt(): number | null {
  const client = useLiveClient();
  return useSyncExternalStore(client.onPause, client.pausedAt, () => null);
}

/** Paused: data goes on arriving behind the screen, which stands still. */
export function usePaused(): [boolean, (paused: boolean) => void] {
  const client = useLiveClient();
  const pausedAt = usePausedAt();
  const setPaused = useCallback((paused: boolean) => client.setPaused(paused), [client]);
  return [pausedAt !== null, setPaused];
}

/** Server time, once a second; 0 before the page runs in a browser. Stands still while paused, like everything shown. */
export function useNow(): number {
  const { clock } = useLiveClient();
  return useSyncExternalStore(clock.subscribe, clock.shownNow, () => 0);
}

/** Reads the same time when it is asked, without a render a second. */
export function useClock(): () => number {
  return useLiveClient().clock.shownNow;
}

/** Server time, once a second, also while the screen is paused. */
export function useRunningNow(): number {
  const { clock } = useLiveClient();
  return useSyncExternalStore(clock.subscribe, clock.now, () => 0);
}
