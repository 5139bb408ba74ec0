import type { Connz } from "../servers/monitoring-types.ts";
import type { AskServers } from "../servers/server-asking.ts";
import { subscriptionsPart } from "../servers/server-parts.ts";
import type { ServerReport } from "../servers/server-report.ts";

import type { ServerAnswer } from "../servers/server-ways.ts";

/** An answer is kept to about this size … */
const PAGE_BYTES = 1.5e6;
/** … which is so many connections, with what each of them and of its subscriptions takes as text. */
const CONNECTION_BYTES = 900;
const SUBSCRIPTION_BYTES = 200;
const MOST_A_PAGE = 1_024;
const MOST_PAGES = 4;

/** Connections with their subscriptions, of every server; the oldest ones where there are too many. */
export async function readSubscriptions(
  ask: AskServers,
  servers: readonly ServerReport[],
): Promise<readonly ServerAnswer<Connz>[]> {
  const limit = pageSize(servers);
  const found = new Map<string, ServerAnswer<Connz>>();
  let wanted: ReadonlySet<string> = new Set(servers.map(({ id }) => id));
  for (let page = 0; page < MOST_PAGES && wanted.size > 0; page++) {
    for (const answer of await ask(subscriptionsPart(page * limit, limit), wanted)) {
      const before = found.get(answer.serverId);
      found.set(answer.serverId, before ? joined(before, answer) : answer);
    }
    const unfinished = [...found.values()].filter(
      ({ serverId, value }) => wanted.has(serverId) && value.total > (page + 1) * limit,
    );
    wanted = new Set(unfinished.map(({ serverId }) => serverId));
  }
  return [...found.values()];
}

function pageSize(servers: readonly ServerReport[]): number {
  const each = servers.map(({ varz }) => {
    const { subscriptions, connections } = varz.value;
    return connections > 0 && subscriptions > 0 ? subscriptions / connections : 0;
  });
  const bytes = CONNECTION_BYTES + SUBSCRIPTION_BYTES * Math.max(0, ...each);
  return Math.max(16, Math.min(MOST_A_PAGE, Math.floor(PAGE_BYTES / bytes)));
}

function joined(before: ServerAnswer<Connz>, next: ServerAnswer<Connz>): ServerAnswer<Connz> {
  return {
    ...next,
    value: { ...next.value, connections: [...before.value.connections, ...next.value.connections] },
    asOf: before.asOf,
    tookMs: before.tookMs + next.tookMs,
  };
}
