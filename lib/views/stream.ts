import type { QueryOf, ViewOf } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import type { EventView } from "../model/views.ts";
import type { Sampled } from "../pipeline/sampled.ts";
import type { SourceTable } from "../store/source-table.ts";
import type { Store } from "../store/store.ts";
import { statusNow, viewConsumer } from "./consumer-row.ts";
import { viewEvent } from "./event.ts";
import { viewMethod } from "./method.ts";
import { compareNames, worstRank } from "./ranking.ts";
import { viewStream } from "./streams.ts";

const EVENTS_SHOWN = 50;

/** One stream: its limits, copies and origin, and its consumers, worst first. */
export function viewStreamPage(store: Store, query: QueryOf<"stream">, now: EpochMs): ViewOf["stream"] {
  const found = store.findStream(query.id);
  if (found === null)
    return { asOf: now, meta: { stream: null, reason: whyMissing(store, query.id) }, rows: [] };
  const { table, sampled, row } = found;
  const { layout, observation } = sampled;
  const readers: number[] = [];
  for (const [consumer, { streams }] of layout.consumers.entries()) {
    if (streams.includes(row)) readers.push(consumer);
  }
  const rank = (consumer: number) => worstRank(sampled, consumer, statusNow(table, sampled, consumer, now));
  const ranks = new Map(readers.map((consumer) => [consumer, rank(consumer)]));
  readers.sort((a, b) => ranks.get(a)! - ranks.get(b)! || compareNames(sampled, a, sampled, b));
  return {
    asOf: now,
    meta: {
      stream: viewStream(table, sampled, row, readers.length),
      facts: sampled.words.streamFacts(observation, row),
      events: eventsOf(table, layout.streams[row]!.key),
      peek: peekRange(table, sampled, row),
      consumersTotal: readers.length,
      sourceStatus: table.statusAt(now),
      intervalMs: table.intervalMs,
      method: viewMethod(table, sampled, row),
      heat: table.methods.of(query.id)?.heat() ?? [],
    },
    rows: readers
      .slice(query.offset, query.offset + query.limit)
      .map((consumer) => viewConsumer(table, sampled, consumer, now)),
  };
}

/**
 * What happened to the stream itself and to its consumers, newest first: a consumer that was deleted has no page of its
 * own to tell it.
 */
function eventsOf(table: SourceTable, key: string): EventView[] {
  return table.events
    .filter(({ streamKey }) => streamKey === key)
    .sort((a, b) => b.at - a.at)
    .slice(0, EVENTS_SHOWN)
    .map((event) => viewEvent(table, event));
}

/** The numbers of the messages that can be asked for; null where single messages cannot be. */
function peekRange({ canPeek }: SourceTable, { layout, observation }: Sampled, stream: number) {
  if (!canPeek || layout.streams[stream]!.kind !== "jetstream") return null;
  const lane = layout.lanes.stream.indexOf(stream);
  const [first, last] = [observation.lanes.floor[lane]!, observation.lanes.head[lane]! - 1];
  return last >= first ? { first, last } : null; // also null where either is not known
}

function whyMissing(store: Store, id: string): string {
  const source = id.split(":", 1)[0]!;
  const table = store.sources.get(source);
  if (table === undefined) {
    const names = [...store.sources.keys()].join(", ") || "none";
    return `There is no source named “${source}”. Configured sources: ${names}.`;
  }
  if (table.sampled !== null)
    return `Source “${source}” has no such stream now: it was deleted, or the address is mistyped.`;
  const why = table.lastFailure === null ? "." : `: ${table.lastFailure.message}`;
  return `Source “${source}” has not been sampled yet${why}`;
}
