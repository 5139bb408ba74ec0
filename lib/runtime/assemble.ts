import type { LimitsConfig } from "../config/index.ts";
import type { SourceFailure } from "../model/source.ts";
import { SourcePipeline } from "../pipeline/source-pipeline.ts";
import type { Assembled } from "../recording/past.ts";
import type { SourcesRecorded } from "../recording/segment.ts";
import type { KindTraits } from "../sources/kind-traits.ts";
import { SourceTable } from "../store/source-table.ts";
import { Store } from "../store/store.ts";
import { createLimitsOf } from "./limits.ts";

/**
 * What decides of a source what is made of its samples, as far as it is set and not known of its kind. Plain data without
 * secrets: it is recorded with the samples.
 */
export interface SourceSettings {
  /** The id of its kind. */
  readonly kind: string;
  /** For people. */
  readonly name: string;
  readonly address: string;
  readonly intervalMs: number;
  readonly limits: { readonly everywhere: LimitsConfig; readonly here: LimitsConfig };
  /** Why it can never be sampled; null: it can. */
  readonly unavailable: SourceFailure | null;
}

/** A pipeline and the table that it fills. */
export function assembleSource(
  id: string,
  { kind: kindId, name, address, intervalMs, limits, unavailable }: SourceSettings,
  kind: KindTraits | undefined,
  canPeek = false,
): { readonly pipeline: SourcePipeline; readonly table: SourceTable } {
  const identity = { id, kind: kindId, name };
  const pipeline = new SourcePipeline({
    identity,
    intervalMs,
    ...(kind !== undefined && {
      words: kind.words,
      usualLimits: kind.limits,
      limitsOf: createLimitsOf(kind.limits, limits.everywhere, limits.here),
      hasSettablePositions: kind.hasSettablePositions,
    }),
  });
  const table = new SourceTable({
    ...{ identity, intervalMs, address, canPeek },
    ...(kind !== undefined && { kindName: kind.name }),
  });
  pipeline.addSink(table);
  if (unavailable !== null) pipeline.fail(unavailable);
  return { pipeline, table };
}

/** Pipelines and a store for what was recorded of these sources. */
export function assembleRecorded(sources: SourcesRecorded, kinds: readonly KindTraits[]): Assembled {
  const store = new Store();
  const pipelines = new Map<string, SourcePipeline>();
  for (const [id, recorded] of Object.entries(sources)) {
    // As `recordedAs` wrote it, in this form of segments.
    const settings = recorded.settings as SourceSettings;
    const kind = kinds.find((each) => each.id === settings.kind);
    const { pipeline, table } = assembleSource(id, settings, kind);
    store.add(table);
    pipelines.set(id, pipeline);
  }
  return { pipelines, store };
}

/** What is recorded of a source. */
export function recordedAs(settings: SourceSettings): SourcesRecorded[string] {
  return { is: `${settings.kind} ${settings.address}`, settings };
}
