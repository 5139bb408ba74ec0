import { setTimeout as delay } from "node:timers/promises";
import type { LocalBroker, Progress } from "./broker.ts";
import { BrokerError, throwIfAborted } from "./broker-error.ts";

const launchAttempts = 5;
const completeTimeoutMs = 60_000;

/** Servers on their way that will find each other. */
export interface Gathering<T> {
  readonly launched: readonly Promise<T>[];
  /** Null once they are together; else what is still missing, for people. */
  lacking(servers: readonly T[]): Promise<string | null>;
}

export interface GatherOptions {
  /** `Kafka cluster`. */
  readonly name: string;
  readonly log: Progress;
  readonly signal: AbortSignal | undefined;
}

export interface Gathered<T> {
  readonly servers: readonly T[];
  /** Ends every server, whatever state it is in. Safe to repeat. */
  stop(): Promise<void>;
}

/**
 * Starts several servers that make one cluster, on other ports again where another process took one meanwhile. Resolves
 * once nothing is lacking.
 *
 * @param launch starts them all; its signal aborts when one of them fails: the others would wait for it in vain
 */
export async function gather<T extends LocalBroker>(
  o: GatherOptions,
  launch: (signal: AbortSignal) => Promise<Gathering<T>>,
): Promise<Gathered<T>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await gatherOnce(o, launch);
    } catch (error) {
      const taken = error instanceof BrokerError && error.code === "port-taken";
      if (!taken || attempt === launchAttempts) throw error;
      o.log(`Another process took a port of the ${o.name} just now; trying others`);
    }
  }
}

async function gatherOnce<T extends LocalBroker>(
  { name, signal: asked }: GatherOptions,
  launch: (signal: AbortSignal) => Promise<Gathering<T>>,
): Promise<Gathered<T>> {
  const failed = new AbortController();
  const { launched, lacking } = await launch(AbortSignal.any([failed.signal, ...(asked ? [asked] : [])]));
  for (const server of launched) server.catch((error: unknown) => failed.abort(error));
  const settled = await Promise.allSettled(launched);
  const servers = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const stop = async () => {
    // Killed: an orderly end waits for a majority or hands over first, and the data goes anyway.
    await Promise.all(servers.map((server) => server.kill().then(() => server.stop())));
  };
  try {
    if (failed.signal.aborted) throw failed.signal.reason;
    const deadline = Date.now() + completeTimeoutMs;
    for (;;) {
      throwIfAborted(asked);
      const missing = await lacking(servers);
      if (missing === null) return { servers, stop };
      if (Date.now() > deadline) {
        throw new BrokerError("start-failed", `The ${name} did not come together: ${missing}`);
      }
      await delay(40);
    }
  } catch (error) {
    await stop();
    throw error;
  }
}
