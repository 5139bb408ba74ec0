import type { SourceFact } from "../model/source.ts";
import type { Status } from "../model/status.ts";
import type { CallDetail } from "./calls.ts";
import type { Sample } from "./sample.ts";

/**
 * What a kind of source has to say of its samples when someone asks, made from `Sample.details`. Pure, and of the sample
 * alone: of one that was kept they say later what they would have said then.
 */
export interface SampleWords {
  /** Limits, copies, where it comes from … of a stream, by row. */
  streamFacts(sample: Sample, stream: number): readonly SourceFact[];
  /** State, coordinator … of a consumer, by row. */
  consumerFacts(sample: Sample, consumer: number): readonly SourceFact[];
  /**
   * What the system itself knows of why a consumer has this status (which message, which limit), as a sentence that
   * follows the general one; null: nothing to add.
   */
  explain(sample: Sample, consumer: number, status: Status): string | null;
  /** Everything that is told of one call besides its columns; null in systems without calls. */
  callDetail(sample: Sample, call: number): CallDetail | null;
}

/** Of a kind that has nothing more to say. */
export const NO_WORDS: SampleWords = {
  streamFacts: () => [],
  consumerFacts: () => [],
  explain: () => null,
  callDetail: () => null,
};
