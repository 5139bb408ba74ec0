import { lookup, Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import type { Clock } from "../../../async/clock.ts";
import { within } from "../../../async/within.ts";
import { CollectorError } from "../../../sample/collector-error.ts";

/** One address a target stands for. */
export interface Address {
  /** `host:port` as people write it, or the whole target where it is one by itself; unique among those of a target. */
  readonly name: string;
  /** What grpc-js connects to. */
  readonly dial: string;
  readonly family: 4 | 6 | 0;
}

/** A DNS name, with the server that is asked for it; null: the system's resolver. */
export interface DnsName {
  readonly host: string;
  readonly port: number;
  readonly server: string | null;
}

export type TargetPlan =
  | { readonly kind: "fixed"; readonly addresses: readonly Address[] }
  | { readonly kind: "name"; readonly name: DnsName };

const DEFAULT_PORT = 443;

/**
 * What a target of the configuration stands for: `host:port`, `dns:///host:port`, `dns://server:port/host:port`,
 * `ipv4:a:1,b:2`, `ipv6:[a]:1,[b]:2`, `unix:/path`. `localhost` is one address, whatever it resolves to: the same
 * process would be seen twice.
 */
export function planTarget(target: string): TargetPlan {
  const [, scheme = "", rest = ""] = /^(dns|ipv4|ipv6|unix):(.*)$/.exec(target) ?? [];
  const whole: TargetPlan = { kind: "fixed", addresses: [{ name: target, dial: target, family: 0 }] };
  if (scheme === "unix") return whole;
  if (scheme === "ipv4" || scheme === "ipv6") {
    const names = [...new Set(rest.split(",").filter((part) => part !== ""))];
    if (names.length < 2) return whole;
    const family = scheme === "ipv4" ? 4 : 6;
    return { kind: "fixed", addresses: names.map((name) => ({ name, dial: `${scheme}:${name}`, family })) };
  }
  const [, server, path = ""] =
    scheme === "" ? ["", "", target] : (/^(?:\/\/([^/]*)\/)?(.*)$/.exec(rest) ?? []);
  const [, v6, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(path) ?? [];
  const host = v6 ?? plain ?? path;
  if (isIP(host) !== 0 || host === "localhost") return whole;
  return { kind: "name", name: { host, port: Number(port ?? DEFAULT_PORT), server: server || null } };
}

/**
 * All addresses of a name, in the order of the resolver. Throws `CollectorError` when there is none.
 *
 * A DNS server that is asked directly has no order between families: IPv4 first, which can be reached nearly
 * everywhere.
 */
export async function lookUp(
  { host, port, server }: DnsName,
  timeoutMs: number,
  clock: Clock,
): Promise<Address[]> {
  const resolving = server === null ? askSystem(host) : askServer(host, server, timeoutMs);
  try {
    const found = await within(clock, timeoutMs, resolving, noAnswer);
    const addresses = new Map(
      found.map(({ address, family }) => {
        const name = family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
        return [name, { name, dial: `ipv${family}:${name}`, family }] as const;
      }),
    );
    return [...addresses.values()];
  } catch (cause) {
    throw explainLookUp(host, server, cause);
  }
}

interface Found {
  readonly address: string;
  readonly family: 4 | 6;
}

async function askSystem(host: string): Promise<Found[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}

async function askServer(host: string, server: string, timeoutMs: number): Promise<Found[]> {
  const resolver = new Resolver({ timeout: Math.max(1, Math.ceil(timeoutMs / 2)), tries: 2 });
  resolver.setServers([server]);
  const [v4, v6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  if (v4.status === "rejected" && v6.status === "rejected") {
    // "No such record" says less than what went wrong with the other question.
    throw isCode(v4.reason, "ENODATA") ? v6.reason : v4.reason;
  }
  const given = (answer: PromiseSettledResult<string[]>, family: 4 | 6): Found[] =>
    answer.status === "rejected" ? [] : answer.value.map((address) => ({ address, family }));
  return [...given(v4, 4), ...given(v6, 6)];
}

function noAnswer(): Error {
  return Object.assign(new Error("no answer"), { code: "ETIMEOUT" });
}

function explainLookUp(host: string, server: string | null, cause: unknown): CollectorError {
  const code = (cause as { code?: unknown } | null)?.code;
  const asked = server === null ? "the system's resolver" : `the DNS server ${server}`;
  const why = typeof code === "string" ? code : String((cause as Error).message);
  if (isCode(cause, "ERR_INVALID_IP_ADDRESS") || isCode(cause, "ERR_SOCKET_BAD_PORT")) {
    return new CollectorError(
      "UNREACHABLE",
      `${host}: ${server} is no address of a DNS server (${why}).`,
      "Write dns://IP:port/host:port.",
      { cause },
    );
  }
  return new CollectorError(
    isCode(cause, "ETIMEOUT") ? "TIMEOUT" : "UNREACHABLE",
    `${host}: ${asked} knows no address (${why}).`,
    "Is the name right, and can this machine resolve it?",
    { cause },
  );
}

function isCode(error: unknown, code: string): boolean {
  return (error as { code?: unknown } | null)?.code === code;
}
