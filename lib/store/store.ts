import { SERIES_MEASURES, type SeriesMeasure, WINDOW_MS } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import { SYSTEMS, type System } from "../model/system.ts";
import type { SystemView } from "../model/views.ts";
import type { Sampled } from "../pipeline/sampled.ts";
import { SeriesTable } from "./series-table.ts";
import type { SourceTable } from "./source-table.ts";
import { viewSystem } from "./system-sums.ts";

/** How often the store closes a round: the systems' own series and the pushes run on it. */
export const TICK_MS = 1_000;

/** All live tables, and the series of whole systems on one clock. */
export class Store {
  readonly sources = new Map<string, SourceTable>();
  /** Series by system; `SERIES_MEASURES` each. */
  readonly systems = new SeriesTable(SERIES_MEASURES, WINDOW_MS / TICK_MS);
  private latest: readonly SystemView[] = [];
  private closed = 0;

  add(table: SourceTable): void {
    this.sources.set(table.identity.id, table);
  }

  tablesOf(system: System): SourceTable[] {
    return [...this.sources.values()].filter(({ identity }) => identity.kind === system);
  }

  /** Closes a round: one point for every system, so that all of them share one time axis. */
  tick(now: EpochMs): void {
    this.closed++;
    this.latest = SYSTEMS.map((system) => viewSystem(system, this.tablesOf(system), now));
    this.systems.begin(now);
    for (const view of this.latest) {
      const values: Record<SeriesMeasure, number | null> = {
        in: view.inPerSecond.value,
        due: view.duePerSecond.value,
        out: view.outPerSecond.value,
        backlog: view.backlog.value,
        latency: view.latencyMs.value,
      };
      for (const [index, measure] of SERIES_MEASURES.entries()) {
        this.systems.set(view.id, index, values[measure] ?? Number.NaN);
      }
    }
  }

  /** Rounds that were closed. */
  get rounds(): number {
    return this.closed;
  }

  /** The systems as of the last tick. */
  get overview(): readonly SystemView[] {
    return this.latest;
  }

  /** The table, newest sample and row of a stream by its id; null when no source has it now. */
  findStream(id: string): { table: SourceTable; sampled: Sampled; row: number } | null {
    for (const table of this.sources.values()) {
      const { sampled } = table;
      const row = sampled?.streamIds.indexOf(id) ?? -1;
      if (sampled !== null && row >= 0) return { table, sampled, row };
    }
    return null;
  }

  /** A person has seen what a consumer lost. How many messages; null when no source has it now. */
  markLossesSeen(consumerId: string, at: EpochMs): number | null {
    return this.findConsumer(consumerId)?.table.pipeline.markLossesSeen(consumerId, at) ?? null;
  }

  /** The table and row of a consumer by its id; null when no source has it now. */
  findConsumer(id: string): { table: SourceTable; row: number } | null {
    for (const table of this.sources.values()) {
      const row = table.rowOf(id);
      if (row >= 0) return { table, row };
    }
    return null;
  }
}
