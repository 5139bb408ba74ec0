"use client";
import {
  parseAsArrayOf,
  parseAsBoolean,
  parseAsInteger,
  parseAsString,
  parseAsStringLiteral,
  throttle,
  useQueryStates,
} from "nuqs";
import { useIsNarrow } from "@/components/ui/use-is-narrow";
import { CONSUMER_SORTS, type LiveQueryInput } from "@/lib/model/live";
import { STATUSES } from "@/lib/model/status";
import { SYSTEMS } from "@/lib/model/system";

/** Rows of the whole table before "show more", and of the short one on the overview, which on a phone stands before the charts. */
const FIRST_PAGE = 50;
const COMPACT_ROWS = { wide: 12, narrow: 5 };

const PARAMS = {
  q: parseAsString.withDefault(""),
  source: parseAsString,
  system: parseAsStringLiteral(SYSTEMS),
  stream: parseAsString,
  status: parseAsArrayOf(parseAsStringLiteral(STATUSES)).withDefault([]),
  sort: parseAsStringLiteral(CONSUMER_SORTS).withDefault("worst"),
  reverse: parseAsBoolean.withDefault(false),
  limit: parseAsInteger.withDefault(FIRST_PAGE),
};

export type ConsumersQuery = Extract<LiveQueryInput, { view: "consumers" }>;

/** What the table shows, kept in the address so that a copied link opens the same view. */
export function useConsumersQuery(compact: boolean) {
  const [params, setParams] = useQueryStates(PARAMS, { limitUrlUpdates: throttle(250) });
  const isNarrow = useIsNarrow();
  const { q, source, system, stream, status, sort, reverse, limit } = params;
  const query: ConsumersQuery = {
    view: "consumers",
    sort,
    reverse,
    limit: compact ? COMPACT_ROWS[isNarrow ? "narrow" : "wide"] : limit,
    // Sorted by a number, each stands where its own number puts it.
    fold: sort === "worst",
    connections: "troubled",
    ...(q.trim() && { q: q.trim() }),
    ...(source && { source }),
    ...(system && { system }),
    ...(stream && { stream }),
    ...(status.length > 0 && { status }),
  };
  return { params, setParams, query };
}

export type ConsumersParams = ReturnType<typeof useConsumersQuery>["params"];
export type SetConsumersParams = ReturnType<typeof useConsumersQuery>["setParams"];

/** Undoes every filter and leaves the sort. */
export const NO_FILTERS = {
  q: null,
  source: null,
  system: null,
  stream: null,
  status: null,
  limit: null,
} as const;
