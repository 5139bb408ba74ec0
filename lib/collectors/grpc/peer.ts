/** The host of `host:port`, `[v6]:port` or a Unix socket; IPv4 in its own form where it came mapped into IPv6. */
export function hostOf(peer: string): string {
  const host = /^\[([^\]]*)\](?::\d+)?$/.exec(peer)?.[1] ?? peer.replace(/^([^:]+):\d+$/, "$1");
  return host.replace(/^::ffff:(?=\d+\.)/i, "") || "unknown peer";
}

/** `Market/WatchQuotes` of `/demo.market.v1.Market/WatchQuotes`. */
export function shortMethod(path: string): string {
  const [, service = "", method = ""] = path.split("/");
  return method ? `${service.slice(service.lastIndexOf(".") + 1)}/${method}` : path;
}
