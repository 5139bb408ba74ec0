import type { QueryOf, ViewOf } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import type { Store } from "../store/store.ts";
import { viewEvent } from "./event.ts";
import { viewSource } from "./sources.ts";

const EVENTS_SHOWN = 100;

/** One source with its tables: how it is sampled, and what it consists of besides streams and consumers. */
export function viewSourcePage(store: Store, query: QueryOf<"source">, now: EpochMs): ViewOf["source"] {
  const table = store.sources.get(query.id);
  if (table === undefined) {
    const names = [...store.sources.keys()].join(", ") || "none";
    const reason = `There is no source named “${query.id}”. Configured sources: ${names}.`;
    return { asOf: now, meta: { source: null, reason }, rows: [] };
  }
  const sections = table.sections.view();
  return {
    asOf: now,
    meta: {
      source: viewSource(table, now),
      sections: sections.map(({ rows, ...head }) => ({ ...head, rows: rows.length })),
      events: table.events
        .toSorted((a, b) => b.at - a.at)
        .slice(0, EVENTS_SHOWN)
        .map((event) => viewEvent(table, event)),
    },
    rows: sections.flatMap(({ key, rows }) => rows.map((row) => ({ ...row, id: `${key}/${row.id}` }))),
  };
}
