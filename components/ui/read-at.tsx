"use client";
import { createContext, type ReactNode, useContext, useEffect, useRef } from "react";
import { formatClock } from "@/lib/format";
import type { EpochMs } from "@/lib/model/reading";
import { type HoverTitle, hoverTitle } from "./hover-title";

const ReadAt = createContext<() => EpochMs | null>(() => null);

/**
 * When the readings inside were read. They learn of it when someone points at them: told as a property it would render
 * each of them again with every sample, also those that stay as they are. `null`: when what is around it was.
 */
export function ReadAtProvider({ at, children }: { at: EpochMs | null; children: ReactNode }) {
  const around = useContext(ReadAt);
  const newest = useRef(at);
  useEffect(() => {
    newest.current = at;
  }, [at]);
  const read = useRef(() => newest.current ?? around());
  return <ReadAt value={read.current}>{children}</ReadAt>;
}

/** A title that says on its first line when what it is about was read. */
export function useTimedTitle(title: () => string): HoverTitle {
  const readAt = useContext(ReadAt);
  return hoverTitle(() => {
    const at = readAt();
    if (at === null) return title();
    const [first = "", ...definition] = title().split("\n");
    return [`${first} · as of ${formatClock(at)}`, ...definition].join("\n");
  });
}
