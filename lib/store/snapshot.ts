import type { EpochMs } from "../model/reading.ts";
import { SYSTEMS, type System } from "../model/system.ts";
import type { SystemView } from "../model/views.ts";
import type { Sampled } from "../pipeline/sampled.ts";
import type { SeriesTable } from "./series-table.ts";
import { SourceSnapshot } from "./source-snapshot.ts";
import type { SourceTable } from "./source-table.ts";
import { viewSystem } from "./system-sums.ts";

/**
 * What all sources' samples say at one instant. A view depends on this and on nothing else: whether the instant is now,
 * it cannot tell. Looked at before the tables it is of are filled further.
 */
export class Snapshot {
  readonly sources: ReadonlyMap<string, SourceSnapshot>;
  private sums: readonly SystemView[] | null = null;

  /**
   * @param series of whole systems, up to the instant
   * @param rounds that were closed by then
   */
  constructor(
    readonly at: EpochMs,
    tables: Iterable<SourceTable>,
    readonly series: SeriesTable,
    readonly rounds: number,
  ) {
    this.sources = new Map(Array.from(tables, (table) => [table.identity.id, new SourceSnapshot(table, at)]));
  }

  /** Each system over all its sources. */
  get systems(): readonly SystemView[] {
    this.sums ??= SYSTEMS.map((system) => viewSystem(system, this.sourcesOf(system)));
    return this.sums;
  }

  /** The source, newest sample and row of a stream by its id; null when no source has it then. */
  findStream(id: string): { source: SourceSnapshot; sampled: Sampled; row: number } | null {
    for (const source of this.sources.values()) {
      const { sampled } = source;
      const row = sampled?.streamIds.indexOf(id) ?? -1;
      if (sampled !== null && row >= 0) return { source, sampled, row };
    }
    return null;
  }

  /** The source and row of a consumer by its id; null when no source has it then. */
  findConsumer(id: string): { source: SourceSnapshot; row: number } | null {
    for (const source of this.sources.values()) {
      const row = source.rowOf(id);
      if (row >= 0) return { source, row };
    }
    return null;
  }

  private sourcesOf(system: System): SourceSnapshot[] {
    return [...this.sources.values()].filter(({ identity }) => identity.kind === system);
  }
}
