"use client";
import {
  parseAsBoolean,
  parseAsInteger,
  parseAsString,
  parseAsStringLiteral,
  throttle,
  useQueryStates,
} from "nuqs";
import { type LiveQueryInput, STREAM_SORTS } from "@/lib/model/live";
import { SYSTEMS } from "@/lib/model/system";

const PARAMS = {
  q: parseAsString.withDefault(""),
  source: parseAsString,
  system: parseAsStringLiteral(SYSTEMS),
  sort: parseAsStringLiteral(STREAM_SORTS).withDefault("in"),
  reverse: parseAsBoolean.withDefault(false),
  limit: parseAsInteger.withDefault(50),
};

type StreamsQuery = Extract<LiveQueryInput, { view: "streams" }>;

/** What the table shows, kept in the address so that a copied link opens the same view. */
export function useStreamsQuery() {
  const [params, setParams] = useQueryStates(PARAMS, { limitUrlUpdates: throttle(250) });
  const { q, source, system, sort, reverse, limit } = params;
  const query: StreamsQuery = {
    view: "streams",
    sort,
    reverse,
    limit,
    ...(q.trim() && { q: q.trim() }),
    ...(source && { source }),
    ...(system && { system }),
  };
  return { params, setParams, query };
}

/** Undoes every filter and leaves the sort. */
export const NO_STREAM_FILTERS = { q: null, source: null, system: null, limit: null } as const;
