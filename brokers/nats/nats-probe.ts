import { BrokerError } from "../broker-error.ts";
import { type Endpoint, exchange, parseEndpoint } from "../tcp-exchange.ts";

const longestInfo = 1 << 20;

export interface NatsInfo {
  serverId: string;
  serverName: string;
  version: string;
}

/** The INFO line every nats-server sends first, before TLS or authentication. */
export function askNatsInfo(at: Endpoint, timeoutMs: number): Promise<NatsInfo> {
  return exchange(at, {
    expected: "NATS",
    timeoutMs,
    read(received) {
      const end = received.indexOf("\r\n");
      if (end < 0 && received.length < longestInfo) return undefined;
      const line = received.toString("utf8", 0, Math.max(end, 0));
      if (!line.startsWith("INFO ")) throw new Error("The first line is not INFO");
      const info = JSON.parse(line.slice(5)) as Record<string, unknown>;
      return {
        serverId: String(info.server_id),
        serverName: String(info.server_name),
        version: String(info.version),
      };
    },
  });
}

/** Reads `host`, `host:port`, `nats://…` or `tls://…`; a user and password in it are left aside. */
export function parseNatsAddress(text: string): Endpoint {
  const match = /^(?:(nats|tls):\/\/)?(?:.*@)?([^@/]+)\/?$/i.exec(text.trim());
  if (!match?.[2]) {
    throw new BrokerError("bad-address", "it is not a NATS address; expected nats://host:port");
  }
  return parseEndpoint(match[2], 4222);
}

/** Whether the monitoring endpoint says so within the time. `check` sees the parsed JSON of a 200. */
export async function monitoringSays(
  url: string,
  timeoutMs: number,
  check: (body: Record<string, unknown>) => boolean = () => true,
): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    const body: unknown = await response.json();
    return response.ok && typeof body === "object" && body !== null && check(body as Record<string, unknown>);
  } catch {
    return false;
  }
}

/** The monitoring URL on the usual port of that host, if it is the same server that sent the INFO line. */
export async function findMonitoring(at: Endpoint, serverId: string): Promise<string | undefined> {
  const host = at.host.includes(":") ? `[${at.host}]` : at.host;
  const url = `http://${host}:8222`;
  return (await monitoringSays(`${url}/varz`, 1_500, (varz) => varz.server_id === serverId))
    ? url
    : undefined;
}
