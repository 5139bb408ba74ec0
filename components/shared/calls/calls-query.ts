"use client";
import {
  parseAsArrayOf,
  parseAsBoolean,
  parseAsString,
  parseAsStringLiteral,
  throttle,
  useQueryStates,
} from "nuqs";
import { CALL_SORTS, type LiveQueryInput } from "@/lib/model/live";
import { STATUSES } from "@/lib/model/status";

const PARAMS = {
  q: parseAsString.withDefault(""),
  source: parseAsString,
  status: parseAsArrayOf(parseAsStringLiteral(STATUSES)).withDefault([]),
  sort: parseAsStringLiteral(CALL_SORTS).withDefault("stall"),
  reverse: parseAsBoolean.withDefault(false),
};

/** The calls of what a page is about. */
export interface CallsOf {
  readonly source?: string;
  readonly stream?: string;
  readonly consumer?: string;
}

/** Which calls, in which order; which rows of them is up to who asks. */
export type CallsQuery = Omit<Extract<LiveQueryInput, { view: "calls" }>, "limit" | "offset">;

/** What the table shows, kept in the address so that a copied link opens the same view. */
export function useCallsQuery(of?: CallsOf) {
  const [params, setParams] = useQueryStates(PARAMS, { limitUrlUpdates: throttle(250) });
  const { q, source, status, sort, reverse } = params;
  const query: CallsQuery = {
    view: "calls",
    sort,
    reverse,
    ...(q.trim() && { q: q.trim() }),
    ...(status.length > 0 && { status }),
    ...(of ?? (source && { source })),
  };
  return { params, setParams, query };
}

/** Undoes every filter and leaves the sort. */
export const NO_CALL_FILTERS = { q: null, source: null, status: null } as const;
