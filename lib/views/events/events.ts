import { type QueryOf, type ViewOf, WINDOW_MS } from "../../model/live.ts";
import type { SourceEvent } from "../../model/source.ts";
import type { EventRow, EventsMeta } from "../../model/views.ts";
import { entityId } from "../../pipeline/entity-id.ts";
import { createNames } from "../../pipeline/events/event-names.ts";
import type { Snapshot } from "../../store/snapshot.ts";
import type { SourceSnapshot } from "../../store/source-snapshot.ts";
import { viewEvent } from "./event.ts";

interface Found {
  readonly source: SourceSnapshot;
  readonly event: SourceEvent;
  readonly number: number;
  readonly entity: string | null;
}

/** What happened in the last 15 minutes, of all sources, newest first. */
export function viewEvents(snapshot: Snapshot, query: QueryOf<"events">): ViewOf["events"] {
  const words = query.q?.toLowerCase().split(/\s+/).filter(Boolean) ?? [];
  const found: Found[] = [];
  const dropped: EventsMeta["dropped"][number][] = [];
  let all = 0;
  for (const source of snapshot.sources.values()) {
    const { id, name } = source.identity;
    const isAsked = query.source === undefined || query.source === id;
    const count = source.table.recent.droppedAt(snapshot.at);
    if (isAsked && count > 0) dropped.push({ source: id, name, count });
    const nameOf = createNames(source.sampled);
    const { list, firstNumber } = source.table.recent;
    for (const [i, event] of list.entries()) {
      if (snapshot.at - event.at > WINDOW_MS) continue;
      all++;
      if (!isAsked || !isOf(query, id, event)) continue;
      const one = { source, event, number: firstNumber + i, entity: nameOf(event) };
      if (words.length > 0 && !hasAll(textOf(one), words)) continue;
      found.push(one);
    }
  }
  found.sort((a, b) => b.event.at - a.event.at || b.number - a.number);
  return {
    asOf: snapshot.at,
    meta: { total: found.length, all, dropped },
    rows: found.slice(0, query.limit).map(viewRow),
  };
}

function isOf({ kind, entity }: QueryOf<"events">, source: string, event: SourceEvent): boolean {
  if (kind !== undefined && !kind.includes(event.kind)) return false;
  if (entity === undefined) return true;
  return [event.consumerKey, event.streamKey].some(
    (key) => key !== undefined && entityId(source, key) === entity,
  );
}

function viewRow({ source, event, number, entity }: Found): EventRow {
  const { id, name, kind } = source.identity;
  return {
    ...viewEvent(source, event),
    id: `${id}:${number}`,
    source: id,
    sourceName: name,
    system: kind,
    entity,
  };
}

function textOf({ source, event, entity }: Found): string {
  const { title, kind, before = "", after = "" } = event;
  const { id, name } = source.identity;
  return `${title} ${kind} ${before} ${after} ${entity ?? ""} ${id} ${name}`.toLowerCase();
}

function hasAll(text: string, words: readonly string[]): boolean {
  return words.every((word) => text.includes(word));
}
