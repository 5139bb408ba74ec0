import type { EpochMs } from "../../../model/reading.ts";
import type { SourceSection } from "../../../model/source.ts";
import { createSection } from "../../section.ts";
import type { ChannelzSocket } from "../ways.ts";
import type { RawServer } from "./channelz-definition.ts";
import { countOf, idOf } from "./raw-values.ts";

/** What Streamside itself did on its connection to one of the servers. */
export interface OwnCalls {
  readonly serverId: number;
  readonly socket: Pick<ChannelzSocket, "streamsStarted" | "streamsSucceeded" | "streamsFailed">;
  /** Its requests that were answered with an error: calls that failed on streams that succeeded. */
  readonly misses: number;
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
export type ServerTally = (server: RawServer, own: OwnCalls | null) => ServerCalls;

/** Servers come and go; one that names new ones without end does not fill the memory. */
const MOST_REMEMBERED = 1_000;

export function createServerTally(): ServerTally {
  const known = new Map<number | null, Record<keyof ServerCalls, (total: number) => number>>();
  return ({ ref, data }, own) => {
    const id = idOf(ref?.serverId);
    let counters = known.get(id);
    if (counters === undefined) {
      if (known.size >= MOST_REMEMBERED) known.clear();
      counters = { started: createCounter(), succeeded: createCounter(), failed: createCounter() };
      known.set(id, counters);
    }
    if (data === undefined) return { started: Number.NaN, succeeded: Number.NaN, failed: Number.NaN };
    const { socket, misses = 0 } = own?.serverId === id ? own : {};
    return {
      started: counters.started(countOf(data.callsStarted) - (socket?.streamsStarted || 0)),
      succeeded: counters.succeeded(countOf(data.callsSucceeded) - (socket?.streamsSucceeded || 0) + misses),
      failed: counters.failed(countOf(data.callsFailed) - (socket?.streamsFailed || 0) - misses),
    };
  };
}

/** What a total grew by since it was first seen. Own calls between two questions must not make it fall. */
function createCounter(): (total: number) => number {
  let base = Number.NaN;
  let told = 0;
  return (total) => {
    if (Number.isNaN(total)) return Number.NaN;
    if (Number.isNaN(base)) base = total;
    told = Math.max(told, total - base);
    return told;
  };
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
