import { filterWords } from "../../model/filter-words.ts";
import type { ConsumerSort, QueryOf, ViewOf } from "../../model/live.ts";
import { type Severity, type Status, severityOf } from "../../model/status.ts";
import { backlogOf, dueOf, latencyOf, outOf } from "../../pipeline/readings.ts";
import type { Sampled } from "../../pipeline/sampled.ts";
import type { Snapshot } from "../../store/snapshot.ts";
import type { SourceSnapshot } from "../../store/source-snapshot.ts";
import { firstOf } from "../first-of.ts";
import { type Folded, foldSame, viewFolded } from "../folding.ts";
import { missingWords } from "../missing-words.ts";
import { drainNow, statusesNow, streamsOf, viewConsumer } from "./consumer-row.ts";
import { consumerTexts } from "./consumer-texts.ts";
import { compareNames, worstRank } from "./ranking.ts";

interface Candidate {
  readonly source: SourceSnapshot;
  readonly sampled: Sampled;
  readonly row: number;
  readonly status: Status;
  readonly rank: number;
}

/** The ranked source of consumers across all sources: filtered, sorted and cut here, objects made for one page only. */
export function viewConsumers(snapshot: Snapshot, query: QueryOf<"consumers">): ViewOf["consumers"] {
  const counts: Record<Severity, number> = { critical: 0, warning: 0, unknown: 0, good: 0 };
  const matching: Candidate[] = [];
  let all = 0;
  const words = filterWords(query.q);
  let connections = 0;
  for (const source of snapshot.sources.values()) {
    const { sampled } = source;
    if (sampled === null) continue;
    const matches = words.length === 0 ? null : matcher(words, source, sampled);
    const statusOf = statusesNow(source, sampled);
    for (let row = 0; row < sampled.layout.consumers.length; row++) {
      const status = statusOf(row);
      if (!sampled.limits[row]!.ignore) counts[severityOf(status)]++;
      const isConnection = sampled.layout.consumers[row]!.kind === "connection";
      if (isConnection) connections++;
      if (!isAskedFor(query.connections, isConnection, status)) continue;
      all++;
      if (query.source !== undefined && source.identity.id !== query.source) continue;
      if (query.system !== undefined && source.identity.kind !== query.system) continue;
      if (query.status !== undefined && !query.status.includes(status)) continue;
      if (query.stream !== undefined && streamsOf(sampled, row) !== query.stream) continue;
      if (matches?.(row, status) === false) continue;
      matching.push({ source, sampled, row, status, rank: worstRank(sampled, row, status) });
    }
  }
  const order = comparator(query.sort, query.reverse ? -1 : 1);
  const last = query.offset + query.limit;
  // Whoever asks for one stream has opened what was folded.
  const isFolded = query.fold && query.stream === undefined;
  const folded = isFolded ? foldSame(matching.sort(order)) : null;
  const rows = folded ?? firstOf(matching, last, order).map((one): Folded => [one]);
  return {
    asOf: snapshot.at,
    meta: { total: matching.length, rows: folded?.length ?? matching.length, all, connections, counts },
    rows: rows.slice(query.offset, last).map((group) => {
      const [{ source, sampled, row }] = group;
      const view = viewConsumer(source, sampled, row);
      return group.length === 1 ? view : viewFolded(view, group);
    }),
  };
}

/** Whether the words are in what is shown of a consumer, of who reads for it, and of where. */
function matcher(
  words: readonly string[],
  { identity }: SourceSnapshot,
  sampled: Sampled,
): (row: number, status: Status) => boolean {
  const left = missingWords(words, [identity.id, identity.name, identity.kind]);
  const texts = consumerTexts(sampled);
  return (row, status) => {
    const other = missingWords(left, [texts[row]]);
    return other.length === 0 || missingWords(other, [status, severityOf(status)]).length === 0;
  };
}

/** A client's connection has no backlog of messages: among consumers it is worth a row when it is in trouble. */
function isAskedFor(
  which: QueryOf<"consumers">["connections"],
  isConnection: boolean,
  status: Status,
): boolean {
  switch (which) {
    case "with":
      return true;
    case "only":
      return isConnection;
    case "troubled": {
      const severity = severityOf(status);
      return !isConnection || severity === "critical" || severity === "warning";
    }
  }
}

/**
 * What is not known sorts last, whatever the measure and in both directions, and what is ignored after it; ties go by
 * backlog, then by name and id, so that rows do not dance.
 */
function comparator(sort: ConsumerSort, direction: 1 | -1): (a: Candidate, b: Candidate) => number {
  const by = (key: (c: Candidate) => number) => (a: Candidate, b: Candidate) => {
    const [x, y] = [key(a), key(b)];
    return (y - x) * (x < 0 || y < 0 ? 1 : direction);
  };
  const latency = by((c) => latencyOf(c.sampled, c.row).value ?? -1);
  const backlog = by((c) => messagesOf(c));
  const name = (a: Candidate, b: Candidate) => compareNames(a.sampled, a.row, b.sampled, b.row);
  const ignored = ({ sampled, row }: Candidate) => (sampled.limits[row]!.ignore ? 1 : 0);
  const chain =
    (...compare: ((a: Candidate, b: Candidate) => number)[]) =>
    (a: Candidate, b: Candidate) => {
      if (ignored(a) !== ignored(b)) return ignored(a) - ignored(b);
      for (const one of compare) {
        const order = one(a, b);
        if (order !== 0) return order;
      }
      return 0;
    };
  switch (sort) {
    case "worst":
      return chain((a, b) => (a.rank - b.rank) * direction, name);
    case "latency":
      return chain(latency, backlog, name);
    case "backlog":
      return chain(backlog, name);
    case "in":
      return chain(
        by((c) => dueOf(c.sampled, c.row).value ?? -1),
        name,
      );
    case "out":
      return chain(
        by((c) => outOf(c.sampled, c.row).value ?? -1),
        name,
      );
    case "drain":
      return chain(by(drainKey), name);
    case "name":
      return chain((a, b) => name(a, b) * direction);
  }
}

function messagesOf({ sampled, row }: Candidate): number {
  if (sampled.layout.consumers[row]!.backlogUnit === "bytes") return -1;
  return backlogOf(sampled, row).value ?? -1;
}

function drainKey({ sampled, row, status }: Candidate): number {
  const drain = drainNow(sampled, row, status);
  switch (drain.kind) {
    case "never":
      return Number.MAX_VALUE;
    case "in":
      return drain.seconds;
    case "steady":
      return Number.MIN_VALUE;
    case "none":
      return 0;
    case "unknown":
      return -1;
  }
}
