import type { ViewOf } from "../model/live.ts";
import { type Severity, severityOf } from "../model/status.ts";
import type { Snapshot } from "../store/snapshot.ts";
import { statusesNow } from "./consumers/consumer-row.ts";
import { viewSourceChips } from "./sources/sources.ts";
import { viewTroubles } from "./troubles.ts";

/** The three systems side by side with their 15 minutes on one time axis. */
export function viewOverview(snapshot: Snapshot): ViewOf["overview"] {
  return {
    asOf: snapshot.at,
    meta: {
      counts: countBySeverity(snapshot),
      sources: viewSourceChips(snapshot),
      troubles: viewTroubles(snapshot),
    },
    rows: snapshot.systems,
  };
}

function countBySeverity(snapshot: Snapshot): Record<Severity, number> {
  const counts: Record<Severity, number> = { critical: 0, warning: 0, unknown: 0, good: 0 };
  for (const source of snapshot.sources.values()) {
    const { sampled } = source;
    if (sampled === null) continue;
    const statusOf = statusesNow(source, sampled);
    for (let row = 0; row < sampled.layout.consumers.length; row++) {
      if (sampled.limits[row]!.ignore) continue;
      counts[severityOf(statusOf(row))]++;
    }
  }
  return counts;
}
