/** Rates are averages over this long: commits come in steps, and a reader wants the pace, not the steps. */
export const RATE_WINDOW_MS = 10_000;

/**
 * Over less than this there is no rate. Samples keep to the grid of the clock, but the first is taken at once: the second
 * may come a few milliseconds after it, and one message between the two is not hundreds a second.
 */
export const RATE_LEAST_MS = 800;

/** What `rateOf` reads: a counter's value at some moments, newest first. */
export interface CounterWindow {
  readonly length: number;
  timeAt(back: number): number;
  columnAt(back: number): Float64Array;
  backTo(now: number, ageMs: number): number;
}

/**
 * Growth of one row of a counter a second, averaged over the window (or as much of it as is known). NaN while fewer
 * than two samples know the counter.
 */
export function rateOf(window: CounterWindow, row: number, windowMs: number): number {
  if (window.length < 2) return Number.NaN;
  const now = window.timeAt(0);
  const last = window.columnAt(0)[row]!;
  if (Number.isNaN(last)) return Number.NaN;
  for (let back = window.backTo(now, windowMs); back > 0; back--) {
    const first = window.columnAt(back)[row]!;
    if (!Number.isNaN(first)) return ((last - first) * 1000) / (now - window.timeAt(back));
  }
  return Number.NaN;
}
