import { isIPv6 } from "node:net";

/** "host:port", "[host]:port" for IPv6; empty when not known, as on a Unix socket. */
export function addressOf(host: string | undefined, port: number | undefined): string {
  if (host === undefined) return "";
  if (port === undefined) return host;
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
