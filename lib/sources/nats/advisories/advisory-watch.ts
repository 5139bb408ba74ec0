import type { EpochMs } from "../../../model/reading.ts";
import type { PartialFailure, SourceEvent, SourceFact } from "../../../model/source.ts";
import { type Gauge, gaugesOf } from "../../../sample/gauge.ts";
import { countText } from "../../event-text.ts";
import { type NatsCollectorOptions, passesFilter } from "../config.ts";
import type { NatsClient } from "../connection/client.ts";
import type { Snapshot, StreamSnapshot } from "../jetstream/snapshot.ts";
import { consumerKey, streamKey } from "../layout.ts";
import { type Advisories, createAdvisories } from "./advisories.ts";
import type { GivenUp } from "./given-up.ts";
import type { Heard } from "./heard.ts";

/** The advisories of all accounts of a source. */
export interface AdvisoryWatch {
  /** Messages of a stream that consumers gave up and that are still there. */
  givenUpOf(account: string, stream: string): readonly GivenUp[];
  /** What is known of single messages now, by account. */
  heard(): ReadonlyMap<string, Heard>;
  /** When a sample begins, before anything is asked of the server that said so of itself. */
  begin(info: object): void;
  /**
   * @param sampled accounts whose streams were listed this time; of the others nothing is concluded
   * @param others what the servers' own figures show to have happened
   */
  tell(
    snapshot: Snapshot,
    sampled: ReadonlySet<string>,
    at: EpochMs,
    others?: readonly SourceEvent[],
  ): AdvisoryWatchReport;
}

interface AdvisoryWatchReport {
  readonly events: readonly SourceEvent[];
  readonly failures: readonly PartialFailure[];
  readonly facts: readonly SourceFact[];
  readonly gauges: readonly Gauge[];
}

interface Account {
  readonly account: string;
  readonly client: NatsClient;
}

/** @param systemClient a connection to the system account, where there is one */
export function createAdvisoryWatch(
  options: Pick<NatsCollectorOptions, "streams" | "jetstream" | "domain" | "apiAudit">,
  accounts: readonly Account[],
  systemClient: NatsClient | null,
  now: () => EpochMs,
): AdvisoryWatch {
  const passes = (stream: string) => passesFilter(options.streams, stream);
  const create = (account: string, client: NatsClient | null, system = false) =>
    createAdvisories({
      client: options.jetstream === false ? null : client,
      name: system ? "advisories of the system account" : `advisories${account && ` of ${account}`}`,
      keys: {
        stream: (stream) => streamKey(account, stream),
        consumer: (stream, consumer) => consumerKey(account, stream, consumer),
      },
      passes,
      now,
      system,
      audit: options.apiAudit ?? false,
    });
  const watched = new Map(accounts.map(({ account, client }) => [account, create(account, client)]));
  const servers = systemClient ? create("", systemClient, true) : null;
  const elections = createElections();
  const all = (): Advisories[] => [...watched.values(), ...(servers ? [servers] : [])];

  return {
    begin(info) {
      const domain = options.domain ?? domainOf(info);
      for (const one of all()) one.begin(domain);
    },

    tell(snapshot, sampled, at, others = []) {
      const streams = groupByAccount(snapshot);
      for (const account of streams.keys()) {
        if (!watched.has(account)) watched.set(account, create(account, null));
      }
      const own = new Set(accounts.map(({ account }) => account));
      const reports = [...watched].map(([account, advisories]) => {
        // Whether one that only the system account tells of has no streams any more, or is not told, nobody knows.
        const none = own.has(account) ? [] : null;
        return advisories.tell(sampled.has(account) ? (streams.get(account) ?? none) : null, at);
      });
      if (servers) reports.push(servers.tell([], at));
      const totals = sumUp(all());
      return {
        events: elections.sift(
          reports.flatMap(({ events }) => events),
          others,
          at,
        ),
        failures: reports.flatMap(({ failures }) => failures),
        facts: options.jetstream === false ? [] : [mapFact(totals)],
        gauges: gaugesOf({
          streamside_nats_advisories_total: ["Advisories heard.", totals.heard],
          streamside_nats_advisories_ignored_total: [
            "Advisories that were malformed or not from a server.",
            totals.ignored,
          ],
          streamside_nats_advisories_unread_total: [
            "Advisories of a kind that Streamside does not know.",
            totals.unread,
          ],
        }),
      };
    },

    heard: () => new Map([...watched].map(([account, advisories]) => [account, advisories.heard()])),
    givenUpOf: (account, stream) => watched.get(account)?.givenUpOf(stream) ?? [],
  };
}

/** The library's type leaves it out. Empty: the server has no domain. */
function domainOf(info: { readonly domain?: unknown }): string {
  return typeof info.domain === "string" ? info.domain : "";
}

/** How long the servers' own figures may take to show who leads JetStream. */
const SHOWN_MS = 10_000;

/**
 * The servers' own figures tell who leads JetStream and who did before. An advisory adds only the elections that they
 * do not show: of the same leader again, or of two in a row.
 */
function createElections() {
  const isElection = ({ kind }: SourceEvent) => kind === "meta-leader";
  let shownAt = Number.NEGATIVE_INFINITY;
  let held: SourceEvent[] = [];
  return {
    sift(events: readonly SourceEvent[], others: readonly SourceEvent[], at: EpochMs): SourceEvent[] {
      if (others.some(isElection)) shownAt = at;
      const waiting = [...held, ...events.filter(isElection)];
      if (waiting.length === 0) return [...events];
      const unshown = waiting.filter((election) => shownAt < election.at);
      held = unshown.filter((election) => at - election.at < SHOWN_MS);
      const due = unshown.filter((election) => at - election.at >= SHOWN_MS);
      return [...events.filter((event) => !isElection(event)), ...due];
    },
  };
}

function groupByAccount({ streams }: Snapshot): Map<string, StreamSnapshot[]> {
  const accounts = new Map<string, StreamSnapshot[]>();
  for (const stream of streams) {
    const group = accounts.get(stream.account);
    if (group) group.push(stream);
    else accounts.set(stream.account, [stream]);
  }
  return accounts;
}

function sumUp(watched: readonly Advisories[]) {
  const totals = { heard: 0, ignored: 0, unknown: 0, unread: 0 };
  for (const { counts } of watched) {
    totals.heard += counts.heard;
    totals.ignored += counts.ignored;
    totals.unknown += counts.unknown;
    totals.unread += counts.unread;
  }
  return totals;
}

function mapFact({ heard, ignored, unknown, unread }: ReturnType<typeof sumUp>): SourceFact {
  const parts = ["{} heard"];
  if (ignored > 0) parts.push(`${countText(ignored)} ignored (malformed or not believable)`);
  if (unknown > 0) parts.push(`${countText(unknown)} of unknown kinds`);
  if (unread > 0) parts.push(`${countText(unread)} counted only (too many at once)`);
  return {
    label: "Advisories",
    value: { kind: "count", value: heard, of: parts.join(", ") },
    title: "What JetStream published of itself on $JS.EVENT.>, since Streamside was started",
  };
}
