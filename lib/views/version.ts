import type { LiveQuery } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import type { SourceTable } from "../store/source-table.ts";
import type { Store } from "../store/store.ts";
import { readCallId } from "./call-id.ts";

/**
 * What the answer to a query depends on, as text: as long as it is the same, so is the answer. Samples, failures and what
 * people mark count up the version of a source; time alone makes one late.
 */
export function versionOf(store: Store, query: LiveQuery, now: EpochMs): string {
  const sources = sourcesOf(store, query).map(
    (table) => `${table.version} ${table.statusAt(now)} ${table.isCurrentAt(now)}`,
  );
  return [...(isOfRounds(query) ? [store.rounds] : []), ...sources].join(";");
}

/** Sums over systems are made once a round; what happened falls out of the 15 minutes with time. */
function isOfRounds({ view }: LiveQuery): boolean {
  return view === "overview" || view === "events";
}

function sourcesOf(store: Store, query: LiveQuery): SourceTable[] {
  const only = sourceIdOf(query);
  const table = only === undefined ? undefined : store.sources.get(only);
  // What is of no source says which ones there are.
  return table === undefined ? [...store.sources.values()] : [table];
}

/** The source that a query is about; undefined: all of them. */
function sourceIdOf(query: LiveQuery): string | undefined {
  switch (query.view) {
    case "consumer":
    case "stream":
      return query.id.split(":", 1)[0];
    case "source":
      return query.id;
    case "call":
      return readCallId(query.id)?.source;
    default:
      return undefined;
  }
}
