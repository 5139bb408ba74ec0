import { Gauge, type Registry } from "prom-client";
import type { Sampled, SourceTable } from "../store/source-table.ts";

export interface Scrape {
  readonly registry: Registry;
  readonly table: SourceTable;
  readonly sampled: Sampled;
  readonly budget: SeriesBudget;
}

/** Per-position series are as many as the cluster has; the cap keeps a scrape bounded, and says what it left out. */
export class SeriesBudget {
  dropped = 0;
  constructor(private left: number) {}

  /** Room for all of `series`, or none. */
  take(series: number): boolean {
    if (this.left >= series) {
      this.left -= series;
      return true;
    }
    this.dropped += series;
    return false;
  }
}

/** The gauge of that name in this scrape, made at first use. Every label set is declared once, by its first user. */
export function gauge<L extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly L[],
): Gauge<L> {
  const existing = registry.getSingleMetric(name);
  if (existing !== undefined) return existing as Gauge<L>;
  return new Gauge({ name, help, labelNames: [...labelNames], registers: [registry] });
}

/** Unknown values have no series: a scrape never says 0 for "nobody knows". */
export function setKnown<L extends string>(metric: Gauge<L>, labels: Record<L, string>, value: number): void {
  if (Number.isFinite(value)) metric.set(labels as Partial<Record<L, string>>, value);
}
