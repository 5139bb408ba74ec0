import { type LiveQuery, type SeriesBlock, WINDOW_MS } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import { SYSTEMS } from "../model/system.ts";
import type { Snapshot } from "../store/snapshot.ts";
import { readCallId } from "./calls/call-id.ts";

/** The points of a page's charts after an instant, of the last 15 minutes; null: it has none, or its subject is not there. */
export function seriesOf(snapshot: Snapshot, query: LiveQuery, after: EpochMs): SeriesBlock | null {
  const from = Math.max(after, snapshot.at - WINDOW_MS);
  switch (query.view) {
    case "overview":
      return snapshot.series.block(SYSTEMS, from, (system, measure) => `${system}.${measure}`);
    case "consumer": {
      const found = snapshot.findConsumer(query.id);
      if (found === null) return null;
      const { t, columns } = found.source.table.series.block([query.id], from);
      // A consumer's "in" is what is due to it.
      return { t, columns: { ...columns, in: columns.due ?? [] } };
    }
    case "call": {
      const asked = readCallId(query.id);
      const calls = asked === null ? undefined : snapshot.sources.get(asked.source)?.table.calls;
      return asked === null || calls === undefined || calls.rowOf(asked.key) < 0
        ? null
        : calls.block(asked.key, from);
    }
    default:
      return null;
  }
}
