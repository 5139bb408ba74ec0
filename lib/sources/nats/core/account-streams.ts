import type { WallClock } from "../../../async/clock.ts";
import type { PartialFailure } from "../../../model/source.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { type Fields, fields, readConsumer, readStream, ShapeError } from "../jetstream/api-types.ts";
import type { ConsumerEntry, StreamEntry } from "../jetstream/entries.ts";
import type { AccountParts, Part, StreamPart } from "../jetstream/snapshot.ts";
import type { JszStreams } from "../servers/monitoring-types.ts";
import { createCadence } from "../servers/part-cadence.ts";
import { jszStreamsPart } from "../servers/server-parts.ts";
import type { ServerReport } from "../servers/server-report.ts";
import type { ServerAnswer, SystemWay } from "../servers/server-ways.ts";

/** Whether an account is sampled another way, by the id and the name that servers give it. */
export type IsSampled = (id: string, name: string) => boolean;

export interface AccountStreams {
  /**
   * Streams and consumers of all accounts that are not sampled another way, as their leaders last told the system
   * account. Looked up beside the samples, as every look walks all consumers; only the first one is waited for.
   */
  sample(servers: readonly ServerReport[], isSampled: IsSampled, signal: AbortSignal): Promise<AccountParts>;
  readonly failures: readonly PartialFailure[];
}

/** What is older counts as not sampled; at 10,000 consumers this costs their leaders 2 % of a core. */
const EVERY_MS = 5_000;

/** @param passes whether a stream of that name is wanted */
export function createAccountStreams(
  system: SystemWay,
  passes: (stream: string) => boolean,
  clock: WallClock,
): AccountStreams {
  const cadence = createCadence();
  /** Names by id, of the last look. */
  let held: ReadonlyMap<string, string> = new Map();
  let parts: AccountParts = new Map();
  let failures: readonly PartialFailure[] = [];
  let looking: Promise<void> | null = null;
  let first = true;

  const look = async (servers: readonly ServerReport[], isSampled: IsSampled, signal: AbortSignal) => {
    const holders = servers.filter(({ missed, varz }) => missed === 0 && varz.value.jetstream);
    const expected = new Set(holders.map(({ id }) => id));
    // A server that has just started has yet to tell whom it holds streams of.
    const names = new Map(holders.every(({ jszAccounts }) => jszAccounts) ? [] : held);
    for (const { jszAccounts } of holders) {
      for (const { id, name } of jszAccounts?.value.account_details ?? []) {
        if (!isSampled(id || name, name)) names.set(id || name, name);
      }
    }
    // What people call accounts need not be unique where they go by public keys.
    const called = [...names.values()];
    for (const [id, name] of names) {
      if (called.indexOf(name) !== called.lastIndexOf(name)) names.set(id, id);
    }
    held = names;
    const next = new Map<string, Part<StreamPart>>();
    const failed: PartialFailure[] = [];
    let costMs = 0;
    for (const [id, name] of names) {
      try {
        const askedAt = clock.now();
        const answers = await system.ask(jszStreamsPart(id), expected, signal);
        costMs += Math.max(...answers.map(({ tookMs }) => tookMs));
        next.set(name, readAnswers(answers, askedAt, passes));
      } catch (error) {
        if (signal.aborted || !(error instanceof CollectorError)) throw error;
        const { code, message } = error;
        failed.push({ scope: "source", subject: `JetStream of account ${name}`, code, message });
        next.set(name, "failed");
      }
    }
    parts = next;
    failures = failed;
    cadence.asked("streams", clock.now(), EVERY_MS, costMs);
  };

  return {
    get failures() {
      return failures;
    },

    async sample(servers, isSampled, signal) {
      const able = servers.some(({ missed }) => missed === 0) && !system.rests;
      if (looking === null && able && cadence.isDue("streams", clock.now())) {
        // What goes on beside the samples must not end with one of them.
        const abort = first ? signal : new AbortController().signal;
        looking = look(servers, isSampled, abort).finally(() => {
          looking = null;
        });
        if (first) await looking;
        else looking.catch(() => {}); // closed meanwhile
        first = false;
      }
      return parts;
    },
  };
}

/**
 * One account's streams from what every server has of them: a stream is told by the server that leads it, a consumer by
 * the one that leads that, as the others lag behind.
 */
export function readAnswers(
  answers: readonly ServerAnswer<JszStreams>[],
  asOf: number,
  passes: (stream: string) => boolean,
): Part<StreamPart> {
  const entries = new Map<string, StreamEntry>();
  const consumers = new Map<string, Map<string, ConsumerEntry>>();
  const seen = new Map<string, Set<string>>();
  for (const { serverName, value } of answers) {
    for (const detail of value.account_details.flatMap(({ stream_detail }) => stream_detail)) {
      const stream = readOr(() => readStream(fields(detail, "a stream"), asOf));
      if (stream === null || !passes(stream.name)) continue;
      const told = consumers.get(stream.name) ?? new Map<string, ConsumerEntry>();
      consumers.set(stream.name, told);
      const names = seen.get(stream.name) ?? new Set<string>();
      seen.set(stream.name, names);
      if (leads(serverName, detail as Fields)) entries.set(stream.name, stream);
      const details = (detail as Fields).consumer_detail;
      for (const one of Array.isArray(details) ? details : []) {
        const consumer = readOr(() => readConsumer(fields(one, "a consumer"), asOf));
        if (consumer === null) continue;
        names.add(consumer.name);
        if (leads(serverName, one as Fields)) told.set(consumer.name, consumer);
      }
    }
  }
  const missing = [...seen.keys()].filter((name) => !entries.has(name));
  const items = [...entries].map(([name, entry]) => {
    const told = consumers.get(name)!;
    const leaderless = [...seen.get(name)!].filter((consumer) => !told.has(consumer));
    return { entry, consumers: { items: [...told.values()].sort(byName), missing: leaderless } };
  });
  return { items, missing };
}

/** Whether that server leads it, or has it all to itself. */
function leads(server: string, { cluster }: Fields): boolean {
  if (typeof cluster !== "object" || cluster === null) return true;
  const { leader, name } = cluster as Fields;
  return leader === server || (name === undefined && leader === undefined);
}

function readOr<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof ShapeError) return null; // costs this one only
    throw error;
  }
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
