import { isIPv6 } from "node:net";
import { type Authority, parseAuthority } from "../model/authority.ts";
import { field, list } from "./fields.ts";

const PUBLIC_HOST =
  "a host name or address as browsers show it, with or without a port, such as streamside.example.com";

/** Names under which browsers and programs reach the dashboard. */
export const PUBLIC_HOSTS = list(
  field(PUBLIC_HOST, readPublicHost),
  "a list of host names or addresses, at least one",
);

function readPublicHost(value: unknown, because: (why: string) => void): Authority | undefined {
  if (typeof value !== "string") return undefined;
  if (value.includes("://")) because("is a URL; only its host, and its port if it has one, belong here");
  // Whoever owns a name under it could point it at this machine; so each name is said.
  else if (value.includes("*")) because("has a *; every name is listed by itself");
  return parseAuthority(isIPv6(value) ? `[${value}]` : value) ?? undefined;
}
