import { describe, expect, it } from "vitest";
import { parseAuthority } from "../../model/authority.ts";
import { createGuard } from "./guard.ts";

interface Case {
  /** What the server listens on; 127.0.0.1 where nothing is said. */
  readonly bound?: string;
  readonly publicHosts?: readonly string[];
  /** Where the connection came in; 127.0.0.1 where nothing is said. */
  readonly at?: string;
  readonly url?: string;
  readonly host?: string | readonly string[];
  readonly origin?: string | readonly string[];
  /** Sec-Fetch-Site, -Mode and -Dest. */
  readonly fetch?: readonly [site: string, mode?: string, dest?: string];
}

const listed = (header: string | readonly string[] | undefined) =>
  header === undefined ? undefined : typeof header === "string" ? [header] : header;

/** The status a page and a socket are answered with; null where they are let in. */
function answers(asked: Case): { page: number | null; socket: number | null } {
  const { bound = "127.0.0.1", publicHosts = [], at = "127.0.0.1", url = "/" } = asked;
  const guard = createGuard({ host: bound, publicHosts: publicHosts.map((text) => parseAuthority(text)!) });
  const [site, mode, dest] = asked.fetch ?? [];
  const headersDistinct = {
    host: listed(asked.host ?? "localhost:4400"),
    origin: listed(asked.origin),
    "sec-fetch-site": listed(site),
    "sec-fetch-mode": listed(mode),
    "sec-fetch-dest": listed(dest),
  };
  const of = (isForOwnPages: boolean) =>
    guard({ url, headersDistinct, localAddress: at, isForOwnPages })?.status ?? null;
  return { page: of(false), socket: of(true) };
}

const name = "streamside.example.com";
const wild = { bound: "0.0.0.0", at: "10.0.0.5" };

