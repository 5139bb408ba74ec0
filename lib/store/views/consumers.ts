import { filterWords } from "../../model/filter-words.ts";
import type { ConsumerSort, FrameOf, QueryOf } from "../../model/live.ts";
import type { EpochMs } from "../../model/reading.ts";
import { type Severity, type Status, severityOf, statusRank } from "../../model/status.ts";
import type { Sampled } from "../sampled.ts";
import type { SourceTable } from "../source-table.ts";
import type { Store } from "../store.ts";
import { drainNow, statusNow, viewConsumer } from "./consumer-row.ts";
import { consumerTexts } from "./consumer-texts.ts";
import { missingWords } from "./missing-words.ts";
import { backlogOf, dueOf, latencyOf, outOf } from "./readings.ts";

interface Candidate {
  readonly table: SourceTable;
  readonly sampled: Sampled;
  readonly row: number;
  readonly status: Status;
}

/** The ranked table of consumers across all sources: filtered, sorted and cut here, objects made for one page only. */
export function viewConsumers(store: Store, query: QueryOf<"consumers">, now: EpochMs): FrameOf["consumers"] {
  const counts: Record<Severity, number> = { critical: 0, warning: 0, unknown: 0, good: 0 };
  const matching: Candidate[] = [];
  let all = 0;
  const words = filterWords(query.q);
  for (const table of store.sources.values()) {
    const { sampled } = table;
    if (sampled === null) continue;
    const matches = words.length === 0 ? null : matcher(words, table, sampled);
    for (let row = 0; row < sampled.layout.consumers.length; row++) {
      const status = statusNow(table, sampled, row, now);
      counts[severityOf(status)]++;
      all++;
      if (query.source !== undefined && table.identity.id !== query.source) continue;
      if (query.system !== undefined && table.identity.kind !== query.system) continue;
      if (query.status !== undefined && !query.status.includes(status)) continue;
      if (matches?.(row, status) === false) continue;
      matching.push({ table, sampled, row, status });
    }
  }
  matching.sort(comparator(query.sort, query.reverse ? -1 : 1));
  const page = matching.slice(query.offset, query.offset + query.limit);
  return {
    meta: { asOf: now, total: matching.length, all, counts },
    rows: page.map(({ table, sampled, row }) => viewConsumer(table, sampled, row, now)),
    series: null,
  };
}

/** Whether the words are in what is shown of a consumer, of who reads for it, and of where. */
function matcher(
  words: readonly string[],
  { identity }: SourceTable,
  sampled: Sampled,
): (row: number, status: Status) => boolean {
  const left = missingWords(words, [identity.id, identity.name, identity.kind]);
  const texts = consumerTexts(sampled);
  return (row, status) => {
    const other = missingWords(left, [texts[row]]);
    return other.length === 0 || missingWords(other, [status, severityOf(status)]).length === 0;
  };
}

/**
 * What is not known sorts last, whatever the measure and in both directions; ties go by backlog, then by name and id,
 * so that rows do not dance.
 */
function comparator(sort: ConsumerSort, direction: 1 | -1): (a: Candidate, b: Candidate) => number {
  const by = (key: (c: Candidate) => number) => (a: Candidate, b: Candidate) => {
    const [x, y] = [key(a), key(b)];
    return (y - x) * (x < 0 || y < 0 ? 1 : direction);
  };
  const latency = by((c) => latencyOf(c.sampled, c.row).value ?? -1);
  const backlog = by((c) => messagesOf(c));
  const name = (a: Candidate, b: Candidate) =>
    compareText(nameOf(a), nameOf(b)) || compareText(idOf(a), idOf(b));
  const chain =
    (...compare: ((a: Candidate, b: Candidate) => number)[]) =>
    (a: Candidate, b: Candidate) => {
      for (const one of compare) {
        const order = one(a, b);
        if (order !== 0) return order;
      }
      return 0;
    };
  switch (sort) {
    case "worst":
      return chain(
        (a, b) => (statusRank(a.status) - statusRank(b.status)) * direction,
        by(latencyStep),
        name,
      );
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
      return (a, b) => name(a, b) * direction;
  }
}

/**
 * Within a status the older backlog is the worse; in steps, so that two rows of about the same age do not change places
 * every second. Healthy rows go up and down between two commits, so theirs are powers of two of a second.
 */
function latencyStep({ sampled, row, status }: Candidate): number {
  const ms = latencyOf(sampled, row).value;
  if (ms === null) return -1;
  const stepsPerDoubling = severityOf(status) === "good" ? 1 : 4;
  return ms < 1000 ? 0 : Math.ceil(stepsPerDoubling * Math.log2(ms / 1000)) + 1;
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

function nameOf({ sampled, row }: Candidate): string {
  return sampled.layout.consumers[row]!.name;
}

function idOf({ sampled, row }: Candidate): string {
  return sampled.consumerIds[row]!;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
