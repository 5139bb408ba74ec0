import { Counter, Gauge, type Metric, type Registry } from "prom-client";
import type { CountedValues, Labels, MetricsWriter, Series } from "../../sample/metrics.ts";

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

  add(labels: Labels, { atMost, count, sum }: CountedValues): void {
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

/** Series into a registry, as far as there is room. */
export class RegistryWriter implements MetricsWriter {
  constructor(
    private readonly registry: Registry,
    private readonly budget: SeriesBudget,
  ) {}

  gauge(name: string, help: string, labels: Labels, value: number): void {
    if (Number.isFinite(value)) gauge(this.registry, name, help, Object.keys(labels)).set(labels, value);
  }

  counter(name: string, help: string, labels: Labels, total: number): void {
    if (Number.isFinite(total)) counter(this.registry, name, help, Object.keys(labels)).inc(labels, total);
  }

  histogram(name: string, help: string, labels: Labels, values: CountedValues): void {
    histogram(this.registry, name, help).add(labels, values);
  }

  hasRoom(series: number): boolean {
    return this.budget.take(series);
  }

  together(write: (series: Series) => void): void {
    const held = new HeldSeries();
    write(held);
    if (this.hasRoom(held.size)) held.giveTo(this);
  }
}

/** Series that wait until it is known how many they are. */
class HeldSeries implements Series {
  size = 0;
  private readonly puts: ((series: Series) => void)[] = [];

  gauge(name: string, help: string, labels: Labels, value: number): void {
    if (Number.isFinite(value)) this.hold(1, (series) => series.gauge(name, help, labels, value));
  }

  counter(name: string, help: string, labels: Labels, total: number): void {
    if (Number.isFinite(total)) this.hold(1, (series) => series.counter(name, help, labels, total));
  }

  histogram(name: string, help: string, labels: Labels, values: CountedValues): void {
    const size = values.atMost.length + (Number.isNaN(values.sum) ? 2 : 3);
    this.hold(size, (series) => series.histogram(name, help, labels, values));
  }

  giveTo(series: Series): void {
    for (const put of this.puts) put(series);
  }

  private hold(size: number, put: (series: Series) => void): void {
    this.size += size;
    this.puts.push(put);
  }
}

/** Unknown values have no series: a scrape never says 0 for "nobody knows". */
export function setKnown<L extends string>(metric: Gauge<L>, labels: Record<L, string>, value: number): void {
  if (Number.isFinite(value)) metric.set(labels as Partial<Record<L, string>>, value);
}