describe("the guard", () => {
  it.each<[string, Case]>([
    ["localhost", { host: "localhost:4400" }],
    ["a port mapped on the way", { host: "localhost:18080" }],
    ["no port", { host: "localhost" }],
    ["a final dot and capitals", { host: "LocalHost.:4400" }],
    ["127.0.0.1", { host: "127.0.0.1:4400" }],
    ["the rest of 127.0.0.0/8", { host: "127.8.9.10:4400" }],
    ["[::1]", { host: "[::1]:4400" }],
    ["[::1] at length", { host: "[0:0:0:0:0:0:0:1]:4400" }],
    ["the name listened on", { bound: "box.internal", at: "10.0.0.5", host: "box.internal:80" }],
    ["the IPv6 address listened on", { bound: "fd00::5", at: "fd00::5", host: "[fd00::5]:4400" }],
    ["the wildcard listened on, as it is printed", { ...wild, host: "0.0.0.0:4400" }],
    ["the address the connection came in on", { ...wild, host: "10.0.0.5:4400" }],
    ["the same, of a server for both", { bound: "::", at: "::ffff:10.0.0.5", host: "10.0.0.5:4400" }],
    ["a link-local address", { bound: "::", at: "fe80::1%eth0", host: "[fe80::1]:4400" }],
    ["loopback from another machine's mapping", { ...wild, host: "localhost:4400" }],
    ["a public host", { ...wild, publicHosts: [name], host: name }],
    ["a public host at any port", { ...wild, publicHosts: [name], host: `${name}:8443` }],
    ["a public host in capitals", { ...wild, publicHosts: [name], host: "Streamside.Example.COM" }],
    ["a public host at its port", { ...wild, publicHosts: [`${name}:8443`], host: `${name}:8443` }],
    ["a public host at the scheme's port", { ...wild, publicHosts: [`${name}:443`], host: name }],
    ["a public address", { ...wild, publicHosts: ["192.0.2.7"], host: "192.0.2.7:4400" }],
    ["a whole URL as target", { url: "http://localhost:4400/healthz" }],
    ["a server-wide question", { url: "*" }],
    ["its own page", { origin: "http://localhost:4400" }],
    ["its own page, behind a mapped port", { host: "localhost:8080", origin: "http://localhost:8080" }],
    ["its own page at port 80", { host: "localhost", origin: "http://localhost" }],
    ["its own page under another of its names", { origin: "http://127.0.0.1:4400" }],
    ["its own page by address", { ...wild, host: "10.0.0.5:4400", origin: "http://10.0.0.5:4400" }],
    ["its own page through TLS", { ...wild, publicHosts: [name], host: name, origin: `https://${name}` }],
    ["a proxy that rewrites Host", { publicHosts: [name], origin: `https://${name}` }],
    ["a proxy that drops the port", { publicHosts: [name], host: name, origin: `https://${name}:8443` }],
    [
      "another program's page that is listed",
      { publicHosts: ["localhost:3000"], origin: "http://localhost:3000" },
    ],
    ["a page's own fetch", { fetch: ["same-origin", "cors", "empty"] }],
    ["an address typed in", { fetch: ["none", "navigate", "document"] }],
    [
      "a listed Origin, from another site",
      { origin: "http://127.0.0.1:4400", fetch: ["cross-site", "cors"] },
    ],
  ])("lets in %s", (_case, asked) => {
    expect(answers(asked)).toEqual({ page: null, socket: null });
  });

  it.each<[string, number, Case]>([
    ["no Host", 400, { host: [] }],
    ["an empty Host", 400, { host: "" }],
    ["two Hosts", 400, { host: ["localhost:4400", "localhost:4400"] }],
    ["two Hosts, ours first", 400, { host: ["localhost:4400", "evil.example"] }],
    ["two Hosts in one", 400, { host: "localhost, evil.example" }],
    ["a Host with a user", 400, { host: "localhost@evil.example" }],
    ["a Host with a path", 400, { host: "localhost/" }],
    ["a Host that is a URL", 400, { host: "http://localhost" }],
    ["a Host with an endless port", 400, { host: "localhost:99999" }],
    ["a Host of another world", 400, { host: "\u00e9\u0000" }],
    ["a foreign Host", 421, { host: "evil.example" }],
    ["a name that was pointed here", 421, { host: "evil.example", origin: "http://evil.example" }],
    ["a name that begins like ours", 421, { host: "localhost.evil.example" }],
    ["an address in a name", 421, { host: "127.0.0.1.evil.example" }],
    ["a name under localhost", 421, { host: "evil.localhost:4400" }],
    ["an address that is not here", 421, { ...wild, host: "10.0.0.6:4400" }],
    ["an address of this machine that it is not asked at", 421, { host: "10.0.0.5:4400" }],
    ["0.0.0.0 where it is not listened on", 421, { host: "0.0.0.0:4400" }],
    ["any name, of a wildcard", 421, { ...wild, host: "box.internal:4400" }],
    ["any name, of an IPv6 wildcard", 421, { bound: "::", at: "::1", host: "box.internal" }],
    ["another port of a public host", 421, { publicHosts: [`${name}:8443`], host: `${name}:8444` }],
    ["a name under a public host", 421, { publicHosts: [name], host: `a.${name}` }],
    ["a foreign target", 421, { url: "http://evil.example/" }],
    ["a foreign Host beside our target", 421, { url: "http://localhost:4400/", host: "evil.example" }],
    ["a target that is no address", 400, { url: "evil.example:80" }],
    ["a foreign page", 403, { origin: "http://evil.example" }],
    ["a foreign page by address", 403, { origin: "http://192.0.2.6:4400" }],
    ["a sandboxed page", 403, { origin: "null" }],
    ["an empty Origin", 403, { origin: "" }],
    ["an Origin without a host", 403, { origin: "http://" }],
    ["an Origin with a path", 403, { origin: "http://localhost:4400/x" }],
    ["an Origin with a user", 403, { origin: "http://localhost:4400@evil.example" }],
    ["an extension", 403, { origin: "chrome-extension://localhost:4400" }],
    ["two Origins", 403, { origin: ["http://localhost:4400", "http://localhost:4400"] }],
    ["two Origins in one", 403, { origin: "http://localhost:4400 http://evil.example" }],
    ["another program of this machine", 403, { origin: "http://localhost:3000" }],
    ["another scheme's port", 403, { host: "localhost:80", origin: "https://localhost" }],
    ["a listed page's other port", 403, { publicHosts: ["localhost:3000"], origin: "http://localhost:3001" }],
    ["a page that says where it is not from", 403, { fetch: ["cross-site", "no-cors", "script"] }],
    ["a foreign frame", 403, { fetch: ["cross-site", "navigate", "iframe"] }],
  ])("refuses %s with %i", (_case, status, asked) => {
    expect(answers(asked)).toEqual({ page: status, socket: status });
  });

  it.each<[string, Case]>([
    ["a link on a foreign page", { fetch: ["cross-site", "navigate", "document"] }],
    ["what a page of the same site embeds", { fetch: ["same-site", "no-cors", "image"] }],
  ])("lets %s have the page, not live data", (_case, asked) => {
    expect(answers(asked)).toEqual({ page: null, socket: 403 });
  });

  it("says what to add, and where", () => {
    const guard = createGuard({ host: "0.0.0.0", publicHosts: [] });
    const detail = (headersDistinct: Record<string, string[]>) =>
      guard({ url: "/", headersDistinct, localAddress: "10.0.0.5", isForOwnPages: false })?.detail;
    const add = /add "streamside:4400" to publicHosts in streamside\.yaml or to STREAMSIDE_PUBLIC_HOSTS/;
    expect(detail({ host: ["Streamside:4400"] })).toMatch(add);
    expect(detail({ host: ["10.0.0.5"], origin: ["http://streamside:4400"] })).toMatch(add);
    expect(detail({ host: ["10.0.0.5"], origin: ["https://a.example"] })).toContain('"a.example:443"');
    expect(detail({})).toMatch(/this one has none/);
    expect(detail({ host: ["a", "b"] })).toMatch(/this one has 2/);
  });
});
