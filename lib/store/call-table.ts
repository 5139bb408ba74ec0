import { RATE_LEAST_MS, RATE_WINDOW_MS } from "../derive/rate.ts";
import { type SeriesBlock, WINDOW_MS } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import type { CallColumns } from "../sample/calls.ts";
import { SeriesTable } from "./series-table.ts";

/** Series of calls are coarser than those of consumers: there are so many more of them. */
const SERIES_STEP_MS = 5_000;
/** Calls that have a series at most: the oldest, since those are looked into. */
const SERIES_CALLS = 5_000;
/** Series of calls that are gone are dropped this often, in points. */
const SWEEP_POINTS = 6;

export const CALL_MEASURES = ["sent", "received", "queued", "waiting"] as const;

interface Taken {
  readonly at: EpochMs;
  readonly calls: CallColumns;
  /** Made when it is first asked for; the same keys in the same rows need none. */
  rows: ReadonlyMap<string, number> | null;
}

/** The live calls of a source: the newest columns, their rates, and what each did over the last 15 minutes. */
export class CallTable {
  private readonly series = new SeriesTable(CALL_MEASURES, WINDOW_MS / SERIES_STEP_MS);
  /** Samples within the rate window, oldest first. */
  private readonly taken: Taken[] = [];
  private seriesAt = Number.NEGATIVE_INFINITY;
  private points = 0;

  accept(at: EpochMs, calls: CallColumns | undefined): void {
    if (calls === undefined) {
      this.taken.length = 0;
      return;
    }
    this.taken.push({ at, calls, rows: null });
    // One at or beyond the edge stays, so that rates are over the whole window.
    while (this.taken.length > 2 && this.taken[1]!.at <= at - RATE_WINDOW_MS) this.taken.shift();
    if (at - this.seriesAt >= SERIES_STEP_MS - 100) this.record(at, calls);
  }

  get newest(): CallColumns | null {
    return this.taken.at(-1)?.calls ?? null;
  }

  /** Row of a live call in the newest columns; -1: it is not alive. */
  rowOf(key: string): number {
    const newest = this.taken.at(-1);
    return newest === undefined ? -1 : rowIn(newest, key);
  }

  /** Messages a second, sent and received, of a row of the newest columns; NaN: not known. */
  rate(row: number, counter: "sent" | "received"): number {
    const newest = this.taken.at(-1)!;
    const value = newest.calls[counter][row]!;
    const key = newest.calls.key[row]!;
    for (const before of this.taken) {
      if (newest.at - before.at < RATE_LEAST_MS) break;
      const earlier = before.calls.key === newest.calls.key ? row : rowIn(before, key);
      const from = earlier < 0 ? Number.NaN : before.calls[counter][earlier]!;
      if (value >= from) return ((value - from) * 1_000) / (newest.at - before.at);
    }
    // A call that began after the sample before has done all of it since then.
    const startedAt = newest.calls.startedAt[row]!;
    const since = newest.at - startedAt;
    return since > 0 && since < RATE_WINDOW_MS ? (value * 1_000) / Math.max(1_000, since) : Number.NaN;
  }

  block(key: string, after: EpochMs): SeriesBlock {
    return this.series.block([key], after);
  }

  private record(at: EpochMs, calls: CallColumns): void {
    this.seriesAt = at;
    this.series.begin(at);
    let recorded = 0;
    for (let row = 0; row < calls.count && recorded < SERIES_CALLS; row++) {
      // Calls that are no lane are unary: nothing to draw.
      if (calls.position[row]! < 0) continue;
      recorded++;
      const key = calls.key[row]!;
      this.series.set(key, 0, this.rate(row, "sent"));
      this.series.set(key, 1, this.rate(row, "received"));
      this.series.set(key, 2, waitingIn(calls, row));
      this.series.set(key, 3, calls.waitingMs[row]!);
    }
    this.points++;
    if (this.points % SWEEP_POINTS === 0) this.series.retain(new Set(calls.key));
  }
}

/** Messages of a call that wait either way, as far as they are told; NaN: neither is. */
export function waitingIn({ queued, unread }: CallColumns, row: number): number {
  const [out, into] = [queued[row]!, unread[row]!];
  if (Number.isNaN(out)) return into;
  return Number.isNaN(into) ? out : out + into;
}

function rowIn(taken: Taken, key: string): number {
  taken.rows ??= new Map(taken.calls.key.map((one, row) => [one, row]));
  return taken.rows.get(key) ?? -1;
}
