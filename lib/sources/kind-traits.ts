import type { Limits } from "../sample/limits.ts";
import type { SourceMetrics } from "../sample/metrics.ts";
import type { SampleWords } from "../sample/words.ts";

/** What is known of a kind without any source of it. */
export interface KindTraits {
  /** What `kind:` says in the configuration, and what tells it apart in the API and in `/metrics`: `kafka`. */
  readonly id: string;
  /** For people: `Kafka`. */
  readonly name: string;
  /** What it has to say of its samples, also of one that was kept. */
  readonly words: SampleWords;
  /** What it is told as in `/metrics`, besides the gauges of its samples. */
  readonly metrics: SourceMetrics;
  /** What its consumers are measured by where nothing is set. */
  readonly limits: Limits;
  /** Whether people set positions by hand, so that it is told when somebody did. */
  readonly hasSettablePositions: boolean;
}
