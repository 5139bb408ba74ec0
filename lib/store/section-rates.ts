import type { EpochMs } from "../model/reading.ts";
import type { SectionColumn, SectionRow, SourceSection } from "../model/source.ts";

/** What a rate is taken over, at most a sample more: totals of servers come in jumps. */
const WINDOW_MS = 10_000;

interface Totals {
  readonly at: EpochMs;
  /** One for each counter column of the section; NaN: not known. */
  readonly values: Float64Array;
}

/**
 * Rates of the counters in sections: sections tell totals, people read what they grow by. Remembers, by row, the totals
 * of the last ten seconds, and nothing of rows that are not told any more.
 */
export class SectionRates {
  private sections = new Map<string, Map<string, readonly Totals[]>>();

  accept(sections: readonly SourceSection[]): void {
    const next = new Map<string, Map<string, readonly Totals[]>>();
    for (const section of sections) {
      const counters = countersOf(section.columns);
      if (counters.length === 0) continue;
      const known = this.sections.get(section.key);
      const rows = new Map<string, readonly Totals[]>();
      for (const row of section.rows) {
        rows.set(row.id, withTotals(known?.get(row.id) ?? [], section.asOf, row, counters));
      }
      next.set(section.key, rows);
    }
    this.sections = next;
  }

  /** The rows of a section as pages show them: growth a second in the place of totals; null until two samples. */
  rowsOf({ key, columns, rows }: SourceSection): readonly SectionRow[] {
    const counters = countersOf(columns);
    if (counters.length === 0) return rows;
    const known = this.sections.get(key);
    return rows.map((row) => {
      const cells = [...row.cells];
      const history = known?.get(row.id) ?? [];
      for (const [index, column] of counters.entries()) cells[column] = rateOf(history, index);
      return { ...row, cells };
    });
  }
}

function countersOf(columns: readonly SectionColumn[]): readonly number[] {
  return columns.flatMap(({ kind }, index) => (kind === "counter" || kind === "byteCounter" ? [index] : []));
}

function withTotals(
  history: readonly Totals[],
  at: EpochMs,
  row: SectionRow,
  counters: readonly number[],
): readonly Totals[] {
  const last = history.at(-1);
  if (Number.isNaN(at) || (last !== undefined && at <= last.at)) return history; // not sampled again
  const values = Float64Array.from(counters, (column) => {
    const cell = row.cells[column];
    return typeof cell === "number" ? cell : Number.NaN;
  });
  // A total that falls was started anew: the server or the connection is another one.
  const isAnew = last?.values.some((value, index) => values[index]! < value) ?? false;
  if (isAnew || last?.values.length !== values.length) return [{ at, values }];
  // One total at or beyond the edge of the window stays: sections that are sampled rarely have a rate as well.
  const first = Math.max(
    0,
    history.findLastIndex((totals) => totals.at <= at - WINDOW_MS),
  );
  return [...history.slice(first), { at, values }];
}

/** Growth a second between the oldest and the newest known total. */
function rateOf(history: readonly Totals[], index: number): number | null {
  const newest = history.at(-1);
  const oldest = history.find(({ values }) => !Number.isNaN(values[index]!));
  if (newest === undefined || oldest === undefined || oldest === newest) return null;
  const grown = newest.values[index]! - oldest.values[index]!;
  return Number.isNaN(grown) ? null : (grown * 1_000) / (newest.at - oldest.at);
}
