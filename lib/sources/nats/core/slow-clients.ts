import { formatBytes } from "../../../format/index.ts";
import type { EpochMs } from "../../../model/reading.ts";
import type { SourceEvent } from "../../../model/source.ts";
import { maxKnown } from "../../../sample/section.ts";
import { capped, countOf, nameText } from "../../event-text.ts";
import type { ConnzConnection } from "../servers/monitoring-types.ts";
import type { ServerReport } from "../servers/server-report.ts";
import { CORE_KEY } from "./core-rows.ts";
import { accountOf, addressOf, connectionName, isClient, libraryOf } from "./core-snapshot.ts";

/** A client whose connection its server closed because it did not read. */
export interface DroppedClient {
  readonly key: string;
  readonly server: string;
  readonly name: string;
  readonly address: string;
  readonly account: string;
  readonly library: string;
  /** As the server words it: `Slow Consumer (Write Deadline)`. */
  readonly reason: string;
  readonly at: EpochMs;
  readonly pendingBytes: number;
  readonly connectedMs: number;
  readonly outMsgs: number;
  readonly asOf: EpochMs;
}

export interface SlowClients {
  /** Newest first. */
  readonly dropped: readonly DroppedClient[];
  readonly events: readonly SourceEvent[];
}

const MOST_REMEMBERED = 200;

/** Clients that were dropped for being slow: all that servers remember, and an event for each that is new. */
export function createSlowClients(): (servers: readonly ServerReport[], now: EpochMs) => SlowClients {
  const dropped = new Map<string, DroppedClient>();
  /** All that servers told of the last time: more than is remembered of them. */
  let told = new Set<string>();
  /** What was waiting for a connection when it was last seen, by server's id and connection. */
  let waiting = new Map<string, number>();
  /** Servers whose closed connections were told before: what they tell first is history. */
  const heard = new Set<string>();
  let slow = new Map<string, number>();
  let startedAt = Number.NaN;

  return (servers, now) => {
    if (Number.isNaN(startedAt)) startedAt = now;
    const fresh: DroppedClient[] = [];
    const toldNow = new Set<string>();
    for (const server of servers) {
      for (const connection of server.closed?.value.connections ?? []) {
        if (!isSlow(connection)) continue;
        const key = `${server.id}/${connection.cid}`;
        toldNow.add(key);
        if (told.has(key)) continue;
        const client = describe(server, connection, key, waiting.get(key) ?? Number.NaN);
        dropped.set(key, client);
        if (heard.has(server.id) || client.at >= startedAt) fresh.push(client);
      }
      if (server.closed) heard.add(server.id);
    }
    told = toldNow;
    trim(dropped);
    for (const id of heard) if (!servers.some((server) => server.id === id)) heard.delete(id);
    waiting = waitingNow(servers);
    const events = [
      ...capped(
        fresh.sort((a, b) => a.at - b.at),
        "clients were dropped as slow consumers",
        now,
        (client) => toEvent(client, now),
      ),
      ...slowLinks(servers, slow, now),
    ];
    slow = slowLinkCounts(servers);
    return { dropped: [...dropped.values()].sort((a, b) => (b.at || 0) - (a.at || 0)), events };
  };
}

function isSlow({ kind, reason }: ConnzConnection): boolean {
  return isClient(kind) && reason.startsWith("Slow Consumer");
}

function describe(server: ServerReport, told: ConnzConnection, key: string, seen: number): DroppedClient {
  return {
    key,
    server: server.name,
    name: connectionName(told),
    address: addressOf(told),
    account: accountOf(told),
    library: libraryOf(told),
    reason: told.reason,
    at: told.stop,
    pendingBytes: maxKnown([told.pending_bytes || Number.NaN, seen]),
    connectedMs: told.uptime,
    outMsgs: told.out_msgs,
    asOf: server.closed!.asOf,
  };
}

function toEvent(client: DroppedClient, now: EpochMs): SourceEvent {
  const { name, address, account, server, reason, at, pendingBytes } = client;
  const who = [address, account && `account ${nameText(account)}`, `on ${nameText(server)}`].filter(Boolean);
  const why = /\((.+)\)/.exec(reason)?.[1]?.toLowerCase();
  const held = Number.isNaN(pendingBytes) ? "" : `, ${formatBytes(pendingBytes)} waiting`;
  return {
    at: Number.isNaN(at) ? now : at,
    kind: "slow-consumer-dropped",
    title: `Client ${nameText(name)} (${who.join(", ")}) was dropped: slow consumer${why ? `, ${why}` : ""}${held}`,
    streamKey: CORE_KEY,
  };
}

function trim(dropped: Map<string, DroppedClient>): void {
  if (dropped.size <= MOST_REMEMBERED) return;
  const oldest = [...dropped.values()].sort((a, b) => (a.at || 0) - (b.at || 0));
  for (const { key } of oldest.slice(0, dropped.size - MOST_REMEMBERED)) dropped.delete(key);
}

function waitingNow(servers: readonly ServerReport[]): Map<string, number> {
  return new Map(
    servers.flatMap(({ id, connz }) =>
      (connz?.value.connections ?? [])
        .filter(({ pending_bytes }) => pending_bytes > 0)
        .map(({ cid, pending_bytes }) => [`${id}/${cid}`, pending_bytes] as const),
    ),
  );
}

const LINK_KINDS = [
  ["routes", "route"],
  ["gateways", "gateway"],
  ["leafs", "leaf node"],
] as const;

function slowLinkCounts(servers: readonly ServerReport[]): Map<string, number> {
  return new Map(
    servers.flatMap(({ id, varz }) =>
      LINK_KINDS.map(
        ([kind]) => [`${id}/${kind}`, varz.value.slow_consumer_stats?.[kind] ?? Number.NaN] as const,
      ),
    ),
  );
}

/** Servers that did not take what another one sent them. */
function slowLinks(
  servers: readonly ServerReport[],
  before: ReadonlyMap<string, number>,
  at: EpochMs,
): SourceEvent[] {
  const now = slowLinkCounts(servers);
  return servers.flatMap(({ id, name }) =>
    LINK_KINDS.flatMap(([kind, noun]) => {
      const grown = now.get(`${id}/${kind}`)! - (before.get(`${id}/${kind}`) ?? Number.NaN);
      if (!(grown > 0)) return [];
      return {
        at,
        kind: "slow-link",
        title: `Server ${nameText(name)} found ${countOf(grown, `slow ${noun}`)}`,
      };
    }),
  );
}
