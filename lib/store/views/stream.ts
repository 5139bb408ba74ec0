import type { FrameOf, QueryOf } from "../../model/live.ts";
import type { EpochMs } from "../../model/reading.ts";
import { statusRank } from "../../model/status.ts";
import type { Sampled, SourceTable } from "../source-table.ts";
import type { Store } from "../store.ts";
import { statusNow, viewConsumer } from "./consumer-row.ts";
import { viewStream } from "./streams.ts";

const EVENTS_SHOWN = 50;

/** One stream: its limits, copies and origin, and its consumers, worst first. */
export function viewStreamPage(store: Store, query: QueryOf<"stream">, now: EpochMs): FrameOf["stream"] {
  const found = store.findStream(query.id);
  if (found === null) return { meta: { stream: null, reason: GONE }, rows: [], series: null };
  const { table, sampled, row } = found;
  const { layout, columns, observation } = sampled;
  const readers = [...layout.consumers.keys()].filter((consumer) =>
    layout.consumers[consumer]!.streams.includes(row),
  );
  const rank = (consumer: number) => statusRank(statusNow(table, sampled, consumer, now));
  const waiting = (consumer: number) => columns.consumers.backlog[consumer]! || 0;
  readers.sort((a, b) => rank(a) - rank(b) || waiting(b) - waiting(a) || a - b);
  const { key } = layout.streams[row]!;
  return {
    meta: {
      stream: viewStream(table, sampled, row),
      facts: observation.streams.facts?.(row) ?? [],
      events: table.events
        .filter(({ streamKey, consumerKey }) => streamKey === key && consumerKey === undefined)
        .slice(-EVENTS_SHOWN)
        .reverse(),
      peek: peekRange(table, sampled, row),
      consumersTotal: readers.length,
      sourceStatus: table.statusAt(now),
      intervalMs: table.intervalMs,
    },
    rows: readers
      .slice(query.offset, query.offset + query.limit)
      .map((consumer) => viewConsumer(table, sampled, consumer, now)),
    series: null,
  };
}

/** The numbers of the messages that can be asked for; null where single messages cannot be. */
function peekRange({ canPeek }: SourceTable, { layout, observation }: Sampled, stream: number) {
  if (!canPeek || layout.streams[stream]!.kind !== "jetstream") return null;
  const lane = layout.lanes.stream.indexOf(stream);
  const [first, last] = [observation.lanes.floor[lane]!, observation.lanes.head[lane]! - 1];
  return last >= first ? { first, last } : null; // also null where either is not known
}

const GONE = "There is no such stream now: it was deleted, or the address is mistyped.";
