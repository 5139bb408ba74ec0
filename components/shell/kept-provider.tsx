"use client";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { fetchKept, useConnection } from "@/lib/live";
import type { Kept } from "@/lib/model/kept";
import { KeptContext } from "./use-kept";

/** It grows with every second; how much there is matters by the minute, that it has stopped sooner. */
const EVERY_MS = 10_000;

/** Asks now and then what is kept. */
export function KeptProvider({ children }: { children: ReactNode }) {
  const [kept, setKept] = useState<Kept | null>(null);
  const [asked, setAsked] = useState(0);
  const { status } = useConnection();
  useEffect(() => {
    if (status === "lost") return;
    const asking = new AbortController();
    const ask = async () => {
      const found = await fetchKept(asking.signal).catch(() => null);
      if (found !== null && !asking.signal.aborted) setKept(found);
    };
    void ask();
    const timer = setInterval(() => void ask(), EVERY_MS);
    return () => {
      asking.abort();
      clearInterval(timer);
    };
  }, [status, asked]);
  const state = useMemo(() => ({ kept, refresh: () => setAsked((times) => times + 1) }), [kept]);
  return <KeptContext value={state}>{children}</KeptContext>;
}
