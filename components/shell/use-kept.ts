"use client";
import { createContext, useContext } from "react";
import type { Kept } from "@/lib/model/kept";

interface KeptState {
  /** Null: not known yet. */
  readonly kept: Kept | null;
  /** Asks anew: something was marked, or let go of. */
  refresh(): void;
}

export const KeptContext = createContext<KeptState>({ kept: null, refresh() {} });

/** What is kept of the past; null: not known yet. */
export function useKept(): Kept | null {
  return useContext(KeptContext).kept;
}

export function useRefreshKept(): () => void {
  return useContext(KeptContext).refresh;
}

/** The recording that is looked at, where nothing is live; null: there is none. */
export function useOpened() {
  const kept = useKept();
  return kept?.isOn ? kept.opened : null;
}
