import type { QueryOf, ViewOf } from "../../model/live.ts";
import type { Snapshot } from "../../store/snapshot.ts";
import { viewEvent } from "../events/event.ts";
import { viewSource } from "./sources.ts";

const EVENTS_SHOWN = 100;

/** One source with its tables: how it is sampled, and what it consists of besides streams and consumers. */
export function viewSourcePage(snapshot: Snapshot, query: QueryOf<"source">): ViewOf["source"] {
  const source = snapshot.sources.get(query.id);
  if (source === undefined) {
    const names = [...snapshot.sources.keys()].join(", ") || "none";
    const reason = `There is no source named “${query.id}”. Configured sources: ${names}.`;
    return { asOf: snapshot.at, meta: { source: null, reason }, rows: [] };
  }
  const sections = source.table.sections.view();
  return {
    asOf: snapshot.at,
    meta: {
      source: viewSource(source),
      sections: sections.map(({ rows, ...head }) => ({ ...head, rows: rows.length })),
      events: source.table.events
        .toSorted((a, b) => b.at - a.at)
        .slice(0, EVENTS_SHOWN)
        .map((event) => viewEvent(source, event)),
    },
    rows: sections.flatMap(({ key, rows }) => rows.map((row) => ({ ...row, id: `${key}/${row.id}` }))),
  };
}
