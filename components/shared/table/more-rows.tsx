"use client";
import { exactCount } from "@/lib/format";

/** As many rows as the server gives in one view. */
const MOST = 500;
const STEPS = [50, 100, 200, MOST];
/** Of whatever stands under the last row and leads to more of them. */
export const MORE =
  "block w-full border-line border-t px-4 py-2.5 text-center text-dim hover:bg-hover hover:text-ink focus-visible:-outline-offset-2";

/** The way to the rows that are not shown. Past the most a view holds, a filter is the better way. */
export function MoreRows({
  shown,
  total,
  onMore,
}: {
  shown: number;
  total: number;
  onMore: (limit: number) => void;
}) {
  if (shown >= total) return null;
  if (shown >= MOST) {
    return (
      <p className="border-line border-t px-4 py-2.5 text-center text-dim">
        The first {exactCount(shown)} of {exactCount(total)}. Filter to see the others.
      </p>
    );
  }
  const next = STEPS.find((step) => step > shown) ?? MOST;
  return (
    <button type="button" className={MORE} onClick={() => onMore(next)}>
      Show {exactCount(Math.min(next, total) - shown)} more
    </button>
  );
}
