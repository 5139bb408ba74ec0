import { isIPv4, isIPv6 } from "node:net";
import { type Authority, formatAuthority, parseAuthority } from "../../model/authority.ts";
import type { Problem } from "../../model/problem.ts";
import { problem } from "../../model/problem.ts";

export interface GuardOptions {
  /** The name or address that the server listens on; a wildcard (`0.0.0.0`, `::`) stands for no name. */
  readonly host: string;
  readonly publicHosts: readonly Authority[];
}

/** What is looked at of a request. */
export interface Asking {
  readonly url: string | undefined;
  /** As in `IncomingMessage`: every header with all of its values. */
  readonly headersDistinct: Readonly<Record<string, readonly string[] | undefined>>;
  /** The address of this machine that the connection came in on. */
  readonly localAddress: string | undefined;
  /** Whether of all pages only our own may ask it: for live data (socket.io's polling, any upgrade), or to change something. */
  readonly isForOwnPages: boolean;
}

/** Why a request is not answered, in words for whoever runs this server; null where it is. */
export type Guard = (asking: Asking) => Problem | null;

/**
 * Keeps pages of others from reading along. There is no sign-in, so the browser of somebody who may read is the way in:
 *
 * - A name of somebody else's that points here (DNS rebinding) makes Host and Origin agree, so each is held against the
 *   hosts that are known to be ours: loopback, the host listened on, the address that the connection came in on (which
 *   nobody else's page can have), and `publicHosts`. A Host may have any port, since a port can be mapped on the way.
 *   `*.localhost` is not ours: some resolvers ask the network for it.
 * - CORS does not cover WebSockets, so an Origin has to be ours whatever it asks for; with the port of the Host, because
 *   another port of this machine is another program, or in `publicHosts`, which is for proxies that rewrite Host.
 * - Without an Origin browsers still say `Sec-Fetch-Site`. Pages of others may link here, not embed or fetch.
 *
 * Host is answered with 400 where it breaks HTTP and 421 where it names another server, as RFC 9110 and 9112 have it;
 * 403 is for the page that asks.
 */
export function createGuard({ host, publicHosts }: GuardOptions): Guard {
  const boundTo = parseAuthority(bracketed(host))?.host;

  return ({ url = "/", headersDistinct: headers, localAddress, isForOwnPages }) => {
    const cameTo = localAddress === undefined ? undefined : parseAuthority(bracketed(localAddress))?.host;
    const isPublic = ({ host, port }: Authority) =>
      publicHosts.some((entry) => entry.host === host && (entry.port === null || isPort(port, entry.port)));
    const isOurs = (asked: Authority) =>
      isLoopback(asked.host) || asked.host === boundTo || asked.host === cameTo || isPublic(asked);

    const hosts = headers.host ?? [];
    const asked = hosts.length === 1 ? parseAuthority(hosts[0]!) : null;
    if (asked === null) return badHost(hosts.length);
    // With a whole URL as its target, a request says twice where it goes.
    const target = url.startsWith("/") || url === "*" ? asked : parseTarget(url);
    if (target === null) return problem(400, "The address asked for is neither a path nor an http:// URL.");
    for (const authority of [asked, target]) if (!isOurs(authority)) return notOurs(authority);

    const origins = headers.origin ?? [];
    if (origins.length === 0) return isForOwnPages ? refuseOthers(headers) : refuseEmbedding(headers);
    const origin = origins.length === 1 ? parseOrigin(origins[0]!) : null;
    if (origin === null)
      return problem(403, "The Origin of the page that asks is not one http:// or https:// address.");
    const fits = isPublic(origin) || (isOurs(origin) && isPort(asked.port, origin.port));
    return fits ? null : foreignPage(origin);
  };
}

/** Addresses as a socket or a configuration has them, as they stand in URLs. */
function bracketed(host: string): string {
  const address = host.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  return isIPv6(address) ? `[${address}]` : address;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || (isIPv4(host) && host.startsWith("127."));
}

/** Whether `port` is this one; where none is written it is that of http or https, and a Host does not say which. */
function isPort(port: number | null, wanted: number): boolean {
  return port === null ? wanted === 80 || wanted === 443 : port === wanted;
}

function parseTarget(url: string): Authority | null {
  const [, authority] = /^https?:\/\/([^/?#]+)/i.exec(url) ?? [];
  return authority === undefined ? null : parseAuthority(authority);
}

/** An origin always has a port: its own, or that of its scheme. */
function parseOrigin(text: string): (Authority & { readonly port: number }) | null {
  const [, scheme, rest = ""] = /^(https?):\/\/(.+)$/.exec(text) ?? [];
  const authority = parseAuthority(rest);
  return authority && { host: authority.host, port: authority.port ?? (scheme === "https" ? 443 : 80) };
}

function refuseOthers(headers: Asking["headersDistinct"]): Problem | null {
  const isOwn = (headers["sec-fetch-site"] ?? []).every((site) => site === "same-origin" || site === "none");
  return isOwn
    ? null
    : problem(403, "Pages of other addresses may not read live data from here, nor change anything.");
}

/** Pages of the same site may embed: they cannot read what they embed. What a click changes goes to our own pages only. */
function refuseEmbedding(headers: Asking["headersDistinct"]): Problem | null {
  if (!headers["sec-fetch-site"]?.includes("cross-site")) return null;
  const isLink =
    headers["sec-fetch-mode"]?.[0] === "navigate" && headers["sec-fetch-dest"]?.[0] === "document";
  return isLink
    ? null
    : problem(403, "Pages of other sites may link to Streamside, not embed or fetch what it shows.");
}

function badHost(count: number): Problem {
  if (count === 1)
    return problem(400, "The Host header is not a name or an address, with or without a port.");
  return problem(
    400,
    `A request has one Host header, which says what it asks; this one has ${count === 0 ? "none" : count}.`,
  );
}

function notOurs(asked: Authority): Problem {
  const detail = `Streamside does not answer for ${formatAuthority(asked)}. ${ADD(asked)}`;
  return problem(421, detail);
}

function foreignPage(origin: Authority & { readonly port: number }): Problem {
  const detail = `Pages of ${formatAuthority(origin)} may not read from here. ${ADD(origin)}`;
  return problem(403, detail);
}

const ADD = (authority: Authority) =>
  `If Streamside is reached under that name, add "${formatAuthority(authority)}" to publicHosts in streamside.yaml or to STREAMSIDE_PUBLIC_HOSTS; without a port it counts for every port.`;
