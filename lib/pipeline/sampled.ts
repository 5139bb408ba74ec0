import type { Limits } from "../derive/limits.ts";
import type { Layout } from "../sample/layout.ts";
import type { Sample } from "../sample/sample.ts";
import type { SampleWords } from "../sample/words.ts";
import type { MeasuredCost } from "./scheduler.ts";
import type { SourceColumns } from "./source-columns.ts";

/** The newest sample of a source with everything derived from it. Columns and layout belong together. */
export interface Sampled {
  readonly layout: Layout;
  readonly observation: Sample;
  readonly columns: SourceColumns;
  readonly streamIds: readonly string[];
  readonly consumerIds: readonly string[];
  readonly rowOfConsumer: ReadonlyMap<string, number>;
  /** What each consumer is measured by, by row. */
  readonly limits: readonly Limits[];
  /** What is measured that is no consumer's: the limits of its kind. */
  readonly usualLimits: Limits;
  readonly cost: MeasuredCost;
  /** What its kind has to say of it. */
  readonly words: SampleWords;
}
