import type { Buckets } from "./buckets.ts";

/** As prom-client's: labels are written in this order. */
export interface PromValue {
  labels: Record<string, string | number>;
  value: number;
  /** Of histograms, whose values have names of their own. */
  metricName?: string;
}

export type PromType = "counter" | "gauge" | "histogram";

/** What prom-client needs of a metric to print it; its own classes keep values, these look them up when scraped. */
export interface PromMetric {
  /** Not constant: prom-client takes `_total` off when it writes OpenMetrics. */
  name: string;
  readonly help: string;
  readonly type: PromType;
  readonly aggregator: "sum" | "max";
  get(): Promise<Omit<PromMetric, "get" | "reset"> & { values: PromValue[] }>;
  /** Values are those of the process; there is nothing to reset. */
  reset(): void;
}

export function promMetric(
  type: PromType,
  name: string,
  help: string,
  values: () => PromValue[],
  aggregator: "sum" | "max" = "sum",
): PromMetric {
  return {
    name,
    help,
    type,
    aggregator,
    async get() {
      return { name: this.name, help, type, aggregator, values: values() };
    },
    reset() {},
  };
}

export function* bucketValues(
  name: string,
  labels: Record<string, string>,
  buckets: Buckets,
): Generator<PromValue> {
  const counts = buckets.cumulative();
  for (const [i, value] of counts.entries()) {
    yield { metricName: `${name}_bucket`, labels: { le: buckets.bounds[i] ?? "+Inf", ...labels }, value };
  }
  yield { metricName: `${name}_sum`, labels, value: buckets.sum };
  yield { metricName: `${name}_count`, labels, value: counts.at(-1) ?? 0 };
}
