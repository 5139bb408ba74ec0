import type { Limits } from "../derive/limits.ts";
import type { Layout } from "../sample/layout.ts";
import type { Observation } from "../sample/observation.ts";
import type { MeasuredCost } from "./scheduler.ts";
import type { SourceColumns } from "./source-columns.ts";

/** The newest sample of a source with everything derived from it. Columns and layout belong together. */
export interface Sampled {
  readonly layout: Layout;
  readonly observation: Observation;
  readonly columns: SourceColumns;
  readonly streamIds: readonly string[];
  readonly consumerIds: readonly string[];
  /** What each consumer is measured by, by row. */
  readonly limits: readonly Limits[];
  readonly cost: MeasuredCost;
}
