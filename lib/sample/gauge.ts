/** One figure for `/metrics`, as data: whoever writes the text knows nothing of where it came from. */
export interface Gauge {
  /** Without labels. */
  readonly name: string;
  /** A counter only grows, until what counts starts again. */
  readonly type: "gauge" | "counter";
  /** What it is, in a sentence; the same for every gauge of that name. */
  readonly help: string;
  /** Besides what it is of (source, stream, consumer); the same keys for every gauge of that name. Values of any content. */
  readonly labels: Readonly<Record<string, string>>;
  /** NaN: not known, and then it is not written. */
  readonly value: number;
}

/** Gauges of the same labels, from their names: `[what it is, value]`; those that end in `_total` are counters. */
export function gaugesOf(
  values: Readonly<Record<string, readonly [help: string, value: number]>>,
  labels: Gauge["labels"] = {},
): Gauge[] {
  return Object.entries(values).map(([name, [help, value]]) => ({
    name,
    type: name.endsWith("_total") ? "counter" : "gauge",
    help,
    labels,
    value,
  }));
}
