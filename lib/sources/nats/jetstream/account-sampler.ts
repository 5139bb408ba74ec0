import type { ServerInfo } from "@nats-io/transport-node";
import { z } from "zod";
import type { Clock } from "../../../async/clock.ts";
import { within } from "../../../async/within.ts";
import { CollectorError } from "../../../sample/collector-error.ts";
import type { NatsAuthOptions, NatsCollectorOptions } from "../config.ts";
import { createNatsClient, type NatsClient } from "../connection/client.ts";
import { timedOut } from "../connection/failure.ts";
import { ConsumerTurns } from "./consumer-turns.ts";
import { failedSample, JETSTREAM_UNWANTED, type JetStreamSample, sampleJetStream } from "./jetstream.ts";
import { createLateLists } from "./late-list.ts";
import type { StreamSnapshot } from "./snapshot.ts";

/** What one account takes to be sampled: a connection of its own, and what is remembered of its streams. */
export interface AccountSampler {
  /** As it is called in the configuration; empty: the account that the source signs in to. */
  readonly account: string;
  readonly client: NatsClient;
  /** What the servers call the account; null: not told, or nothing depends on it. Some users may not ask. */
  readonly identity: AccountIdentity | null;
  /** Connects where that is not done. Rejects with a `CollectorError`. */
  open(signal: AbortSignal): Promise<ServerInfo>;
  /**
   * Its streams and consumers. What goes wrong is in the result; rejects only for a defect. Does not wait for a
   * connection that could not be made the last time.
   *
   * @param last what the sample before found, of all accounts · @param focus keys of consumers that someone looks at
   * @param roundTripMs to the servers
   */
  sample(
    last: readonly StreamSnapshot[],
    focus: readonly string[],
    roundTripMs: number,
    signal: AbortSignal,
  ): Promise<JetStreamSample>;
  close(): Promise<void>;
}

export interface AccountIdentity {
  /** Its public key, or its name where accounts are named in the servers' configuration. */
  readonly id: string;
  readonly name: string;
}

/** Every refusal is a line in the server's log. */
const RETRY_MS = 1_000;
const MOST_RETRY_MS = 30_000;

/** Of the time for one request, what all questions to one account may take together. */
const MOST_OF_TIME = 0.7;

const userInfoSchema = z.object({
  data: z.object({ account: z.string().min(1), account_name: z.string().optional() }),
});

/** @param other another account than the one the source signs in to */
export function createAccountSampler(
  options: NatsCollectorOptions,
  clock: Clock,
  other?: { readonly name: string; readonly auth: NatsAuthOptions },
): AccountSampler {
  const account = other?.name ?? "";
  const client = createNatsClient(other ? { ...options, auth: other.auth } : options, clock);
  const late = createLateLists(clock);
  const turns = new ConsumerTurns();
  const closing = new AbortController();
  let identity: AccountIdentity | null = null;
  let identified: ServerInfo | null = null;
  /** Why it could not connect the last time, how often in a row, and the next try, which goes on beside the samples. */
  let failure: CollectorError | null = null;
  let failures = 0;
  let retryAt = 0;
  let opening: Promise<void> | null = null;

  const open = async (signal: AbortSignal) => {
    const info = await client.open(signal);
    failure = null;
    if (identified !== info && options.systemAccount !== undefined) {
      identified = info;
      // Beside the sample: some servers leave it unanswered, and it is needed only where two accounts tell the same.
      void askIdentity(client).then((told) => {
        identity = told;
      });
    }
    return info;
  };

  const tryToOpen = async (signal: AbortSignal) => {
    try {
      await open(signal);
      failures = 0;
    } catch (error) {
      if (!(error instanceof CollectorError) || signal.aborted) throw error;
      failure = error;
      retryAt = clock.now() + Math.min(MOST_RETRY_MS, RETRY_MS * 2 ** failures++);
    }
  };

  /** Another account that cannot be reached must not hold up the source: only the first try is waited for. */
  const openBeside = async (signal: AbortSignal): Promise<CollectorError | null> => {
    if (failure === null) await tryToOpen(signal);
    else if (opening === null && clock.now() >= retryAt) {
      opening = tryToOpen(closing.signal)
        .catch(() => {}) // closed meanwhile
        .finally(() => {
          opening = null;
        });
    }
    return failure;
  };

  return {
    account,
    client,
    get identity() {
      return identity;
    },
    open,

    async sample(last, focus, roundTripMs, signal) {
      if (options.jetstream === false) return JETSTREAM_UNWANTED;
      const refused = account === "" ? null : await openBeside(signal);
      if (refused) return failedSample(account, refused);
      const asking = { account, client, filter: options.streams, clock, late, turns };
      late.begin(roundTripMs);
      const before = last.filter((stream) => stream.account === account);
      const sampling = sampleJetStream(asking, before, streamsOf(focus, account), signal);
      // One account that leaves its questions unanswered must not take the time of the others' sample.
      const limitMs = options.requestTimeoutMs * MOST_OF_TIME;
      return within(clock, limitMs, sampling, () => timedOut(options.servers.join(", "))).catch((error) => {
        if (!(error instanceof CollectorError)) throw error;
        return failedSample(account, error);
      });
    },

    async close() {
      closing.abort(new CollectorError("INTERNAL", "The collector was closed.", "Make a new one."));
      await client.close();
      await opening;
    },
  };
}

/** Names of the account's streams whose consumers have these keys. */
function streamsOf(keys: readonly string[], account: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const key of keys) {
    const stream = key.slice(0, key.lastIndexOf("."));
    const slash = stream.lastIndexOf("/");
    if (stream.slice(0, Math.max(0, slash)) === account) names.add(stream.slice(slash + 1));
  }
  return names;
}

async function askIdentity(client: NatsClient): Promise<AccountIdentity | null> {
  try {
    const answer = await client.request("$SYS.REQ.USER.INFO", "");
    const told = userInfoSchema.safeParse(answer.json());
    if (!told.success) return null;
    const { account, account_name } = told.data.data;
    return { id: account, name: account_name || account };
  } catch {
    return null; // it only helps not to show an account twice
  }
}
