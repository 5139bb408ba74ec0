"use client";
import { createParser, useQueryState } from "nuqs";
import { isInstant, readInstant, writeInstant } from "@/lib/model/instant";
import type { EpochMs } from "@/lib/model/reading";

const INSTANT = createParser({ parse: readInstant, serialize: writeInstant });

/** The moment that all pages are of, from the address (`?at=2026-11-30T02:13:04.000Z`); null: they are live. */
export function useMoment(): { at: EpochMs | null; setAt: (at: EpochMs | null) => void } {
  const [at, setAt] = useQueryState("at", INSTANT);
  return { at, setAt: (next) => void setAt(next === null || !isInstant(next) ? null : Math.round(next)) };
}
