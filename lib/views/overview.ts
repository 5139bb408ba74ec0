import type { ViewOf } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import { type Severity, severityOf } from "../model/status.ts";
import type { Store } from "../store/store.ts";
import { statusesNow } from "./consumer-row.ts";
import { viewSourceChips } from "./sources.ts";
import { viewTroubles } from "./troubles.ts";

/** The three systems side by side with their 15 minutes on one time axis. */
export function viewOverview(store: Store, now: EpochMs): ViewOf["overview"] {
  return {
    asOf: now,
    meta: {
      counts: countBySeverity(store, now),
      sources: viewSourceChips(store, now),
      troubles: viewTroubles(store, now),
    },
    rows: store.overview,
  };
}

function countBySeverity(store: Store, now: EpochMs): Record<Severity, number> {
  const counts: Record<Severity, number> = { critical: 0, warning: 0, unknown: 0, good: 0 };
  for (const table of store.sources.values()) {
    const { sampled } = table;
    if (sampled === null) continue;
    const statusOf = statusesNow(table, sampled, now);
    for (let row = 0; row < sampled.layout.consumers.length; row++) {
      if (sampled.limits[row]!.ignore) continue;
      counts[severityOf(statusOf(row))]++;
    }
  }
  return counts;
}
