"use client";
import { parseAsInteger, parseAsString, throttle, useQueryStates } from "nuqs";
import type { LiveQueryInput } from "@/lib/model/live";

const PARAMS = {
  q: parseAsString.withDefault(""),
  source: parseAsString,
  entity: parseAsString,
  limit: parseAsInteger.withDefault(50),
};

type EventsQuery = Extract<LiveQueryInput, { view: "events" }>;

/** What the list shows, kept in the address so that a copied link opens the same view. */
export function useEventsQuery() {
  const [params, setParams] = useQueryStates(PARAMS, { limitUrlUpdates: throttle(250) });
  const { q, source, entity, limit } = params;
  const query: EventsQuery = {
    view: "events",
    limit,
    ...(q.trim() && { q: q.trim() }),
    ...(source && { source }),
    ...(entity && { entity }),
  };
  return { params, setParams, query };
}

export const NO_EVENT_FILTERS = { q: null, source: null, entity: null, limit: null } as const;
