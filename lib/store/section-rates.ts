import { RATE_LEAST_MS } from "../derive/rate.ts";
import type { EpochMs } from "../model/reading.ts";
import type { SectionColumn, SectionRow, SourceSection } from "../model/source.ts";

/** What a rate is taken over, at most a sample more: totals of servers come in jumps. */
const WINDOW_MS = 10_000;

/** The totals of one row over the window, oldest first. */
interface History {
  readonly times: EpochMs[];
  /** As long as `times`: one total for each counter column; NaN: not known. */
  readonly totals: number[][];
  /** The newest sample that told the row. */
  toldAt: EpochMs;
}

interface Remembered {
  asOf: EpochMs;
  readonly rows: Map<string, History>;
}

/**
 * Rates of the counters in sections: sections tell totals, people read what they grow by. Remembers, by row, the totals
 * of the last ten seconds, and nothing of rows that are not told any more.
 */
export class SectionRates {
  private sections = new Map<string, Remembered>();

  accept(sections: readonly SourceSection[]): void {
    const next = new Map<string, Remembered>();
    for (const section of sections) {
      const counters = countersOf(section.columns);
      if (counters.length === 0) continue;
      const known = this.sections.get(section.key) ?? { asOf: Number.NEGATIVE_INFINITY, rows: new Map() };
      if (section.asOf > known.asOf) remember(known, section, counters); // else it was not sampled again
      next.set(section.key, known);
    }
    this.sections = next;
  }

  /** The rows of a section as pages show them: growth a second in the place of totals; null until two samples. */
  rowsOf({ key, columns, rows }: SourceSection): readonly SectionRow[] {
    const counters = countersOf(columns);
    if (counters.length === 0) return rows;
    const known = this.sections.get(key)?.rows;
    return rows.map((row) => {
      const cells = [...row.cells];
      const history = known?.get(row.id);
      for (const [index, column] of counters.entries()) cells[column] = rateOf(history, index);
      return { ...row, cells };
    });
  }
}

function countersOf(columns: readonly SectionColumn[]): readonly number[] {
  return columns.flatMap(({ kind }, index) => (kind === "counter" || kind === "byteCounter" ? [index] : []));
}

function remember(known: Remembered, { asOf, rows }: SourceSection, counters: readonly number[]): void {
  known.asOf = asOf;
  for (const row of rows) {
    let history = known.rows.get(row.id);
    if (history === undefined) {
      history = { times: [], totals: [], toldAt: asOf };
      known.rows.set(row.id, history);
    }
    history.toldAt = asOf;
    add(history, asOf, totalsOf(row, counters));
  }
  if (known.rows.size === rows.length) return;
  for (const [id, { toldAt }] of known.rows) if (toldAt !== asOf) known.rows.delete(id);
}

function add({ times, totals }: History, at: EpochMs, newest: number[]): void {
  const last = totals.at(-1);
  // A total that falls was started anew: the server or the connection is another one.
  if (last !== undefined && (last.length !== newest.length || last.some((total, i) => newest[i]! < total))) {
    times.length = 0;
    totals.length = 0;
  }
  times.push(at);
  totals.push(newest);
  // One total at or beyond the edge of the window stays: sections that are sampled rarely have a rate as well.
  while (times.length > 2 && times[1]! <= at - WINDOW_MS) {
    times.shift();
    totals.shift();
  }
}

function totalsOf({ cells }: SectionRow, counters: readonly number[]): number[] {
  return counters.map((column) => {
    const cell = cells[column];
    return typeof cell === "number" ? cell : Number.NaN;
  });
}

/** Growth a second between the oldest and the newest known total. */
function rateOf(history: History | undefined, counter: number): number | null {
  if (history === undefined) return null;
  const { times, totals } = history;
  const newest = times.length - 1;
  const oldest = totals.findIndex((values) => !Number.isNaN(values[counter]!));
  if (oldest < 0 || times[newest]! - times[oldest]! < RATE_LEAST_MS) return null;
  const grown = totals[newest]![counter]! - totals[oldest]![counter]!;
  return Number.isNaN(grown) ? null : (grown * 1_000) / (times[newest]! - times[oldest]!);
}
