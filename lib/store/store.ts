import { SERIES_MEASURES, type SeriesMeasure, WINDOW_MS } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import { SYSTEMS } from "../model/system.ts";
import { SeriesTable } from "./series-table.ts";
import { Snapshot } from "./snapshot.ts";
import type { SourceTable } from "./source-table.ts";

/** How often the store closes a round: the systems' own series and the pushes run on it. */
export const TICK_MS = 1_000;

/** Is handed the round that was closed, with one value a system of each of `SERIES_MEASURES`; NaN: not known. */
export type RoundSink = (at: EpochMs, systems: readonly string[], columns: readonly Float64Array[]) => void;

/** All tables, and the series of whole systems on one clock. */
export class Store {
  readonly sources = new Map<string, SourceTable>();
  /** Series by system; `SERIES_MEASURES` each. */
  private readonly systems = new SeriesTable(SERIES_MEASURES, WINDOW_MS / TICK_MS);
  private readonly sinks: RoundSink[] = [];
  private rounds = 0;
  private newest: { readonly version: string; readonly snapshot: Snapshot } | null = null;

  add(table: SourceTable): void {
    this.sources.set(table.identity.id, table);
  }

  addSink(sink: RoundSink): void {
    this.sinks.push(sink);
  }

  /** What the tables say at an instant, to be looked at before they are filled further. */
  at(now: EpochMs): Snapshot {
    const version = [now, this.rounds, ...Array.from(this.sources.values(), (table) => table.version)].join();
    // All that is looked at in a round is the same: what is summed up for one of them need not be again.
    if (this.newest?.version !== version) {
      this.newest = {
        version,
        snapshot: new Snapshot(now, this.sources.values(), this.systems, this.rounds),
      };
    }
    return this.newest.snapshot;
  }

  /** Closes a round: one point for every system, so that all of them share one time axis. */
  tick(now: EpochMs): void {
    this.rounds++;
    this.systems.begin(now);
    const columns = SERIES_MEASURES.map(() => new Float64Array(SYSTEMS.length));
    for (const [row, view] of this.at(now).systems.entries()) {
      const values: Record<SeriesMeasure, number | null> = {
        in: view.inPerSecond.value,
        due: view.duePerSecond.value,
        out: view.outPerSecond.value,
        backlog: view.backlog.value,
        latency: view.latencyMs.value,
      };
      for (const [index, measure] of SERIES_MEASURES.entries()) {
        columns[index]![row] = values[measure] ?? Number.NaN;
      }
    }
    this.systems.setAll(SYSTEMS, columns);
    for (const sink of this.sinks) sink(now, SYSTEMS, columns);
  }
}
