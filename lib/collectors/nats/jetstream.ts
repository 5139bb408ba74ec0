import type { PartialFailure } from "../../model/source.ts";
import { CollectorError } from "../contract.ts";
import { type AccountInfo, accountInfoSchema } from "./api-types.ts";
import type { NatsClient } from "./client.ts";
import { type NatsCollectorOptions, passesFilter } from "./config.ts";
import type { StreamEntry } from "./entries.ts";
import { JetStreamOff } from "./failure.ts";
import type { LateLists } from "./late-list.ts";
import { askConsumer, askStream, listConsumers, listStreams, mapConcurrently } from "./listing.ts";
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

/** Consumer lists asked for at once: enough to keep the server busy, few enough not to flood it. */
const LIST_WIDTH = 64;

/** What the sample before found, and lists that are still out. */
export interface Before {
  readonly streams: readonly StreamSnapshot[];
  readonly late: LateLists;
}

/** Every stream and every consumer of the account, from their leaders. Rejects only for a defect. */
export async function sampleJetStream(
  client: NatsClient,
  filter: NatsCollectorOptions["streams"],
  now: () => number,
  signal: AbortSignal,
  before: Before,
): Promise<JetStreamSample> {
  const accountAsked = client.ask("INFO", {}).then(
    (answer) => accountInfoSchema.safeParse(answer).data ?? null,
    () => null, // only facts depend on it, and some users may not ask it
  );
  try {
    const clustered = before.streams.every(({ entry }) => entry.cluster !== null);
    const listed = await before.late.get({
      api: "STREAM.LIST",
      list: () => listStreams(client, now),
      known: clustered ? before.streams.map(({ entry }) => entry.name) : [],
      alone: (name) => askStream(client, name, now),
      nobody: "wait",
    });
    const entries = listed.items.filter(({ name }) => passesFilter(filter, name));
    const missing = listed.missing.filter((name) => passesFilter(filter, name));
    const failures = missing.map((name) => leaderless("stream", name));
    const items = await sampleConsumers(client, entries, failures, now, signal, before);
    return { state: "on", streams: { items, missing }, account: await accountAsked, failures, error: null };
  } catch (error) {
    if (error instanceof JetStreamOff) return emptySample("off");
    if (!(error instanceof CollectorError)) throw error;
    const { code, message } = error;
    return {
      state: "failed",
      streams: "failed",
      account: null,
      failures: [{ scope: "source", subject: "JetStream", code, message }],
      error,
    };
  }
}

function sampleConsumers(
  client: NatsClient,
  streams: readonly StreamEntry[],
  failures: PartialFailure[],
  now: () => number,
  signal: AbortSignal,
  before: Before,
): Promise<StreamPart[]> {
  const known = new Map(before.streams.map(({ entry, consumers }) => [entry.name, consumers]));
  let stuck: CollectorError | null = null;
  return mapConcurrently(streams, LIST_WIDTH, async (entry) => {
    if (entry.consumerCount === 0) return { entry, consumers: { items: [], missing: [] } };
    try {
      if (signal.aborted) throw signal.reason;
      // By the time one request has timed out, all others are long sent, or the server is stuck.
      if (stuck) throw stuck;
      const consumers = await before.late.get({
        api: `CONSUMER.LIST.${entry.name}`,
        list: () => listConsumers(client, entry.name, now),
        known: entry.cluster === null ? [] : (known.get(entry.name) ?? []).map(({ name }) => name),
        alone: (name) => askConsumer(client, entry.name, name, now),
        nobody: "missing",
      });
      for (const name of consumers.missing) failures.push(leaderless("consumer", `${entry.name}.${name}`));
      return { entry, consumers };
    } catch (error) {
      if (!(error instanceof CollectorError)) throw error;
      if (error.code === "TIMEOUT" || error.code === "UNREACHABLE") stuck = error;
      const { code, message } = error;
      failures.push({ scope: "stream", subject: entry.name, code, message: `Its consumers: ${message}` });
      return { entry, consumers: "failed" as const };
    }
  });
}

function leaderless(scope: "stream" | "consumer", subject: string): PartialFailure {
  return {
    scope,
    subject,
    code: "ANSWERED_ERROR",
    message: "Its leader did not answer the cluster in time.",
  };
}

function emptySample(state: "off" | "unwanted"): JetStreamSample {
  return { state, streams: { items: [], missing: [] }, account: null, failures: [], error: null };
}
