import type { CallSide } from "../../../model/call.ts";

/** The host of `host:port`, `[v6]:port` or a Unix socket; IPv4 in its own form where it came mapped into IPv6. */
export function hostOf(peer: string): string {
  const host = /^\[([^\]]*)\](?::\d+)?$/.exec(peer)?.[1] ?? peer.replace(/^([^:]+):\d+$/, "$1");
  // A star stands for the pool.
  if (host === "*") return "%2A";
  return host.replace(/^::ffff:(?=\d+\.)/i, "") || "unknown peer";
}

/** `Market/WatchQuotes` of `/demo.market.v1.Market/WatchQuotes`. */
export function shortMethod(path: string): string {
  const [, service = "", method = ""] = path.split("/");
  return method ? `${service.slice(service.lastIndexOf(".") + 1)}/${method}` : path;
}

/** Of a method: calls that the target makes are another stream than those of the same name that it serves. */
export function streamKeyOf(path: string, side: CallSide): string {
  // No path has a space in it; one that does all the same must not look like another's key.
  const safe = path.replace(/\s/g, "%20");
  return side === "client" ? `client ${safe}` : safe.startsWith("/") ? safe : `/${safe}`;
}

/** @param host null: the pool of those that no row tells apart */
export function consumerKeyOf(streamKey: string, host: string | null): string {
  return `${streamKey} ${host ?? "*"}`;
}
