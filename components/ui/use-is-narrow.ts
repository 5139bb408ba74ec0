"use client";
import { useCallback, useSyncExternalStore } from "react";

/** Below the width at which tables become cards (`md`). */
const NARROW = "(width < 48rem)";

/** Whether this is a phone's width. False while the server renders. */
export function useIsNarrow(): boolean {
  const subscribe = useCallback((onChange: () => void) => {
    const query = matchMedia(NARROW);
    query.addEventListener("change", onChange);
    return () => query.removeEventListener("change", onChange);
  }, []);
  return useSyncExternalStore(
    subscribe,
    () => matchMedia(NARROW).matches,
    () => false,
  );
}
