import { setMaxListeners } from "node:events";
import type { WallClock } from "../../../async/clock.ts";
import type { PartialFailure } from "../../../model/source.ts";
import { readSubscriptions } from "../core/subscription-pages.ts";
import { createCadence } from "./part-cadence.ts";
import { type AskServers, createAsking, distinct, SYSTEM } from "./server-asking.ts";
import {
  ACCOUNT_STATZ,
  CLOSED,
  CONNZ,
  GATEWAYZ,
  JSZ_ACCOUNTS,
  LEAFZ,
  ROUTEZ,
  type ServerPart,
  VARZ,
} from "./server-parts.ts";
import { isGone, NOTHING_TOLD, type ServerReport } from "./server-report.ts";
import type { MonitoringWay, ServerAnswer, SystemWay } from "./server-ways.ts";

/** One look at all servers. */
export interface ServerRound {
  /** By name; those that do not answer any more for a while yet. */
  readonly servers: readonly ServerReport[];
  readonly failures: readonly PartialFailure[];
}

export interface ServerWatch {
  sample(signal: AbortSignal): Promise<ServerRound>;
}

/** Asks for a part; what goes wrong is told until that part is asked for again. */
type AskFor = (key: string) => AskServers;

/** Every so many rounds servers are looked for that nobody knows of yet. */
const DISCOVERY_ROUNDS = 10;
/** A server that does not answer any more is told of for so long. */
const REMEMBERED_MS = 15 * 60_000;
/** The ring of closed connections is filled a moment after slow ones were counted: look more than once. */
const CLOSED_LOOKS = 3;

type PartKey = "connz" | "routez" | "gatewayz" | "leafz" | "accounts" | "jszAccounts";

interface Slow {
  readonly key: PartKey;
  readonly part: ServerPart<unknown>;
  readonly everyMs: number;
  /** Whether this server has anything to tell. */
  readonly wanted: (report: ServerReport) => boolean;
}

const PARTS: readonly Slow[] = [
  { key: "connz", part: CONNZ, everyMs: 0, wanted: () => true },
  {
    key: "routez",
    part: ROUTEZ,
    everyMs: 5_000,
    // Once more after the last one went.
    wanted: ({ varz, routez }) => varz.value.routes > 0 || (routez?.value.routes.length ?? 0) > 0,
  },
  {
    key: "gatewayz",
    part: GATEWAYZ,
    everyMs: 5_000,
    wanted: ({ varz }) => Boolean(varz.value.gateway?.name),
  },
  {
    key: "leafz",
    part: LEAFZ,
    everyMs: 5_000,
    wanted: ({ varz, leafz }) => varz.value.leafnodes > 0 || (leafz?.value.leafs.length ?? 0) > 0,
  },
  { key: "accounts", part: ACCOUNT_STATZ, everyMs: 5_000, wanted: () => true },
  {
    key: "jszAccounts",
    part: JSZ_ACCOUNTS,
    everyMs: 10_000,
    wanted: ({ varz }) => Boolean(varz.value.jetstream),
  },
];

/**
 * What all servers tell of themselves: the system account wins, monitoring endpoints fill in what is missing there.
 * `varz` is asked every round; what costs a server more is asked less often, and the last answer is kept.
 */
