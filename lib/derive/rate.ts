/** Rates are averages over this long: commits come in steps, and a reader wants the pace, not the steps. */
export const RATE_WINDOW_MS = 10_000;

/**
 * Over less than this there is no rate. Samples keep to the grid of the clock, but the first is taken at once: the second
 * may come a few milliseconds after it, and one message between the two is not hundreds a second.
 */
export const RATE_LEAST_MS = 800;

/** What `ratesOf` reads: counters at some moments, newest first. */
export interface CounterWindow {
  readonly rows: number;
  readonly length: number;
  timeAt(back: number): number;
  columnAt(back: number): Float64Array;
  backTo(now: number, ageMs: number): number;
}

/**
 * Growth of each of a window's counters a second, averaged over the last `RATE_WINDOW_MS` (or as much of it as is known).
 * NaN while fewer than two samples know the counter.
 */
export function ratesOf(window: CounterWindow): Float64Array {
  const rates = new Float64Array(window.rows).fill(Number.NaN);
  if (window.length < 2) return rates;
  const now = window.timeAt(0);
  const last = window.columnAt(0);
  // From the oldest on: a counter that began within the window is averaged over its own time.
  for (let back = window.backTo(now, RATE_WINDOW_MS); back > 0; back--) {
    const first = window.columnAt(back);
    const overMs = now - window.timeAt(back);
    let isMissing = false;
    for (let row = 0; row < rates.length; row++) {
      if (!Number.isNaN(rates[row]!)) continue;
      rates[row] = ((last[row]! - first[row]!) * 1000) / overMs;
      // What is not known now has no rate, however far back.
      isMissing ||= Number.isNaN(first[row]!) && !Number.isNaN(last[row]!);
    }
    if (!isMissing) break;
  }
  return rates;
}
