import {
  type Severity,
  STATUSES,
  type Status,
  severityOf,
  severityRank,
  statusRank,
} from "../model/status.ts";
import type { Trouble } from "../model/views.ts";
import { entityId } from "../pipeline/entity-id.ts";
import { worstStreams } from "../pipeline/events/stream-troubles.ts";
import type { Snapshot } from "../store/snapshot.ts";
import { compareNames, worstRank } from "./consumers/ranking.ts";
import type { Ranked } from "./folding.ts";
import { sourceVerdict } from "./sources/sources.ts";

/** As many are told by name. */
const NAMED = 3;

/**
 * What an overview has to say first: sources that are lost, the longest first; then, worst first, sources that are not
 * well, and consumers and streams by status.
 */
export function viewTroubles(snapshot: Snapshot): Trouble[] {
  const others: Exclude<Trouble, { kind: "source" }>[] = [];
  const streams = new Map<Status, { severity: Severity; worst: { id: string; name: string }[] }>();
  const sources: (Trouble & { kind: "source" })[] = [];
  const byStatus = new Map<Status, (Ranked & { rank: number })[]>();
  for (const source of snapshot.sources.values()) {
    const status = source.status;
    if (status === "lost" || status === "refused") {
      const { id, name, kind: system } = source.identity;
      sources.push({ kind: "source", id, name, system, status, since: source.lostSince ?? snapshot.at });
    }
    const { sampled } = source;
    // What a lost source held is unknown because of that, and that is said already.
    if (sampled === null || !source.isCurrent) continue;
    const health = sourceVerdict(source);
    if (health.status !== "unknown" && health.severity !== "good") {
      const { id, name, kind: system } = source.identity;
      others.push({ kind: "health", id, name, system, status: health.status, severity: health.severity });
    }
    for (const { key, verdict } of worstStreams(sampled)) {
      // Of a server that does not serve each method says the same.
      if (verdict.status === health.status) continue;
      const all = streams.get(verdict.status) ?? { severity: verdict.severity, worst: [] };
      streams.set(verdict.status, all);
      if (severityRank(verdict.severity) < severityRank(all.severity)) all.severity = verdict.severity;
      const name = sampled.layout.streams.find((stream) => stream.key === key)?.name ?? key;
      all.worst.push({ id: entityId(source.identity.id, key), name });
    }
    for (const [row, code] of sampled.derived.consumers.status.entries()) {
      const is = STATUSES[code]!;
      if (is === undefined || severityOf(is) === "good" || sampled.limits[row]!.ignore) continue;
      const one = { source, sampled, row, status: is, rank: worstRank(sampled, row, is) };
      const others = byStatus.get(is);
      if (others === undefined) byStatus.set(is, [one]);
      else others.push(one);
    }
  }
  for (const [status, all] of byStatus) {
    const severity = severityOf(status);
    others.push({ kind: "consumers", status, severity, count: all.length, worst: named(all) });
  }
  for (const [status, { severity, worst }] of streams) {
    others.push({ kind: "streams", status, severity, count: worst.length, worst: worst.slice(0, NAMED) });
  }
  return [
    ...sources.sort((a, b) => a.since - b.since || (a.id < b.id ? -1 : 1)),
    ...others.sort(
      (a, b) =>
        severityRank(a.severity) - severityRank(b.severity) || statusRank(a.status) - statusRank(b.status),
    ),
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
