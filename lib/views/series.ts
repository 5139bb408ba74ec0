import { type LiveQuery, type SeriesBlock, WINDOW_MS } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import { SYSTEMS } from "../model/system.ts";
import type { Store } from "../store/store.ts";
import { readCallId } from "./call-id.ts";

/** The points of a page's charts after an instant, of the last 15 minutes; null: it has none, or its subject is not there. */
export function seriesOf(store: Store, query: LiveQuery, now: EpochMs, after: EpochMs): SeriesBlock | null {
  const from = Math.max(after, now - WINDOW_MS);
  switch (query.view) {
    case "overview":
      return store.systems.block(SYSTEMS, from, (system, measure) => `${system}.${measure}`);
    case "consumer": {
      const found = store.findConsumer(query.id);
      if (found === null) return null;
      const { t, columns } = found.table.series.block([query.id], from);
      // A consumer's "in" is what is due to it.
      return { t, columns: { ...columns, in: columns.due ?? [] } };
    }
    case "call": {
      const asked = readCallId(query.id);
      const calls = asked === null ? undefined : store.sources.get(asked.source)?.calls;
      return asked === null || calls === undefined || calls.rowOf(asked.key) < 0
        ? null
        : calls.block(asked.key, from);
    }
    default:
      return null;
  }
}
