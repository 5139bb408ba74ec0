import type { EpochMs } from "../../../../model/reading.ts";
import type { SourceSection } from "../../../../model/source.ts";
import { createSection } from "../../../../sample/section.ts";
import type { OwnCounts } from "../../connection/own-calls.ts";
import type { RawServer } from "./channelz-definition.ts";
import { countOf, idOf } from "./raw-values.ts";

/** What Streamside itself did on its connection to one of the servers. */
export interface OwnPart {
  readonly serverId: number;
  /** Null: not known exactly this time. */
  readonly counts: OwnCounts | null;
}

export interface ServerEntry {
  readonly id: number;
  readonly name: string;
  readonly listens: readonly string[];
  /** Without Streamside's own. */
  readonly connections: number;
  readonly calls: ServerCalls;
}

/** Since the first look; NaN: not told. */
export interface ServerCalls {
  readonly started: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** Counts the calls of servers without those that Streamside makes to look at them. */
export type ServerTally = (server: RawServer, own: OwnPart | null) => ServerCalls;

/** Servers come and go; one that names new ones without end does not fill the memory. */
const MOST_REMEMBERED = 1_000;
const FIELDS = ["started", "succeeded", "failed"] as const;
const NONE: OwnCounts = { started: 0, succeeded: 0, failed: 0, unclear: 0 };
const UNKNOWN: ServerCalls = { started: Number.NaN, succeeded: Number.NaN, failed: Number.NaN };

export function createServerTally(): ServerTally {
  const known = new Map<number | null, ReturnType<typeof createCounters>>();
  return ({ ref, data }, own) => {
    const id = idOf(ref?.serverId);
    const isOwn = own?.serverId === id;
    let counters = known.get(id);
    // Before Streamside's own connection was recognised, its calls were among the others.
    if (counters === undefined || (isOwn && !counters.isOwn)) {
      if (known.size >= MOST_REMEMBERED) known.clear();
      counters = createCounters(isOwn);
      known.set(id, counters);
    }
    const counts = isOwn ? own.counts : NONE;
    if (data === undefined) return UNKNOWN;
    if (counts === null) return counters.told();
    const { callsStarted, callsSucceeded, callsFailed } = data;
    return counters.take(
      { started: countOf(callsStarted), succeeded: countOf(callsSucceeded), failed: countOf(callsFailed) },
      counts,
    );
  };
}

/**
 * What the calls of others grew by since they were first counted. Where it is not clear what the server made of own calls,
 * nothing is known of the time between two looks, and it goes on from there.
 */
function createCounters(isOwn: boolean) {
  let base = UNKNOWN;
  let told = UNKNOWN;
  let unclear = Number.NaN;
  return {
    isOwn,
    told: () => told,
    take(total: ServerCalls, own: OwnCounts): ServerCalls {
      const isClear = own.unclear === unclear;
      unclear = own.unclear;
      const others = mapFields((field) => total[field] - own[field]);
      const before = told;
      base = mapFields((field) =>
        isClear && !Number.isNaN(base[field]) ? base[field] : others[field] - (before[field] || 0),
      );
      told = mapFields((field) => Math.max(before[field] || 0, others[field] - base[field]));
      return told;
    },
  };
}

function mapFields(of: (field: keyof ServerCalls) => number): ServerCalls {
  return Object.fromEntries(FIELDS.map((field) => [field, of(field)])) as unknown as ServerCalls;
}

const CALLS = "Since Streamside connected, without Streamside's own";

/** @param ownIsKnown Streamside's own connection was recognised */
export function serverSection(
  servers: readonly ServerEntry[],
  ownIsKnown: boolean,
  asOf: EpochMs,
): SourceSection {
  return createSection<ServerEntry>({
    key: "channelz-servers",
    title: "Servers (channelz)",
    note: ownIsKnown
      ? "From channelz: GetServers. Streamside's own connection and calls are left out."
      : "From channelz: GetServers. Streamside's own connection could not be told from the others (a Unix socket, a proxy or an address translation); it and its calls are among them.",
    asOf,
    items: servers,
    id: ({ id }) => String(id),
    columns: [
      { label: "Server", kind: "text", cell: ({ name, id }) => name || `server ${id}` },
      { label: "Listens on", kind: "text", cell: ({ listens }) => listens.join(", ") },
      {
        label: "Connections",
        kind: "count",
        title: "From channelz: GetServerSockets",
        cell: ({ connections }) => connections,
      },
      {
        label: "Calls",
        kind: "counter",
        title: `Calls started. ${CALLS}`,
        cell: ({ calls }) => calls.started,
      },
      {
        label: "OK",
        kind: "counter",
        title: `Calls that ended with OK. ${CALLS}`,
        cell: ({ calls }) => calls.succeeded,
      },
      {
        label: "Failed",
        kind: "counter",
        title: `Calls that ended with another status than OK, cancelled ones included. ${CALLS}`,
        cell: ({ calls }) => calls.failed,
      },
    ],
  });
}
