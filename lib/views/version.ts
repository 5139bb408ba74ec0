import type { LiveQuery } from "../model/live.ts";
import type { Snapshot } from "../store/snapshot.ts";
import type { SourceSnapshot } from "../store/source-snapshot.ts";
import { readCallId } from "./calls/call-id.ts";

/**
 * What the answer to a query depends on, as text: as long as it is the same, so is the answer, but for
 * when a consumer that is looked at was read. Samples, failures and what
 * people mark count up the version of a source; time alone makes one late.
 */
export function versionOf(snapshot: Snapshot, query: LiveQuery): string {
  const sources = sourcesOf(snapshot, query).map((source) => {
    const { table, status, isCurrent } = source;
    const version = query.view === "consumer" ? table.versionOf(source.rowOf(query.id)) : table.version;
    return `${version} ${status} ${isCurrent}`;
  });
  return [...(isOfRounds(query) ? [snapshot.rounds] : []), ...sources].join(";");
}

/** Sums over systems are made once a round; what happened falls out of the 15 minutes with time. */
function isOfRounds({ view }: LiveQuery): boolean {
  return view === "overview" || view === "events";
}

function sourcesOf(snapshot: Snapshot, query: LiveQuery): SourceSnapshot[] {
  const only = sourceIdOf(query);
  const source = only === undefined ? undefined : snapshot.sources.get(only);
  // What is of no source says which ones there are.
  return source === undefined ? [...snapshot.sources.values()] : [source];
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
