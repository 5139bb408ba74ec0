"use client";
import { useCallback, useEffect, useRef, useState } from "react";
import { useLive } from "@/lib/live";
import type { CallView } from "@/lib/model/call";
import type { FrameOf } from "@/lib/model/live";
import type { Problem } from "@/lib/model/problem";
import type { EpochMs } from "@/lib/model/reading";
import type { CallsMeta } from "@/lib/model/views";
import type { CallsQuery } from "./calls-query";

/** Rows are asked for in pages of so many, more than a screen holds: scrolling a little asks for nothing new. */
const PAGE = 100;

interface CallsWindow {
  readonly meta: CallsMeta | null;
  readonly asOf: EpochMs;
  readonly problem: Problem | null;
  /** The call in a row of the whole list; null: it is not here yet. */
  readonly callAt: (row: number) => CallView | null;
  /** Which rows are looked at, the first and the last. */
  readonly look: (first: number, last: number) => void;
}

/** A list of calls that is as long as it may be: only what is looked at is asked for. */
export function useCallsWindow(query: CallsQuery): CallsWindow {
  const [[from, to], setPages] = useState<readonly [number, number]>([0, 0]);
  const upper = usePage(query, from);
  const lower = usePage(query, to);
  const frame = upper.frame ?? lower.frame;
  const known = useRef(frame);
  useEffect(() => {
    if (frame) known.current = frame;
  }, [frame]);
  const newest = frame ?? known.current;
  return {
    // Without it the list would lose its length, and with that its place, while a page is on its way.
    meta: newest?.meta ?? null,
    asOf: newest?.asOf ?? 0,
    problem: upper.problem ?? lower.problem,
    callAt(row) {
      const page = Math.floor(row / PAGE);
      const frame = page === from ? upper.frame : page === to ? lower.frame : null;
      return frame?.rows[row - page * PAGE] ?? null;
    },
    look: useCallback((first, last) => {
      const pages = [Math.floor(first / PAGE), Math.floor(last / PAGE)] as const;
      setPages((now) => (now[0] === pages[0] && now[1] === pages[1] ? now : pages));
    }, []),
  };
}

/** One page. After a change of filter or sort its old rows stay until the new ones are there; those of another page never do. */
function usePage(
  query: CallsQuery,
  page: number,
): { frame: FrameOf["calls"] | null; problem: Problem | null } {
  const { frame, problem } = useLive<"calls">({ ...query, limit: PAGE, offset: page * PAGE });
  const previous = useRef<{ readonly page: number; readonly frame: FrameOf["calls"] }>(null);
  useEffect(() => {
    if (frame) previous.current = { page, frame };
  }, [frame, page]);
  const kept = previous.current?.page === page && !problem ? previous.current.frame : null;
  return { frame: frame ?? kept, problem };
}
