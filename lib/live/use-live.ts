"use client";
import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { FrameOf, LiveQueryInput, ViewName } from "../model/live.ts";
import type { Problem } from "../model/problem.ts";
import type { EpochMs } from "../model/reading.ts";
import type { ConnectionState } from "./connection.ts";
import { useAt, useLiveClient } from "./live-provider.tsx";
import { NOTHING_YET, type Observer } from "./live-store.ts";
import { BESIDE } from "./past-store.ts";

const SERVER_STATE: ConnectionState = { status: "connecting", since: 0, clockOffsetMs: 0 };

interface LiveView<V extends ViewName> {
  readonly frame: FrameOf[V] | null;
  /** Why the server will not answer this query. */
  readonly problem: Problem | null;
  readonly receivedAt: number | null;
}

/**
 * The answer to a query, live or of the moment that the page is of. Hooks with the same query share one subscription. The last
 * frame stays on the screen until that of another moment is there; with `keepPrevious` also until the first one of a
 * changed query is (filtering a table without a flash).
 */
export function useLive<V extends ViewName>(
  query: Extract<LiveQueryInput, { view: V }>,
  options: { keepPrevious?: boolean } = {},
): LiveView<V> {
  const { store, past } = useLiveClient();
  const at = useAt();
  const text = JSON.stringify(query);
  const observer = useMemo(() => {
    const input = JSON.parse(text) as LiveQueryInput;
    return at === null ? store.observe(input) : past.observe(input, at);
  }, [store, past, text, at]);
  const result = useSyncExternalStore(observer.subscribe, observer.current, () => NOTHING_YET);
  const previous = useRef({ text, result });
  useEffect(() => {
    if (result.frame) previous.current = { text, result };
  }, [text, result]);
  const isAwaited = !result.frame && !result.problem;
  const keep = isAwaited && (options.keepPrevious || previous.current.text === text);
  // The stores hold frames of every view; which one this is follows from the query.
  return (keep ? previous.current.result : result) as LiveView<V>;
}

const NOTHING: Observer = { subscribe: () => () => {}, current: () => NOTHING_YET };

/** The answer to a query as of a moment, beside whatever the page is of; null: none is asked for. */
export function usePast<V extends ViewName>(
  query: Extract<LiveQueryInput, { view: V }>,
  at: EpochMs | null,
): Pick<LiveView<V>, "frame" | "problem"> {
  const { past } = useLiveClient();
  const text = JSON.stringify(query);
  const observer = useMemo(
    () => (at === null ? NOTHING : past.observe(JSON.parse(text) as LiveQueryInput, at, BESIDE)),
    [past, text, at],
  );
  const result = useSyncExternalStore(observer.subscribe, observer.current, () => NOTHING_YET);
  // The store holds frames of every view; which one this is follows from the query.
  return result as LiveView<V>;
}

export function useConnection(): ConnectionState {
  const { connection } = useLiveClient();
  return useSyncExternalStore(connection.onState, connection.state, () => SERVER_STATE);
}

/** Whether something on the screen is not yet of the moment that was chosen. */
export function useBusy(): boolean {
  const { past } = useLiveClient();
  return useSyncExternalStore(past.onBusy, past.isBusy, () => false);
}

/** Of when what is shown of a moment that is over really is; null: not known yet. */
export function usePastAsOf(): EpochMs | null {
  const { past } = useLiveClient();
  return useSyncExternalStore(past.onBusy, past.asOf, () => null);
}

const NEVER = () => () => {};

/** The moment that all of the page is of: server time, once a second, while it is live; 0 before it runs in a browser. */
export function useNow(): number {
  const { clock } = useLiveClient();
  const at = useAt();
  // What stands still need not be told that time goes on.
  const subscribe = at === null ? clock.subscribe : NEVER;
  return useSyncExternalStore(
    subscribe,
    () => at ?? clock.now(),
    () => at ?? 0,
  );
}

/** Reads the same time when it is asked, without a render a second. */
export function useClock(): () => number {
  const { clock } = useLiveClient();
  const at = useAt();
  return useCallback(() => at ?? clock.now(), [at, clock]);
}

/** Server time, once a second, also where the page is of another moment. */
export function useRunningNow(): number {
  const { clock } = useLiveClient();
  return useSyncExternalStore(clock.subscribe, clock.now, () => 0);
}
