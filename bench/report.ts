/** One figure of a bench, and what it should hold. */
export interface Metric {
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  /** The bound, for people: `≤ 150`; null where the figure is only told. */
  readonly hold: string | null;
  /** Null where there is no bound. */
  readonly ok: boolean | null;
}

export const told = (metric: string, value: number, unit: string): Metric => ({
  metric,
  value,
  unit,
  hold: null,
  ok: null,
});

export const atMost = (metric: string, value: number, unit: string, bound: number): Metric => ({
  metric,
  value,
  unit,
  hold: `≤ ${bound}`,
  ok: value <= bound,
});

export const atLeast = (metric: string, value: number, unit: string, bound: number): Metric => ({
  metric,
  value,
  unit,
  hold: `≥ ${bound}`,
  ok: value >= bound,
});

/** A table for people; with `json` one last line for programs. A miss is told, not hidden. */
export function report(bench: string, results: readonly Metric[], json: boolean): void {
  const rows = results.map(({ metric, value, unit, hold, ok }) => [
    metric,
    round(value).toLocaleString("en-US"),
    unit,
    hold ?? "",
    ok === null ? "" : ok ? "✓" : "✗ missed",
  ]);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  console.log(`\n${bench}`);
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 1 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
    );
    console.log(`  ${cells.join("  ").trimEnd()}`);
  }
  if (json) {
    const rounded = results.map((result) => ({ ...result, value: round(result.value) }));
    console.log(JSON.stringify({ bench, results: rounded }));
  }
}

/** The value below which the share `q` (0 to 1) of the values lies. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]) => quantile(values, 0.5);

function round(value: number): number {
  return Number(value.toPrecision(value >= 1000 ? 6 : 3));
}
