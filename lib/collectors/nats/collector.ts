import { type Collector, CollectorError, type Observation, type Scope } from "../contract.ts";
import { AgeReader } from "./age-reader.ts";
import { ageRound } from "./age-round.ts";
import { createNatsClient } from "./client.ts";
import type { NatsCollectorOptions } from "./config.ts";
import { sampleCore } from "./core.ts";
import { mapFacts } from "./facts.ts";
import { JETSTREAM_UNWANTED, sampleJetStream } from "./jetstream.ts";
import { createLateLists } from "./late-list.ts";
import { type Mapped, mapSnapshot } from "./mapper.ts";
import { createMonitoringClient } from "./monitoring.ts";
import { mergeCore, mergeStreams, NOTHING_SEEN } from "./snapshot.ts";

/** The monitoring endpoint answers within milliseconds or is unwell; it must not slow the rest down. */
const MONITORING_TIMEOUT_MS = 1_000;

/** Samples one NATS server or cluster: JetStream through its API, the core through the monitoring endpoint. Never writes. */
export function createNatsCollector(options: NatsCollectorOptions): Collector {
  const now = options.now ?? Date.now;
  const name = options.name ?? "streamside";
  const client = createNatsClient({ ...options, name });
  const [endpoint] = options.monitoring ?? [];
  const monitoring = endpoint
    ? createMonitoringClient(endpoint, Math.min(MONITORING_TIMEOUT_MS, options.requestTimeoutMs))
    : null;
  const requests = () => client.requests + (monitoring?.requests ?? 0);
  const closing = new AbortController();
  const ages = new AgeReader(now);
  const late = createLateLists();
  let previous: Mapped | null = null;

  const observe = async (signal: AbortSignal, scope: Scope | undefined) => {
    const startedAt = now();
    const requestsBefore = requests();
    const info = await client.open(signal);
    // First and alone: the figure is the network's, and a server that is stuck costs one time limit.
    const roundTripMs = await client.roundTrip().catch((error) => {
      if (!signal.aborted) client.drop();
      throw error;
    });
    late.begin(roundTripMs);
    const [jetstream, core] = await Promise.all([
      options.jetstream === false
        ? JETSTREAM_UNWANTED
        : sampleJetStream(client, options.streams, now, signal, {
            streams: previous?.snapshot.streams ?? [],
            late,
          }),
      monitoring && sampleCore(monitoring, now, signal),
    ]);
    const varz = core && core.varz !== "failed" ? core.varz.value : null;
    const connz = core && core.connz !== "failed" ? core.connz.value : null;
    if (jetstream.error && !varz && !connz) throw jetstream.error;

    const before = previous?.snapshot ?? NOTHING_SEEN;
    const snapshot = {
      streams: mergeStreams(new Map([["", jetstream.streams]]), before),
      core: core && mergeCore(core, { name, cid: info.client_id }, before.core),
    };
    const mapped = mapSnapshot(snapshot, previous);
    const { layout, lanes, positions, streams, consumers } = mapped;
    const { position } = positions;
    await ages.look(
      ageRound({
        ...{ layout, position, streams: snapshot.streams, clientOf: () => client },
        ...{ scope, layoutBefore: previous?.layout ?? null },
      }),
    );
    const observation: Observation = {
      startedAt,
      finishedAt: now(),
      layout,
      lanes,
      positions: ages.addTo(layout, positions),
      streams,
      consumers,
      members: [],
      facts: mapFacts({
        info,
        roundTripMs,
        jetstream: jetstream.state,
        account: jetstream.account,
        monitoring: monitoring ? "set" : "unset",
        varz,
        connz,
      }),
      events: [],
      failures: [...jetstream.failures, ...(core?.failures ?? []), ...ages.failures()],
      cost: { requests: requests() - requestsBefore },
    };
    return { observation, mapped };
  };

  return {
    system: "nats",

    async sample(signal, scope) {
      const { observation, mapped } = await untilAborted([signal, closing.signal], (either) =>
        observe(either, scope),
      );
      previous = mapped;
      return observation;
    },

    async close() {
      closing.abort(new CollectorError("INTERNAL", "The collector was closed.", "Make a new one."));
      monitoring?.close();
      await client.close();
    },
  };
}

/** The work's result, or a rejection as soon as one signal aborts; the work may then end by itself later. */
async function untilAborted<T>(
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const listening = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    abort.signal.addEventListener("abort", () => reject(abortReason(abort.signal.reason)));
  });
  for (const signal of signals) {
    const pass = () => abort.abort(signal.reason);
    if (signal.aborted) pass();
    else signal.addEventListener("abort", pass, { signal: listening.signal });
  }
  try {
    return await Promise.race(abort.signal.aborted ? [aborted] : [work(abort.signal), aborted]);
  } finally {
    listening.abort();
  }
}

function abortReason(reason: unknown): CollectorError {
  if (reason instanceof CollectorError) return reason;
  return new CollectorError("TIMEOUT", "The sample was cancelled before it was complete.", "Sample again.", {
    cause: reason,
  });
}
