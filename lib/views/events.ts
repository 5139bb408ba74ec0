import { type QueryOf, type ViewOf, WINDOW_MS } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import type { SourceEvent } from "../model/source.ts";
import type { EventRow, EventsMeta } from "../model/views.ts";
import { entityId } from "../pipeline/entity-id.ts";
import type { SourceTable } from "../store/source-table.ts";
import type { Store } from "../store/store.ts";
import { viewEvent } from "./event.ts";

interface Found {
  readonly table: SourceTable;
  readonly event: SourceEvent;
  readonly number: number;
  readonly entity: string | null;
}

/** What happened in the last 15 minutes, of all sources, newest first. */
export function viewEvents(store: Store, query: QueryOf<"events">, now: EpochMs): ViewOf["events"] {
  const words = query.q?.toLowerCase().split(/\s+/).filter(Boolean) ?? [];
  const found: Found[] = [];
  const dropped: EventsMeta["dropped"][number][] = [];
  let all = 0;
  for (const table of store.sources.values()) {
    const { id: source, name } = table.identity;
    const isAsked = query.source === undefined || query.source === source;
    const count = table.recent.droppedAt(now);
    if (isAsked && count > 0) dropped.push({ source, name, count });
    const nameOf = createNames(table);
    const { list, firstNumber } = table.recent;
    for (const [i, event] of list.entries()) {
      if (now - event.at > WINDOW_MS) continue;
      all++;
      if (!isAsked || !isOf(query, source, event)) continue;
      const one = { table, event, number: firstNumber + i, entity: nameOf(event) };
      if (words.length > 0 && !hasAll(textOf(one), words)) continue;
      found.push(one);
    }
  }
  found.sort((a, b) => b.event.at - a.event.at || b.number - a.number);
  return {
    asOf: now,
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

function viewRow({ table, event, number, entity }: Found): EventRow {
  const { id, name, kind } = table.identity;
  return {
    ...viewEvent(table, event),
    id: `${id}:${number}`,
    source: id,
    sourceName: name,
    system: kind,
    entity,
  };
}

/** The name of whom an event concerns. What is gone is told by the key its collector knew it by. */
function createNames({ sampled }: SourceTable): (event: SourceEvent) => string | null {
  let names: { readonly consumers: Map<string, string>; readonly streams: Map<string, string> } | null = null;
  const byKey = (infos: readonly { readonly key: string; readonly name: string }[] = []) =>
    new Map(infos.map(({ key, name }) => [key, name]));
  return ({ consumerKey, streamKey }) => {
    if (consumerKey === undefined && streamKey === undefined) return null;
    names ??= { consumers: byKey(sampled?.layout.consumers), streams: byKey(sampled?.layout.streams) };
    return consumerKey === undefined
      ? (names.streams.get(streamKey!) ?? streamKey!)
      : (names.consumers.get(consumerKey) ?? consumerKey);
  };
}

function textOf({ table, event, entity }: Found): string {
  const { title, kind, before = "", after = "" } = event;
  const { id, name } = table.identity;
  return `${title} ${kind} ${before} ${after} ${entity ?? ""} ${id} ${name}`.toLowerCase();
}

function hasAll(text: string, words: readonly string[]): boolean {
  return words.every((word) => text.includes(word));
}
