import type { EpochMs } from "../../model/reading.ts";
import { STATUSES, type Status, severityOf, statusRank } from "../../model/status.ts";
import type { Trouble } from "../../model/views.ts";
import type { Store } from "../store.ts";
import type { Ranked } from "./folding.ts";
import { compareNames, worstRank } from "./ranking.ts";

/** As many are told by name. */
const NAMED = 3;

/** What an overview has to say first: sources that are lost, the longest first, then consumers by status. */
export function viewTroubles(store: Store, now: EpochMs): Trouble[] {
  const sources: (Trouble & { kind: "source" })[] = [];
  const byStatus = new Map<Status, (Ranked & { rank: number })[]>();
  for (const table of store.sources.values()) {
    const status = table.statusAt(now);
    if (status === "lost" || status === "refused") {
      const { id, name, kind: system } = table.identity;
      sources.push({ kind: "source", id, name, system, status, since: table.outages.since ?? now });
    }
    const { sampled } = table;
    // What a lost source held is unknown because of that, and that is said already.
    if (sampled === null || !table.isCurrentAt(now)) continue;
    for (const [row, code] of sampled.columns.consumers.status.entries()) {
      const is = STATUSES[code]!;
      if (is === undefined || severityOf(is) === "good" || sampled.limits[row]!.ignore) continue;
      const one = { table, sampled, row, status: is, rank: worstRank(sampled, row, is) };
      const others = byStatus.get(is);
      if (others === undefined) byStatus.set(is, [one]);
      else others.push(one);
    }
  }
  return [
    ...sources.sort((a, b) => a.since - b.since || (a.id < b.id ? -1 : 1)),
    ...[...byStatus]
      .sort(([a], [b]) => statusRank(a) - statusRank(b))
      .map(([status, all]): Trouble => ({ kind: "consumers", status, count: all.length, worst: named(all) })),
  ];
}

function named(all: (Ranked & { rank: number })[]) {
  return all
    .sort((a, b) => a.rank - b.rank || compareNames(a.sampled, a.row, b.sampled, b.row))
    .slice(0, NAMED)
    .map(({ sampled, row }) => ({
      id: sampled.consumerIds[row]!,
      name: sampled.layout.consumers[row]!.name,
    }));
}
