import {
  CHANGES,
  type Change,
  type ComparedConsumer,
  type Comparison,
  type Standing,
} from "../../model/compare.ts";
import { STATUSES, severityOf, severityRank } from "../../model/status.ts";
import { backlogOf, latencyOf } from "../../pipeline/readings.ts";
import type { Snapshot } from "../../store/snapshot.ts";
import { statusesNow, streamsOf } from "../consumers/consumer-row.ts";

/** As much older is worth a word, and as many more messages. */
const TELLS_MS = 5_000;
const TELLS_MESSAGES = 100;
/** So many times as old, or as many. */
const TELLS_TIMES = 2;

/** All that stood at a moment, by id. */
export interface Standings {
  readonly at: Snapshot["at"];
  readonly consumers: ReadonlyMap<string, Stood>;
}

type Stood = Omit<ComparedConsumer, "change" | "before" | "after"> & {
  readonly standing: Standing;
  /** Clients come and go: one is worth a word only where it is in trouble. */
  readonly isConnection: boolean;
};

/** How every consumer stands; what is ignored is left out. It stays what it is when the snapshot goes on. */
export function standingsOf(snapshot: Snapshot): Standings {
  const consumers = new Map<string, Stood>();
  for (const source of snapshot.sources.values()) {
    const { sampled, identity } = source;
    if (sampled === null) continue;
    const statusOf = statusesNow(source, sampled);
    for (const [row, { name, kind, backlogUnit }] of sampled.layout.consumers.entries()) {
      if (sampled.limits[row]!.ignore) continue;
      const id = sampled.consumerIds[row]!;
      consumers.set(id, {
        ...{ id, name, backlogUnit, stream: streamsOf(sampled, row) },
        ...{ source: identity.id, sourceName: identity.name, system: identity.kind },
        isConnection: kind === "connection",
        standing: {
          status: statusOf(row),
          latencyMs: latencyOf(sampled, row),
          backlog: backlogOf(sampled, row),
        },
      });
    }
  }
  return { at: snapshot.at, consumers };
}

/**
 * Who is new, gone, worse or better: by severity, then by how old the oldest unread message is, then by how many there
 * are. The largest change comes first.
 */
export function compareStandings(before: Standings, after: Standings, limit: number): Comparison {
  const changed: ComparedConsumer[] = [];
  const ids = new Set([...before.consumers.keys(), ...after.consumers.keys()]);
  for (const id of ids) {
    const [was, is] = [before.consumers.get(id), after.consumers.get(id)];
    const change = changeOf(was?.standing ?? null, is?.standing ?? null);
    const { standing: _standing, isConnection, ...who } = (is ?? was)!;
    if (change === null || (isConnection && isFine(was) && isFine(is))) continue;
    changed.push({ ...who, change, before: was?.standing ?? null, after: is?.standing ?? null });
  }
  changed.sort((a, b) => compareChanges(a, b));
  const counts: Record<Change, number> = { worse: 0, new: 0, gone: 0, better: 0 };
  for (const { change } of changed) counts[change]++;
  return { before: before.at, after: after.at, rows: changed.slice(0, limit), counts, all: ids.size };
}

function isFine(stood: Stood | undefined): boolean {
  return stood === undefined || severityOf(stood.standing.status) === "good";
}

/** Null: it stands as it did. */
function changeOf(was: Standing | null, is: Standing | null): Change | null {
  if (was === null) return is === null ? null : "new";
  if (is === null) return "gone";
  const worse =
    rankOf(is) - rankOf(was) ||
    moreOf(was.latencyMs.value, is.latencyMs.value, TELLS_MS) ||
    moreOf(was.backlog.value, is.backlog.value, TELLS_MESSAGES);
  if (worse !== 0) return worse > 0 ? "worse" : "better";
  if (was.status === is.status) return null;
  // Of the same severity: by the order of the lamps.
  return STATUSES.indexOf(is.status) < STATUSES.indexOf(was.status) ? "worse" : "better";
}

/** The larger the worse. What nobody knows is no better than what is good. */
function rankOf({ status }: Standing): number {
  return -severityRank(severityOf(status));
}

/** 1: so much more that it tells something, −1: so much less, 0: neither, or one of them is not known. */
function moreOf(was: number | null, is: number | null, least: number): -1 | 0 | 1 {
  if (was === null || is === null || Math.abs(is - was) < least) return 0;
  if (is >= was * TELLS_TIMES) return 1;
  return was >= is * TELLS_TIMES ? -1 : 0;
}

function compareChanges(a: ComparedConsumer, b: ComparedConsumer): number {
  return (
    weightOf(b, rankOf) - weightOf(a, rankOf) ||
    weightOf(b, ({ latencyMs }) => latencyMs.value ?? 0) -
      weightOf(a, ({ latencyMs }) => latencyMs.value ?? 0) ||
    weightOf(b, ({ backlog }) => backlog.value ?? 0) - weightOf(a, ({ backlog }) => backlog.value ?? 0) ||
    CHANGES.indexOf(a.change) - CHANGES.indexOf(b.change) ||
    (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1)
  );
}

/** How far it moved; what was not there counts as good and empty. */
function weightOf({ before, after }: ComparedConsumer, measure: (standing: Standing) => number): number {
  const nothing: Standing = {
    status: "ok",
    latencyMs: { value: 0, provenance: "measured" },
    backlog: { value: 0, provenance: "measured" },
  };
  return Math.abs(measure(after ?? nothing) - measure(before ?? nothing));
}
