import type { QueryOf, ViewOf } from "../../model/live.ts";
import type { EventView } from "../../model/views.ts";
import type { Sampled } from "../../pipeline/sampled.ts";
import type { Snapshot } from "../../store/snapshot.ts";
import type { SourceSnapshot } from "../../store/source-snapshot.ts";
import { viewMethod } from "../calls/method.ts";
import { statusNow, viewConsumer } from "../consumers/consumer-row.ts";
import { compareNames, worstRank } from "../consumers/ranking.ts";
import { viewEvent } from "../events/event.ts";
import { viewStream } from "./streams.ts";

const EVENTS_SHOWN = 50;

/** One stream: its limits, copies and origin, and its consumers, worst first. */
export function viewStreamPage(snapshot: Snapshot, query: QueryOf<"stream">): ViewOf["stream"] {
  const found = snapshot.findStream(query.id);
  if (found === null)
    return { asOf: snapshot.at, meta: { stream: null, reason: whyMissing(snapshot, query.id) }, rows: [] };
  const { source, sampled, row } = found;
  const { layout, sample } = sampled;
  const readers: number[] = [];
  for (const [consumer, { streams }] of layout.consumers.entries()) {
    if (streams.includes(row)) readers.push(consumer);
  }
  const rank = (consumer: number) => worstRank(sampled, consumer, statusNow(source, sampled, consumer));
  const ranks = new Map(readers.map((consumer) => [consumer, rank(consumer)]));
  readers.sort((a, b) => ranks.get(a)! - ranks.get(b)! || compareNames(sampled, a, sampled, b));
  return {
    asOf: snapshot.at,
    meta: {
      stream: viewStream(source, sampled, row, readers.length),
      facts: sampled.words.streamFacts(sample, row),
      events: eventsOf(source, layout.streams[row]!.key),
      peek: peekRange(source, sampled, row),
      consumersTotal: readers.length,
      sourceStatus: source.status,
      intervalMs: source.table.intervalMs,
      method: viewMethod(source, sampled, row),
      heat: source.table.methods.of(query.id)?.heat() ?? [],
    },
    rows: readers
      .slice(query.offset, query.offset + query.limit)
      .map((consumer) => viewConsumer(source, sampled, consumer)),
  };
}

/**
 * What happened to the stream itself and to its consumers, newest first: a consumer that was deleted has no page of its
 * own to tell it.
 */
function eventsOf(source: SourceSnapshot, key: string): EventView[] {
  return source.table.events
    .filter(({ streamKey }) => streamKey === key)
    .sort((a, b) => b.at - a.at)
    .slice(0, EVENTS_SHOWN)
    .map((event) => viewEvent(source, event));
}

/** The numbers of the messages that can be asked for; null where single messages cannot be. */
function peekRange({ table }: SourceSnapshot, { layout, sample }: Sampled, stream: number) {
  if (!table.canPeek || layout.streams[stream]!.kind !== "jetstream") return null;
  const lane = layout.lanes.stream.indexOf(stream);
  const [first, last] = [sample.lanes.floor[lane]!, sample.lanes.head[lane]! - 1];
  return last >= first ? { first, last } : null; // also null where either is not known
}

function whyMissing(snapshot: Snapshot, id: string): string {
  const [sourceId = ""] = id.split(":", 1);
  const source = snapshot.sources.get(sourceId);
  if (source === undefined) {
    const names = [...snapshot.sources.keys()].join(", ") || "none";
    return `There is no source named “${sourceId}”. Configured sources: ${names}.`;
  }
  if (source.sampled !== null)
    return `Source “${sourceId}” has no such stream now: it was deleted, or the address is mistyped.`;
  const why = source.table.lastFailure === null ? "." : `: ${source.table.lastFailure.message}`;
  return `Source “${sourceId}” has not been sampled yet${why}`;
}
