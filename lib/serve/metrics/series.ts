import { Counter, Gauge, type Metric, type Registry } from "prom-client";
import type { Sampled } from "../../pipeline/sampled.ts";
import type { Gauge as Figure } from "../../sample/gauge.ts";
import type { SourceSnapshot } from "../../store/source-snapshot.ts";

export interface Scrape {
  readonly registry: Registry;
  readonly snapshot: SourceSnapshot;
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

/** The same for what only grows. */
export function counter<L extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly L[],
): Counter<L> {
  const existing = registry.getSingleMetric(name);
  if (existing !== undefined) return existing as Counter<L>;
  return new Counter({ name, help, labelNames: [...labelNames], registers: [registry] });
}

/** How many values there are of at most each bound, rising, and of all; their sum, NaN: not known. */
export type CountedValues = readonly [
  atMost: readonly (readonly [bound: number, count: number])[],
  count: number,
  sum: number,
];

/** A histogram of values that were counted elsewhere: what prom-client needs of a metric to write it. */
class CountedHistogram {
  readonly type = "histogram";
  readonly aggregator = "sum";
  private readonly values: { metricName: string; labels: Record<string, string | number>; value: number }[] =
    [];

  constructor(
    readonly name: string,
    readonly help: string,
  ) {}

  add(labels: Record<string, string>, ...[atMost, count, sum]: CountedValues): void {
    const push = (suffix: string, value: number, le?: number | "+Inf") =>
      this.values.push({
        metricName: `${this.name}_${suffix}`,
        labels: le === undefined ? labels : { ...labels, le },
        value,
      });
    for (const [bound, values] of atMost) push("bucket", values, bound);
    push("bucket", count, "+Inf");
    if (!Number.isNaN(sum)) push("sum", sum);
    push("count", count);
  }

  async get() {
    return {
      name: this.name,
      help: this.help,
      type: this.type,
      aggregator: this.aggregator,
      values: this.values,
    };
  }
}

function histogram(registry: Registry, name: string, help: string): CountedHistogram {
  const existing = registry.getSingleMetric(name) as unknown as CountedHistogram | undefined;
  if (existing !== undefined) return existing;
  const made = new CountedHistogram(name, help);
  registry.registerMetric(made as unknown as Metric);
  return made;
}

/** Series that are in a scrape together or, past the cap, not at all. */
export class SeriesGroup {
  private size = 0;
  private readonly puts: (() => void)[] = [];

  constructor(private readonly registry: Registry) {}

  /** Unknown values have no series. */
  gauge<L extends string>(name: string, help: string, labels: Record<L, string>, value: number): void {
    if (!Number.isFinite(value)) return;
    this.add(1, () => gauge(this.registry, name, help, namesOf(labels)).set(labels, value));
  }

  counter<L extends string>(name: string, help: string, labels: Record<L, string>, value: number): void {
    if (!Number.isFinite(value)) return;
    this.add(1, () => counter(this.registry, name, help, namesOf(labels)).inc(labels, value));
  }

  histogram(name: string, help: string, labels: Record<string, string>, ...values: CountedValues): void {
    const [atMost, , sum] = values;
    const size = atMost.length + (Number.isNaN(sum) ? 2 : 3);
    this.add(size, () => histogram(this.registry, name, help).add(labels, ...values));
  }

  commit(budget: SeriesBudget): void {
    if (budget.take(this.size)) for (const put of this.puts) put();
  }

  private add(size: number, put: () => void): void {
    this.size += size;
    this.puts.push(put);
  }
}

function namesOf<L extends string>(labels: Record<L, string>): L[] {
  return Object.keys(labels) as L[];
}

/** Unknown values have no series: a scrape never says 0 for "nobody knows". */
export function setKnown<L extends string>(metric: Gauge<L>, labels: Record<L, string>, value: number): void {
  if (Number.isFinite(value)) metric.set(labels as Partial<Record<L, string>>, value);
}

/** Figures as a sample has them, of what `labels` say; those that nobody knows are left out. */
export function addGauges(
  registry: Registry,
  labels: Readonly<Record<string, string>>,
  figures: readonly Figure[],
): void {
  for (const { name, type, help, labels: own, value } of figures) {
    if (!Number.isFinite(value)) continue;
    const all = { ...labels, ...own };
    if (type === "counter") counter(registry, name, help, namesOf(all)).inc(all, value);
    else gauge(registry, name, help, namesOf(all)).set(all, value);
  }
}
