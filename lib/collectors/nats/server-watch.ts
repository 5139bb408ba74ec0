import type { PartialFailure } from "../../model/source.ts";
import { CollectorError } from "../contract.ts";
import { createCadence } from "./part-cadence.ts";
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
import type { ServerReport } from "./server-report.ts";
import type { MonitoringWay, ServerAnswer, SystemWay } from "./server-ways.ts";
import { readSubscriptions } from "./subscription-pages.ts";

/** One look at all servers. */
export interface ServerRound {
  /** By name; those that do not answer any more for a while yet. */
  readonly servers: readonly ServerReport[];
  readonly failures: readonly PartialFailure[];
}

export interface ServerWatch {
  sample(signal: AbortSignal): Promise<ServerRound>;
}

/** Asks all servers, and each of them only where others have not answered. */
export type AskServers = <T>(
  part: ServerPart<T>,
  wanted: ReadonlySet<string>,
) => Promise<readonly ServerAnswer<T>[]>;

/** Every so many rounds it is waited for servers that nobody knows of yet. */
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
  now: () => number,
): ServerWatch {
  const reports = new Map<string, ServerReport>();
  const cadence = createCadence();
  const closedLooks = new Map<string, number>();
  let rounds = 0;
  let links = Number.NaN;

  const answering = () => [...reports.values()].filter(({ missed }) => missed === 0);

  const askVarz = async (ask: AskServers) => {
    const newLinks = sum(answering(), ({ varz }) => varz.value.routes + varz.value.leafnodes);
    const discover = rounds++ % DISCOVERY_ROUNDS === 0 || newLinks !== links;
    links = newLinks;
    const expected = new Set(discover ? [] : answering().map(({ id }) => id));
    const answers = await ask(VARZ, expected);
    const answered = new Set(answers.map(({ serverId }) => serverId));
    for (const [id, report] of reports) {
      if (!answered.has(id)) reports.set(id, { ...report, missed: report.missed + 1 });
    }
    for (const answer of answers) accept(answer);
    for (const [id, { varz }] of reports) {
      if (varz.asOf < now() - REMEMBERED_MS) reports.delete(id);
    }
  };

  const accept = ({
    serverId: id,
    serverName,
    value,
    asOf,
    tookMs,
  }: ServerAnswer<(typeof VARZ)["schema"]["_output"]>) => {
    const known = reports.get(id);
    const name = value.server_name || serverName || id;
    if (!known) {
      for (const [other, report] of reports) {
        if (report.name === name && report.missed > 0) reports.delete(other); // it was started anew
      }
    }
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

  const take = (key: PartKey | "closed" | "subscriptions", answers: readonly ServerAnswer<unknown>[]) => {
    for (const { serverId, value, asOf } of answers) {
      const report = reports.get(serverId);
      if (report) reports.set(serverId, { ...report, [key]: { value, asOf } });
    }
  };

  const askPart = async ({ key, part, everyMs, wanted }: Slow, ask: AskServers) => {
    if (!cadence.isDue(key, now())) return;
    const asked = answering().filter(wanted);
    if (asked.length === 0) return;
    const answers = await ask(part, new Set(asked.map(({ id }) => id)));
    take(key, answers);
    cadence.asked(key, now(), everyMs, costOf(answers));
  };

  const askSubscriptions = async (ask: AskServers) => {
    if (!cadence.isDue("subscriptions", now())) return;
    const answers = await readSubscriptions(ask, answering());
    take("subscriptions", answers);
    cadence.asked("subscriptions", now(), 10_000, costOf(answers));
  };

  const askClosed = async (ask: AskServers) => {
    const wanted = answering().filter(({ id }) => closedLooks.has(id));
    if (wanted.length === 0) return;
    take("closed", await ask(CLOSED, new Set(wanted.map(({ id }) => id))));
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
      const failures: PartialFailure[] = [];
      const ask = createAsk(system, monitoring, failures, signal);
      await askVarz(ask);
      if (answering().length > 0) {
        await Promise.all([
          ...PARTS.map((part) => askPart(part, ask)),
          askSubscriptions(ask),
          askClosed(ask),
        ]);
      }
      const servers = [...reports.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
      return { servers, failures: distinct(failures) };
    },
  };
}

const NOTHING_TOLD = {
  connz: null,
  subscriptions: null,
  closed: null,
  routez: null,
  gatewayz: null,
  leafz: null,
  accounts: null,
  jszAccounts: null,
};

function createAsk(
  system: SystemWay | null,
  monitoring: readonly MonitoringWay[],
  failures: PartialFailure[],
  signal: AbortSignal,
): AskServers {
  const fail = (subject: string, error: unknown) => {
    if (signal.aborted || !(error instanceof CollectorError)) throw error;
    failures.push({ scope: "source", subject, code: error.code, message: error.message });
    return [];
  };
  let systemLost = false;
  return async (part, wanted) => {
    const told = systemLost
      ? []
      : ((await system?.ask(part, wanted, signal).catch((error) => fail("system account", error))) ?? []);
    // Whoever is not of the system account may be answered some of the others, of its own account only.
    if (part === (VARZ as unknown) && told.length === 0) systemLost = true;
    const had = new Set(told.map(({ serverId }) => serverId));
    const others = monitoring.filter(({ serverId }) =>
      part === (VARZ as unknown)
        ? serverId === null || !had.has(serverId)
        : serverId !== null && wanted.has(serverId) && !had.has(serverId),
    );
    const rest = await Promise.all(
      others.map((way) =>
        way.ask(part, signal).catch((error) => fail(`monitoring endpoint ${way.address}`, error)),
      ),
    );
    // Two endpoints may be one server.
    const byServer = new Map([...rest.flat(), ...told].map((answer) => [answer.serverId, answer]));
    return [...byServer.values()];
  };
}

/** Parts of one dead endpoint fail for one reason. */
function distinct(failures: readonly PartialFailure[]): PartialFailure[] {
  return failures.filter(
    (one, i) =>
      failures.findIndex(
        ({ subject, code, message }) =>
          subject === one.subject && code === one.code && (code !== "DENIED" || message === one.message),
      ) === i,
  );
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + (value(item) || 0), 0);
}
