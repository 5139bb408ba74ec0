import { filterWords } from "../model/filter-words.ts";
import type { CallSort, QueryOf, ViewOf } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import { type Status, severityOf, statusRank } from "../model/status.ts";
import type { Sampled } from "../pipeline/sampled.ts";
import type { CallColumns } from "../sample/calls.ts";
import { waitingIn } from "../store/call-table.ts";
import type { SourceTable } from "../store/source-table.ts";
import type { Store } from "../store/store.ts";
import { statusOfCall, viewCall } from "./call-row.ts";
import { missingWords } from "./missing-words.ts";

/** A live call while rows are chosen; the object for the page is made for those that are shown. */
export interface CallCandidate {
  readonly table: SourceTable;
  readonly sampled: Sampled;
  readonly calls: CallColumns;
  readonly row: number;
  readonly status: Status;
}

/** Live calls of all sources, filtered, sorted and cut. */
export function viewCalls(store: Store, query: QueryOf<"calls">, now: EpochMs): ViewOf["calls"] {
  const matching: CallCandidate[] = [];
  const words = filterWords(query.q);
  let all = 0;
  let live = 0;
  for (const table of store.sources.values()) {
    const { sampled, calls } = table;
    const { newest } = calls;
    if (sampled === null || newest === null) continue;
    all += newest.count;
    live += Number.isNaN(newest.live) ? newest.count : newest.live;
    if (query.source !== undefined && table.identity.id !== query.source) continue;
    for (const row of rowsOf(query, table, sampled, newest)) {
      const status = statusOfCall(table, sampled, newest, row, now);
      if (query.status !== undefined && !query.status.includes(status)) continue;
      const candidate = { table, sampled, calls: newest, row, status };
      if (words.length > 0 && !isMatch(words, candidate)) continue;
      matching.push(candidate);
    }
  }
  matching.sort(comparator(query.sort, query.reverse ? -1 : 1));
  return {
    asOf: now,
    meta: { total: matching.length, all, live },
    rows: matching
      .slice(query.offset, query.offset + query.limit)
      .map(({ table, sampled, calls, row }) => viewCall(table, sampled, calls, row, now)),
  };
}

/** Whether the words are in what is shown of a call. */
function isMatch(words: readonly string[], { table, sampled, calls, row, status }: CallCandidate): boolean {
  const { identity } = table;
  const { name, account } = sampled.layout.streams[calls.stream[row]!]!;
  const texts = [calls.peer[row], calls.clientName[row], name, account, status, severityOf(status)];
  return missingWords(words, [...texts, identity.id, identity.name, identity.kind]).length === 0;
}

/** Rows of the calls that belong to the stream and consumer asked for. */
function* rowsOf(
  { stream, consumer }: QueryOf<"calls">,
  table: SourceTable,
  { streamIds }: Sampled,
  calls: CallColumns,
): Generator<number> {
  const streamRow = stream === undefined ? null : streamIds.indexOf(stream);
  const consumerRow = consumer === undefined ? null : table.rowOf(consumer);
  if (streamRow === -1 || consumerRow === -1) return;
  for (let row = 0; row < calls.count; row++) {
    if (streamRow !== null && calls.stream[row] !== streamRow) continue;
    if (consumerRow !== null && calls.consumer[row] !== consumerRow) continue;
    yield row;
  }
}

/** What is not known sorts last in both directions; ties go by age, so that rows do not dance. */
export function comparator(
  sort: CallSort,
  direction: 1 | -1,
): (a: CallCandidate, b: CallCandidate) => number {
  const age = (a: CallCandidate, b: CallCandidate) =>
    a.calls.startedAt[a.row]! - b.calls.startedAt[b.row]! || a.row - b.row;
  /** Largest first. */
  const by = (key: (c: CallCandidate) => number) => (a: CallCandidate, b: CallCandidate) => {
    const [x, y] = [key(a), key(b)];
    if (Number.isNaN(x) || Number.isNaN(y))
      return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || age(a, b);
    return (y - x) * direction || age(a, b);
  };
  const waiting = by(({ calls, row }) => calls.waitingMs[row]!);
  switch (sort) {
    case "stall":
      return (a, b) => (statusRank(a.status) - statusRank(b.status)) * direction || waiting(a, b);
    case "age":
      return by(({ calls, row }) => -calls.startedAt[row]!);
    case "queued":
      return by(({ calls, row }) => waitingIn(calls, row));
    case "sent":
      return by(({ table, row }) => table.calls.rate(row, "sent"));
    case "received":
      return by(({ table, row }) => table.calls.rate(row, "received"));
    case "deadline":
      return by(({ calls, row }) => -calls.deadlineAt[row]!);
  }
}