export function createServerWatch(
  system: SystemWay | null,
  monitoring: readonly MonitoringWay[],
  clock: WallClock,
): ServerWatch {
  const reports = new Map<string, ServerReport>();
  const cadence = createCadence();
  /** What each server has been asked for at all: who is new does not wait for the next turn. */
  const tried = new Map<string, Set<PartKey>>();
  const closedLooks = new Map<string, number>();
  /** Of the last time that each part was asked for. */
  const failures = new Map<string, PartialFailure[]>();
  let subscribing: Promise<void> | null = null;
  let hadSubscriptions = false;
  let rounds = 0;
  let links = Number.NaN;
  /** Servers that answered while nobody waited for them. */
  let discovered = new Set<string>();

  const answering = () => [...reports.values()].filter(({ missed }) => missed === 0);

  const askVarz = async (ask: AskServers) => {
    const there = [...reports.values()].filter((report) => !isGone(report));
    const expected = new Set([...there.map(({ id }) => id), ...discovered]);
    discovered = new Set();
    const answers = await ask(VARZ, expected);
    const answered = new Set(answers.map(({ serverId }) => serverId));
    // Where it is Streamside that cannot ask, servers are not known to be gone.
    const heard = answers.length > 0 && !failures.get("varz")?.some(({ subject }) => subject === SYSTEM);
    for (const [id, report] of reports) {
      if (!answered.has(id)) reports.set(id, { ...report, missed: heard ? report.missed + 1 : 1 });
    }
    for (const answer of answers) accept(answer);
    for (const [id, { varz }] of reports) {
      if (varz.asOf < clock.now() - REMEMBERED_MS) reports.delete(id);
    }
    for (const id of tried.keys()) if (!reports.has(id)) tried.delete(id);
  };

  /** Beside the round: it takes until nobody else answers. */
  const discover = () => {
    const newLinks = sum(answering(), ({ varz }) => varz.value.routes + varz.value.leafnodes);
    const isDue = ++rounds % DISCOVERY_ROUNDS === 0 || (rounds > 1 && newLinks !== links);
    links = newLinks;
    if (system === null || !isDue) return;
    system.ask(VARZ, NOBODY, NEVER).then(
      (answers) => {
        for (const { serverId } of answers) discovered.add(serverId);
      },
      () => {}, // the round itself tells what is wrong
    );
  };

  const accept = ({
    serverId: id,
    serverName,
    value,
    asOf,
    tookMs,
  }: ServerAnswer<(typeof VARZ)["schema"]["_output"]>) => {
    const known = reports.get(id);
    const name = known?.name ?? nameOf(id, value.server_name || serverName || id);
    const slowBefore = known?.varz.value.slow_consumers ?? 0;
    if (value.slow_consumers > slowBefore) closedLooks.set(id, CLOSED_LOOKS);
    reports.set(id, {
      ...(known ?? NOTHING_TOLD),
      id,
      name,
      cluster: value.cluster?.name ?? "",
      varz: { value, asOf },
      tookMs,
      missed: 0,
    });
  };

  /** Takes the place of the server of that name that went; beside one that is there it needs another name. */
  const nameOf = (id: string, name: string): string => {
    const namesakes = [...reports.values()].filter((report) => report.name === name);
    for (const { id: other, missed } of namesakes) if (missed > 0) reports.delete(other);
    return namesakes.some(({ missed }) => missed === 0) ? `${name} ${id.slice(0, 8)}` : name;
  };

  const take = (key: PartKey | "closed" | "subscriptions", answers: readonly ServerAnswer<unknown>[]) => {
    for (const { serverId, value, asOf } of answers) {
      const report = reports.get(serverId);
      if (report) reports.set(serverId, { ...report, [key]: { value, asOf } });
    }
  };

  const askPart = async ({ key, part, everyMs, wanted }: Slow, askFor: AskFor) => {
    const asked = answering().filter(wanted);
    const isNew = asked.some(({ id }) => !tried.get(id)?.has(key));
    if (asked.length === 0 || !(isNew || cadence.isDue(key, clock.now()))) return;
    for (const { id } of asked) tried.set(id, (tried.get(id) ?? new Set()).add(key));
    const answers = await askFor(key)(part, new Set(asked.map(({ id }) => id)));
    take(key, answers);
    cadence.asked(key, clock.now(), everyMs, costOf(answers));
  };

  /** Large answers: only the first one is waited for, the others come beside the rounds. */
  const askSubscriptionsBeside = (askFor: AskFor): Promise<void> | undefined => {
    if (subscribing !== null || !cadence.isDue("subscriptions", clock.now())) return;
    subscribing = askSubscriptions(askFor).finally(() => {
      subscribing = null;
    });
    if (!hadSubscriptions) {
      hadSubscriptions = true;
      return subscribing;
    }
    subscribing.catch(() => {}); // aborted meanwhile
  };

  const askSubscriptions = async (askFor: AskFor) => {
    const answers = await readSubscriptions(askFor("subscriptions"), answering());
    take("subscriptions", answers);
    cadence.asked("subscriptions", clock.now(), 10_000, costOf(answers));
  };

  const askClosed = async (askFor: AskFor) => {
    const wanted = answering().filter(({ id }) => closedLooks.has(id));
    failures.delete("closed");
    if (wanted.length === 0) return;
    take("closed", await askFor("closed")(CLOSED, new Set(wanted.map(({ id }) => id))));
    for (const [id, looks] of closedLooks) {
      if (looks > 1 && reports.has(id)) closedLooks.set(id, looks - 1);
      else closedLooks.delete(id);
    }
  };

  /** How much longer than the cheapest question an answer took: what it cost its server, without the network. */
  const costOf = (answers: readonly ServerAnswer<unknown>[]) =>
    Math.max(0, ...answers.map(({ serverId, tookMs }) => tookMs - (reports.get(serverId)?.tookMs ?? 0)));

  return {
    async sample(signal) {
      setMaxListeners(0, signal); // one a request: many servers times many questions are no leak
      const asking = createAsking(system, monitoring, signal);
      const askFor = (key: string) => {
        const failed: PartialFailure[] = [];
        failures.set(key, failed);
        return asking(failed);
      };
      await askVarz(askFor("varz"));
      if (answering().length > 0) {
        discover();
        await Promise.all([
          ...PARTS.map((part) => askPart(part, askFor)),
          askSubscriptionsBeside(askFor),
          askClosed(askFor),
        ]);
      }
      const servers = [...reports.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
      return { servers, failures: distinct([...failures.values()].flat()) };
    },
  };
}

const NOBODY: ReadonlySet<string> = new Set();
const NEVER = new AbortController().signal;

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + (value(item) || 0), 0);
}
