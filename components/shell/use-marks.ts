"use client";
import { useEffect, useState } from "react";
import { fetchMarks, type Mark, type MarksOf } from "@/lib/live";
import type { EpochMs } from "@/lib/model/reading";

/** Beyond this what goes on is asked for anew. */
const ANEW_MS = 60_000;
const NONE: readonly Mark[] = [];

/**
 * What happened in a span, as far as there is room to tell it apart.
 *
 * @param span null: nothing is wanted
 * @param of absent: everything
 */
export function useMarks(span: readonly [from: EpochMs, to: EpochMs] | null, of?: MarksOf): readonly Mark[] {
  const [marks, setMarks] = useState(NONE);
  // What goes on each second is not asked for each second.
  const isWanted = span !== null;
  const [from, to] = span ?? [0, 0];
  const begin = Math.floor(from / ANEW_MS) * ANEW_MS;
  const end = Math.ceil(to / ANEW_MS) * ANEW_MS;
  const key = JSON.stringify(of);
  useEffect(() => {
    if (!isWanted) return;
    const asking = new AbortController();
    fetchMarks(begin, end, asking.signal, key === undefined ? undefined : JSON.parse(key)).then(
      (found) => found !== null && setMarks(found),
      () => {},
    );
    return () => asking.abort();
  }, [isWanted, begin, end, key]);
  return isWanted ? marks.filter((mark) => mark.at >= from && mark.at <= to) : NONE;
}

/** A mark in words. */
export function markText({ count, entity, title }: Mark): string {
  const more = count > 1 ? ` and ${count - 1} more` : "";
  return `${entity === null ? "" : `${entity}: `}${title}${more}`;
}
