"use client";
import { createContext, type PointerEvent, type ReactNode, useContext, useEffect, useRef } from "react";
import { formatClock } from "@/lib/format";
import type { EpochMs } from "@/lib/model/reading";

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

/** Adds to the first line of an element's title when it was read, each time someone points at it. */
export function useTimedTitle(title: string): (event: PointerEvent<HTMLElement>) => void {
  const readAt = useContext(ReadAt);
  return ({ currentTarget }) => {
    const at = readAt();
    if (at === null) return;
    const [first = "", ...definition] = title.split("\n");
    currentTarget.title = [`${first} · as of ${formatClock(at)}`, ...definition].join("\n");
  };
}
