import type { Clock } from "../../../async/clock.ts";
import { mapConcurrently } from "../../../async/map-concurrently.ts";
import { within } from "../../../async/within.ts";
import type { PartialFailure } from "../../../model/source.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import { type NatsCollectorOptions, passesFilter } from "../config.ts";
import type { NatsClient } from "../connection/client.ts";
import { JetStreamOff } from "../connection/failure.ts";
import { consumerKey, streamKey } from "../layout.ts";
import { type AccountInfo, accountInfoSchema } from "./api-types.ts";
import type { ConsumerTurns } from "./consumer-turns.ts";
import type { StreamEntry } from "./entries.ts";
import type { LateLists } from "./late-list.ts";
import { askConsumer, askStream, listConsumers, listStreams } from "./listing.ts";
import type { Part, StreamPart, StreamSnapshot } from "./snapshot.ts";

export interface JetStreamSample {
  readonly state: "on" | "off" | "unwanted" | "failed";
  readonly streams: Part<StreamPart>;
  readonly account: AccountInfo | null;
  readonly failures: readonly PartialFailure[];
  /** Why there is nothing; set exactly when `failed`. */
  readonly error: CollectorError | null;
}

export const JETSTREAM_UNWANTED = emptySample("unwanted");

/** How much longer than the lists the account's figures may take. */
const ACCOUNT_MS = 300;

/** Consumer lists asked for at once: enough to keep the server busy, few enough not to flood it. */
const LIST_WIDTH = 64;

/** Whom to ask, and what is remembered of it from sample to sample. */
export interface Asking {
  /** Empty: the account that the source signs in to. */
  readonly account: string;
  readonly client: NatsClient;
  readonly filter: NatsCollectorOptions["streams"];
  readonly clock: Clock;
  readonly late: LateLists;
  readonly turns: ConsumerTurns;
}

/**
 * Every stream of the account and the consumers whose turn it is, from their leaders. Rejects only for a defect.
 *
 * @param before what the sample before found · @param focus names of streams that someone looks at
 */
export async function sampleJetStream(
  asking: Asking,
  before: readonly StreamSnapshot[],
  focus: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<JetStreamSample> {
  const { account, client, filter, clock, late } = asking;
  const accountAsked = client.ask("INFO", {}).then(
    (answer) => accountInfoSchema.safeParse(answer).data ?? null,
    () => null, // only facts depend on it, and some users may not ask it
  );
  // Nor is anything to wait for them: who else would answer may have lost its leader.
  const accountInfo = () =>
    within(clock, ACCOUNT_MS, accountAsked, () => new Error("late")).catch(() => null);
  try {
    const clustered = before.every(({ entry }) => entry.cluster !== null);
    const listed = await late.get({
      api: "STREAM.LIST",
      list: () => listStreams(client, clock),
      known: clustered ? before.map(({ entry }) => entry.name) : null,
      alone: (name) => askStream(client, name, clock),
      nobody: "wait",
    });
    const entries = listed.items.filter(({ name }) => passesFilter(filter, name));
    const missing = listed.missing.filter((name) => passesFilter(filter, name));
    const failures = missing.map((name) =>
      leaderless("stream", streamKey(account, name), listed.offline?.get(name)),
    );
    if (listed.error) failures.push(...failedSample(account, listed.error).failures);
    const items = await sampleConsumers(asking, entries, failures, before, focus, signal);
    return { state: "on", streams: { items, missing }, account: await accountInfo(), failures, error: null };
  } catch (error) {
    if (error instanceof JetStreamOff) return emptySample("off");
    if (!(error instanceof CollectorError)) throw error;
    return failedSample(account, error);
  }
}

/** Nothing could be had of this account. */
export function failedSample(account: string, error: CollectorError): JetStreamSample {
  const { code, message } = error;
  const subject = account === "" ? "JetStream" : `account ${account}`;
  return {
    state: "failed",
    streams: "failed",
    account: null,
    failures: [{ scope: "source", subject, code, message }],
    error,
  };
}

function sampleConsumers(
  { account, client, clock, late, turns }: Asking,
  streams: readonly StreamEntry[],
  failures: PartialFailure[],
  before: readonly StreamSnapshot[],
  focus: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<StreamPart[]> {
  const known = new Map(before.map(({ entry, consumers }) => [entry.name, consumers]));
  const asked = turns.plan(streams, focus, clock.now());
  let stuck: CollectorError | null = null;
  return mapConcurrently(streams, LIST_WIDTH, async (entry) => {
    if (!asked.has(entry.name)) return { entry, consumers: turns.last(entry) };
    const key = streamKey(account, entry.name);
    try {
      if (signal.aborted) throw signal.reason;
      // By the time one request has timed out, all others are long sent, or the server is stuck.
      if (stuck) throw stuck;
      const consumers = await late.get({
        api: `CONSUMER.LIST.${entry.name}`,
        list: () => listConsumers(client, entry.name, clock),
        known: entry.cluster && (known.get(entry.name)?.map(({ name }) => name) ?? null),
        alone: (name) => askConsumer(client, entry.name, name, clock),
        nobody: "missing",
      });
      for (const name of consumers.missing) {
        const subject = consumerKey(account, entry.name, name);
        failures.push(leaderless("consumer", subject, consumers.offline?.get(name)));
      }
      turns.took(entry, consumers, clock.now());
      return { entry, consumers };
    } catch (error) {
      if (!(error instanceof CollectorError)) throw error;
      if (error.code === "TIMEOUT" || error.code === "UNREACHABLE") stuck = error;
      const { code, message } = error;
      failures.push({ scope: "stream", subject: key, code, message: `Its consumers: ${message}` });
      turns.took(entry, "failed", clock.now());
      return { entry, consumers: "failed" as const };
    }
  });
}

/** @param offline why it is, where it is that */
function leaderless(
  scope: "stream" | "consumer",
  subject: string,
  offline: string | undefined,
): PartialFailure {
  return {
    scope,
    subject,
    code: "ANSWERED_ERROR",
    message:
      offline === undefined
        ? "Its leader did not answer the cluster in time."
        : `It is offline: ${offline || "no reason given"}.`,
  };
}

function emptySample(state: "off" | "unwanted"): JetStreamSample {
  return { state, streams: { items: [], missing: [] }, account: null, failures: [], error: null };
}
