"use client";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect } from "react";

/** Rendered above and below the screen, so that there is something to scroll into. */
const OVERSCAN = 12;
/** Rows that fly by are not looked at. */
const SETTLE_MS = 250;

interface RowsInView {
  readonly rows: readonly number[];
  /** Height of the rows above those in view, and of those below, in px. */
  readonly before: number;
  readonly after: number;
}

/**
 * Which rows of a list of equally high ones are on the screen. `onLook` is told when that comes to rest. A list of another
 * `subject` begins at its top.
 */
export function useRowsInView(
  scroller: RefObject<HTMLElement | null>,
  list: {
    readonly total: number;
    readonly rowRem: number;
    readonly subject: string;
    readonly onLook: (first: number, last: number) => void;
  },
): RowsInView {
  const { total, rowRem, subject, onLook } = list;
  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowRem * remPx(),
    overscan: OVERSCAN,
    useFlushSync: false,
  });
  // Rows are as high as they are at this width.
  useEffect(() => virtualizer.measure(), [virtualizer, rowRem]);
  useEffect(() => {
    if (scroller.current) scroller.current.scrollTop = 0;
  }, [scroller, subject]);
  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    const timer = setTimeout(() => onLook(first, last), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [first, last, onLook]);
  return {
    rows: items.map(({ index }) => index),
    before: items[0]?.start ?? 0,
    after: Math.max(0, virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0)),
  };
}

function remPx(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}
