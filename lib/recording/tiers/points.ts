import type { EpochMs } from "../../model/reading.ts";
import { COUNT, MAX, MIN, ROW_WIDTH, STATISTICS, SUM, stepOf } from "./tier.ts";

/** What a message between threads keeps of points. */
export interface PlainPoints {
  readonly t: EpochMs[];
  readonly cells: number[][];
}

/**
 * The points of one entity, a row a step, the oldest first. Columns are by measure and statistic (`cellOf`); of a measure
 * of which nothing is known in a step the count is 0 and the others are NaN.
 */
export class Points implements PlainPoints {
  private constructor(
    readonly t: EpochMs[],
    readonly cells: number[][],
  ) {}

  static none(): Points {
    return new Points(
      [],
      Array.from({ length: ROW_WIDTH }, () => []),
    );
  }

  static of({ t, cells }: PlainPoints): Points {
    return new Points(t, cells);
  }

  /** Takes a row of this step or a later one than the newest; one of the same step becomes one with it. */
  add(t: EpochMs, cellAt: (column: number) => number): void {
    const newest = this.t.length - 1;
    if (newest >= 0 && this.t[newest] === t) this.join(newest, cellAt);
    else this.push(t, cellAt);
  }

  /** Takes a row as one of its own. */
  push(t: EpochMs, cellAt: (column: number) => number): void {
    this.t.push(t);
    for (let column = 0; column < ROW_WIDTH; column++) this.cells[column]!.push(cellAt(column));
  }

  /** The rows of these steps. */
  where(isWanted: (t: EpochMs) => boolean): Points {
    const some = Points.none();
    for (const [row, t] of this.t.entries()) {
      if (isWanted(t)) some.push(t, (column) => this.cells[column]![row]!);
    }
    return some;
  }

  /** All rows of others, whatever their order. */
  static joined(parts: readonly Points[]): Points {
    if (parts.length === 1 && parts[0]!.isSorted) return parts[0]!;
    const rows = parts.flatMap((points) => points.t.map((t, row) => ({ t, points, row })));
    // Rows of one step stay in their order.
    rows.sort((a, b) => a.t - b.t);
    const joined = Points.none();
    for (const { t, points, row } of rows) joined.add(t, (column) => points.cells[column]![row]!);
    return joined;
  }

  /** The same in longer steps. */
  coarser(stepMs: number): Points {
    const coarse = Points.none();
    for (const [row, t] of this.t.entries()) {
      coarse.add(stepOf(t, stepMs), (column) => this.cells[column]![row]!);
    }
    return coarse;
  }

  private get isSorted(): boolean {
    return this.t.every((t, row) => row === 0 || t > this.t[row - 1]!);
  }

  private join(row: number, cellAt: (column: number) => number): void {
    for (let measure = 0; measure < ROW_WIDTH; measure += STATISTICS.length) {
      const count = cellAt(measure + COUNT);
      if (count === 0) continue;
      const cell = (statistic: number) => this.cells[measure + statistic]!;
      const isFirst = cell(COUNT)[row] === 0;
      const [min, max, sum] = [MIN, MAX, SUM].map((statistic) => cellAt(measure + statistic));
      cell(MIN)[row] = isFirst ? min! : Math.min(cell(MIN)[row]!, min!);
      cell(MAX)[row] = isFirst ? max! : Math.max(cell(MAX)[row]!, max!);
      cell(SUM)[row] = isFirst ? sum! : cell(SUM)[row]! + sum!;
      cell(COUNT)[row]! += count;
    }
  }
}
