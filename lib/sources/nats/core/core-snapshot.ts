/** Core NATS at one instant: what clients exchange, and the connections through which they do. */
import type { EpochMs } from "../../../model/reading.ts";
import type { ConnzConnection } from "../servers/monitoring-types.ts";
import { isGone, type ServerReport } from "../servers/server-report.ts";
import type { CoreTotals } from "./core-totals.ts";

export interface CoreSnapshot {
  readonly totals: CoreTotals;
  /** Servers there are. */
  readonly servers: number;
  /** By server and id. */
  readonly connections: readonly ConnectionEntry[];
}

export interface ConnectionEntry {
  /** Unique over servers and starts of them. */
  readonly key: string;
  readonly name: string;
  readonly detail: string;
  readonly server: string;
  /** Bytes that may wait for it before the server drops it; NaN: not known. */
  readonly maxPending: number;
  /** As the server told it last. */
  readonly told: ConnzConnection;
  /** NaN, as every number with it: not told this time. */
  readonly asOf: EpochMs;
}

/** Which connections are Streamside's own: a server's id and the number it gave the connection. */
export type IsOwn = (serverId: string, cid: number) => boolean;

/** Connections that were told longer ago than this are not known any more. */
const STALE_MS = 5_500;

/** Null: no server has answered yet. */
export function mapCore(
  servers: readonly ServerReport[],
  totals: CoreTotals,
  isOwn: IsOwn,
): CoreSnapshot | null {
  if (servers.length === 0) return null;
  return {
    totals,
    servers: Math.max(1, servers.filter((server) => !isGone(server)).length),
    connections: servers.flatMap((server) => mapConnections(server, servers.length > 1, isOwn)),
  };
}

/**
 * Connections that something was delivered to. Where the server has more of them than it told, which of the quiet ones
 * are told is chance: then only those with bytes waiting, so that rows do not come and go.
 */
function mapConnections(server: ServerReport, several: boolean, isOwn: IsOwn): ConnectionEntry[] {
  const { connz, varz, missed } = server;
  if (connz === null) return [];
  const { connections, total } = connz.value;
  const stale = missed > 0 || connz.asOf < varz.asOf - STALE_MS;
  const cut = total > connections.length;
  return connections
    .filter(({ out_msgs, pending_bytes }) => out_msgs > 0 && (!cut || pending_bytes > 0))
    .filter(({ cid, kind }) => isClient(kind) && !isOwn(server.id, cid))
    .sort((a, b) => a.cid - b.cid)
    .map((told) => ({
      key: `conn:${server.name}/${told.cid}/${connectionName(told)}`,
      name: connectionName(told),
      detail: [addressOf(told), libraryOf(told), several ? `on ${server.name}` : ""]
        .filter(Boolean)
        .join(", "),
      server: server.name,
      maxPending: varz.value.max_pending,
      told,
      asOf: stale ? Number.NaN : connz.asOf,
    }));
}

/** Leaf nodes are listed among the connections. */
export function isClient(kind: string): boolean {
  return kind === "" || kind === "Client";
}

export function connectionName({ name, ip }: ConnzConnection): string {
  return name || ip || "unknown address";
}

/** Empty: the server has no accounts, or did not tell. */
export function accountOf({ account, name_tag }: ConnzConnection): string {
  return name_tag || account;
}

export function addressOf({ ip, port }: ConnzConnection): string {
  if (ip === "") return "unknown address";
  if (port === undefined) return ip;
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}

export function libraryOf({ lang, version }: ConnzConnection): string {
  return [lang, version].filter(Boolean).join(" ");
}
