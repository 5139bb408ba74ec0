import type { JudgedCalls } from "./calls.ts";
import type { Gauge } from "./gauge.ts";
import type { MethodSince } from "./method-totals.ts";
import type { Sample } from "./sample.ts";

/** Series of one scrape. Values that nobody knows (NaN) have no series: a scrape never says 0 for them. */
export interface Series {
  gauge(name: string, help: string, labels: Labels, value: number): void;
  /** What only grows, by its total. */
  counter(name: string, help: string, labels: Labels, total: number): void;
  histogram(name: string, help: string, labels: Labels, values: CountedValues): void;
}

/** The same names for every series of a metric. */
export type Labels = Readonly<Record<string, string>>;

/** How many values there are of at most each bound, rising, and of all; their sum, NaN: not known. */
export interface CountedValues {
  readonly atMost: readonly (readonly [bound: number, count: number])[];
  readonly count: number;
  readonly sum: number;
}

/** Where a kind of source writes its series. */
export interface MetricsWriter extends Series {
  /**
   * Room for so many series of single streams, consumers or positions, of which a scrape holds no more than is set. False:
   * there is none, and they are told as left out.
   */
  hasRoom(series: number): boolean;
  /** Series that are told together or, past the cap, not at all. */
  together(write: (series: Series) => void): void;
}

/** A sample that stands for now, as it is scraped. */
export interface Scraped extends JudgedCalls {
  /** The id of its source. */
  readonly source: string;
  readonly sample: Sample;
  /** What the calls of a method came to since it is watched, by row of the stream; null: no calls of it are told. */
  methodSince(stream: number): MethodSince | null;
}

/** Series of a kind's own, by the names that its other exporters use. Those of its samples' `gauges` are written besides. */
export type SourceMetrics = (scraped: Scraped, writer: MetricsWriter) => void;

/** Figures as a sample has them, of what `labels` say. */
export function writeFigures(series: Series, labels: Labels, figures: readonly Gauge[]): void {
  for (const { name, type, help, labels: own, value } of figures) {
    series[type](name, help, { ...labels, ...own }, value);
  }
}
