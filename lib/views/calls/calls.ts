import { filterWords } from "../../model/filter-words.ts";
import type { CallSort, QueryOf, ViewOf } from "../../model/live.ts";
import { type Status, severityOf, statusRank } from "../../model/status.ts";
import type { Sampled } from "../../pipeline/sampled.ts";
import type { CallColumns } from "../../sample/calls.ts";
import { waitingIn } from "../../store/call-table.ts";
import type { Snapshot } from "../../store/snapshot.ts";
import type { SourceSnapshot } from "../../store/source-snapshot.ts";
import { missingWords } from "../missing-words.ts";
import { shownStatusOfCall, viewCall } from "./call-row.ts";

/** A live call while rows are chosen; the object for the page is made for those that are shown. */
export interface CallCandidate {
  readonly source: SourceSnapshot;
  readonly sampled: Sampled;
  readonly calls: CallColumns;
  readonly row: number;
  readonly status: Status;
}

/** Live calls of all sources, filtered, sorted and cut. */
export function viewCalls(snapshot: Snapshot, query: QueryOf<"calls">): ViewOf["calls"] {
  const matching: CallCandidate[] = [];
  const words = filterWords(query.q);
  let all = 0;
  let live = 0;
  for (const source of snapshot.sources.values()) {
    const { sampled } = source;
    const { newest } = source.table.calls;
    if (sampled === null || newest === null) continue;
    all += newest.count;
    live += Number.isNaN(newest.live) ? newest.count : newest.live;
    if (query.source !== undefined && source.identity.id !== query.source) continue;
    for (const row of rowsOf(query, source, sampled, newest)) {
      const status = shownStatusOfCall(source, sampled, newest, row);
      if (query.status !== undefined && !query.status.includes(status)) continue;
      const candidate = { source, sampled, calls: newest, row, status };
      if (words.length > 0 && !isMatch(words, candidate)) continue;
      matching.push(candidate);
    }
  }
  matching.sort(comparator(query.sort, query.reverse ? -1 : 1));
  return {
    asOf: snapshot.at,
    meta: { total: matching.length, all, live },
    rows: matching
      .slice(query.offset, query.offset + query.limit)
      .map(({ source, sampled, calls, row }) => viewCall(source, sampled, calls, row)),
  };
}

/** Whether the words are in what is shown of a call. */
function isMatch(words: readonly string[], { source, sampled, calls, row, status }: CallCandidate): boolean {
  const { identity } = source;
  const { name, account } = sampled.layout.streams[calls.stream[row]!]!;
  const texts = [calls.peer[row], calls.clientName[row], name, account, status, severityOf(status)];
  return missingWords(words, [...texts, identity.id, identity.name, identity.kind]).length === 0;
}

/** Rows of the calls that belong to the stream and consumer asked for. */
function* rowsOf(
  { stream, consumer }: QueryOf<"calls">,
  source: SourceSnapshot,
  { streamIds }: Sampled,
  calls: CallColumns,
): Generator<number> {
  const streamRow = stream === undefined ? null : streamIds.indexOf(stream);
  const consumerRow = consumer === undefined ? null : source.rowOf(consumer);
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
      return by(({ source, row }) => source.table.calls.rate(row, "sent"));
    case "received":
      return by(({ source, row }) => source.table.calls.rate(row, "received"));
    case "deadline":
      return by(({ calls, row }) => -calls.deadlineAt[row]!);
  }
}
