import type { Derived } from "../sample/derived.ts";
import type { Layout } from "../sample/layout.ts";
import type { Limits } from "../sample/limits.ts";
import { rowsSince } from "../sample/row-map.ts";
import type { Sample } from "../sample/sample.ts";
import type { SampleWords } from "../sample/words.ts";
import { entityId } from "./entity-id.ts";
import type { MeasuredCost } from "./scheduler.ts";

/** A sample of a source with everything derived from it: plain data, of which nothing changes any more. */
export interface KeptSample {
  readonly sample: Sample;
  readonly derived: Derived;
  /** What each consumer is measured by, by row. */
  readonly limits: readonly Limits[];
  /** What is measured that is no consumer's: the limits of its kind. */
  readonly usualLimits: Limits;
  readonly cost: MeasuredCost;
}

/** A kept sample to be looked at: with the names of its rows, and with the words of its kind. */
export interface Sampled extends KeptSample {
  readonly layout: Layout;
  readonly streamIds: readonly string[];
  readonly consumerIds: readonly string[];
  readonly rowOfConsumer: ReadonlyMap<string, number>;
  /** What its kind has to say of it. */
  readonly words: SampleWords;
}

/**
 * A kept sample as it can be looked at.
 *
 * @param before the one before of the same source, if there was one: names that are the same are not made again
 */
export function toSampled(
  kept: KeptSample,
  sourceId: string,
  words: SampleWords,
  before: Sampled | null,
): Sampled {
  const { layout } = kept.sample;
  const { sample, derived, limits, usualLimits, cost } = kept;
  return {
    ...namesOf(layout, sourceId, before),
    sample,
    derived,
    limits,
    usualLimits,
    cost,
    layout,
    words,
  };
}

function namesOf(layout: Layout, sourceId: string, before: Sampled | null) {
  const moved = before === null ? null : rowsSince(before.layout, layout);
  if (before !== null && moved === null) {
    const { streamIds, consumerIds, rowOfConsumer } = before;
    return { streamIds, consumerIds, rowOfConsumer };
  }
  // The same strings as before: those were hashed already.
  const ids = (infos: readonly { key: string }[], known?: readonly string[], oldRow?: Int32Array) =>
    infos.map(({ key }, row) => known?.[oldRow?.[row] ?? -1] ?? entityId(sourceId, key));
  const consumerIds = ids(layout.consumers, before?.consumerIds, moved?.consumers);
  return {
    streamIds: ids(layout.streams, before?.streamIds, moved?.streams),
    consumerIds,
    rowOfConsumer: new Map(consumerIds.map((id, row) => [id, row])),
  };
}
