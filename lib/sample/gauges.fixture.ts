/** Test only: gauges as Prometheus writes them, `name{label="value"}`, with their values. */
import type { Gauge } from "./gauge.ts";

export function seriesOf(gauges: readonly Gauge[] = []): Record<string, number> {
  return Object.fromEntries(
    gauges.map(({ name, labels, value }) => {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
      return [pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`, value];
    }),
  );
}
