import { type Collector, CollectorError, type Observation, type Scope } from "../contract.ts";
import { accountParts } from "./account-parts.ts";
import { createAccountSampler } from "./account-sampler.ts";
import { AgeReader } from "./age-reader.ts";
import { ageRound } from "./age-round.ts";
import type { NatsCollectorOptions } from "./config.ts";
import { sampleCore } from "./core.ts";
import { mapFacts } from "./facts.ts";
import { type LastSample, readFocus } from "./focus-reader.ts";
import { mapSnapshot } from "./mapper.ts";
import { createMonitoringClient } from "./monitoring.ts";
import { mergeCore, mergeStreams, NOTHING_SEEN, type StreamSnapshot } from "./snapshot.ts";
import { untilAborted } from "./until-aborted.ts";

/** The monitoring endpoint answers within milliseconds or is unwell; it must not slow the rest down. */
const MONITORING_TIMEOUT_MS = 1_000;

/** Samples one NATS server or cluster: JetStream through its API, the core through the monitoring endpoint. Never writes. */
export function createNatsCollector(options: NatsCollectorOptions): Collector {
  const now = options.now ?? Date.now;
  const name = options.name ?? "streamside";
  const own = createAccountSampler({ ...options, name }, now);
  const others = (options.accounts ?? []).map((other) =>
    createAccountSampler({ ...options, name }, now, other),
  );
  const accounts = [own, ...others];
  const [endpoint] = options.monitoring ?? [];
  const monitoring = endpoint
    ? createMonitoringClient(endpoint, Math.min(MONITORING_TIMEOUT_MS, options.requestTimeoutMs))
    : null;
  const requests = () =>
    accounts.reduce((sum, { client }) => sum + client.requests, monitoring?.requests ?? 0);
  const clientOf = ({ account }: StreamSnapshot) =>
    accounts.find((one) => one.account === account)?.client ?? null;
  const closing = new AbortController();
  const ages = new AgeReader(now);
  let last: LastSample | null = null;

  const observe = async (signal: AbortSignal, scope: Scope | undefined) => {
    const startedAt = now();
    const requestsBefore = requests();
    const previous = last?.mapped ?? null;
    const info = await own.open(signal);
    // First and alone: the figure is the network's, and a server that is stuck costs one time limit.
    const roundTripMs = await own.client.roundTrip().catch((error) => {
      if (!signal.aborted) own.client.drop();
      throw error;
    });
    const before = previous?.snapshot ?? NOTHING_SEEN;
    const [core, ...samples] = await Promise.all([
      monitoring && sampleCore(monitoring, now, signal),
      ...accounts.map((one) => one.sample(before.streams, scope?.focus ?? [], roundTripMs, signal)),
    ]);
    const jetstream = samples[0]!;
    const varz = core && core.varz !== "failed" ? core.varz.value : null;
    const connz = core && core.connz !== "failed" ? core.connz.value : null;
    if (jetstream.error && !varz && !connz && !samples.some(({ state }) => state === "on")) {
      throw jetstream.error;
    }

    const snapshot = {
      streams: mergeStreams(accountParts(accounts, samples), before),
      core: core && mergeCore(core, { name, cid: info.client_id }, before.core),
    };
    const mapped = mapSnapshot(snapshot, previous);
    const { layout, lanes, positions, streams, consumers } = mapped;
    const { position } = positions;
    await ages.look(
      ageRound({
        ...{ layout, position, streams: snapshot.streams, clientOf },
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
      failures: [
        ...samples.flatMap(({ failures }) => failures),
        ...(core?.failures ?? []),
        ...ages.failures(),
      ],
      cost: { requests: requests() - requestsBefore },
    };
    return { observation, mapped };
  };

  return {
    system: "nats",

    async sample(signal, scope) {
      const sampled = await untilAborted([signal, closing.signal], (either) => observe(either, scope));
      last = sampled;
      return sampled.observation;
    },

    async sampleFocus(keys, signal) {
      const on = last;
      return on && untilAborted([signal, closing.signal], () => readFocus(keys, on, clientOf, now));
    },

    async close() {
      closing.abort(new CollectorError("INTERNAL", "The collector was closed.", "Make a new one."));
      monitoring?.close();
      await Promise.all(accounts.map((one) => one.close()));
    },
  };
}
