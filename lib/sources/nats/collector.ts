import { systemClock } from "../../async/clock.ts";
import { untilAborted } from "../../async/until-aborted.ts";
import type { Collector, Scope } from "../../sample/collector.ts";
import { CollectorError, cancelledSample } from "../../sample/collector-error.ts";
import type { Sample } from "../../sample/sample.ts";
import { withProbe } from "../probe/with-probe.ts";
import { createAdvisoryWatch } from "./advisories/advisory-watch.ts";
import type { NatsCollectorOptions } from "./config.ts";
import { createCoreWatch } from "./core/core-watch.ts";
import { jetStreamFact, mapFacts } from "./facts.ts";
import { serverGauges } from "./gauges.ts";
import { accountParts } from "./jetstream/account-parts.ts";
import { createAccountSampler } from "./jetstream/account-sampler.ts";
import { type LastSample, readFocus } from "./jetstream/focus-reader.ts";
import { mergeStreams, NOTHING_SEEN, type StreamSnapshot } from "./jetstream/snapshot.ts";
import { copiesOf } from "./jetstream/state/stream-health.ts";
import { covers } from "./jetstream/subjects.ts";
import { mapSnapshot } from "./mapper.ts";
import { AgeReader } from "./messages/age-reader.ts";
import { ageRound } from "./messages/age-round.ts";
import { findPeekTarget, peekMessage } from "./messages/peek.ts";
import { NatsProbe } from "./probe/probe.ts";
import type { NatsDetails } from "./words.ts";

/**
 * Samples one NATS server or cluster: JetStream through its API, the core through what servers tell of themselves.
 * Never writes.
 */
export function createNatsCollector(options: NatsCollectorOptions): Collector {
  const { clock = systemClock } = options;
  const named = { ...options, name: options.name ?? "streamside" };
  const own = createAccountSampler(named, clock);
  const others = (options.accounts ?? []).map((other) => createAccountSampler(named, clock, other));
  const accounts = [own, ...others];
  const coreWatch = createCoreWatch(named, clock);
  const advisories = createAdvisoryWatch(named, accounts, coreWatch?.systemClient ?? null, clock);
  const requests = () =>
    accounts.reduce((sum, { client }) => sum + client.requests, coreWatch?.requests ?? 0);
  const clientOf = ({ account }: StreamSnapshot) =>
    accounts.find((one) => one.account === account)?.client ?? null;
  const closing = new AbortController();
  const ages = new AgeReader(clock);
  let last: LastSample | null = null;

  let probe: NatsProbe | null = null;

  const isOwn = (serverId: string, cid: number) =>
    [...accounts.map(({ client }) => client), coreWatch?.systemClient, probe].some((one) =>
      one?.isSelf(serverId, cid),
    );

  const isSampled = (id: string, name: string) =>
    accounts.some(({ identity }) => identity !== null && (identity.id === id || identity.name === name));

  const observe = async (signal: AbortSignal, scope: Scope | undefined) => {
    const startedAt = clock.now();
    const requestsBefore = requests();
    const previous = last?.mapped ?? null;
    const info = await own.open(signal);
    advisories.begin(info);
    // First and alone: the figure is the network's, and a server that is stuck costs one time limit.
    const roundTripMs = await own.client.roundTrip().catch((error) => {
      if (!signal.aborted) own.client.drop();
      throw error;
    });
    const before = previous?.snapshot ?? NOTHING_SEEN;
    const [core, ...samples] = await Promise.all([
      coreWatch?.sample(signal, { isOwn, isSampled }),
      ...accounts.map((one) => one.sample(before.streams, scope?.focus ?? [], roundTripMs, signal)),
    ]);
    const jetstream = samples[0]!;
    const hasAny =
      samples.some(({ state }) => state === "on") || core?.servers.some(({ missed }) => missed === 0);
    if (jetstream.error && !hasAny) throw jetstream.error;

    const snapshot = {
      streams: mergeStreams(accountParts(accounts, samples, core?.streams), before),
      core: core?.core ?? null,
    };
    const mapped = mapSnapshot(snapshot, previous, advisories);
    const listed = new Set(accounts.flatMap(({ account }, i) => (samples[i]!.state === "on" ? account : [])));
    for (const [account, part] of core?.streams ?? []) if (part !== "failed") listed.add(account);
    const told = advisories.tell(snapshot, listed, clock.now(), core?.events);
    const { layout, lanes, positions, streams, consumers } = mapped;
    const details: NatsDetails = { ...mapped.details, heard: advisories.heard() };
    const { position } = positions;
    await ages.look(
      ageRound({
        ...{ layout, position, streams: snapshot.streams, clientOf },
        ...{ scope, layoutBefore: previous?.layout ?? null },
      }),
    );
    const observation: Sample = {
      startedAt,
      finishedAt: clock.now(),
      layout,
      lanes,
      positions: ages.addTo(layout, positions),
      streams,
      consumers,
      members: [],
      facts: [
        ...mapFacts({
          info,
          roundTripMs,
          jetstream: jetstream.state,
          account: jetstream.account,
          servers: core?.servers ?? null,
          systemAccount: options.systemAccount !== undefined,
        }),
        ...others.map(({ account }, i) => {
          const { state, account: use } = samples[i + 1]!;
          return jetStreamFact({ jetstream: state, account: use }, `JetStream of ${account}`);
        }),
        ...told.facts,
      ],
      gauges: [...told.gauges, ...serverGauges(core?.servers ?? [])],
      sections: core?.sections ?? [],
      signals: [...(core?.signals ?? []), ...copiesOf(mapped.health)],
      events: [...(core?.events ?? []), ...told.events],
      failures: [
        ...samples.flatMap(({ failures }) => failures),
        ...(core?.failures ?? []),
        ...told.failures,
        ...ages.failures(),
      ],
      cost: { requests: requests() - requestsBefore },
      details,
    };
    return { observation, mapped };
  };

  const untilCancelled = <T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>) =>
    untilAborted([signal, closing.signal], work).catch((error) => {
      throw signal.aborted ? cancelledSample(error) : error;
    });

  const collector: Collector = {
    async sample(signal, scope) {
      const sampled = await untilCancelled(signal, (either) => observe(either, scope));
      last = sampled;
      return sampled.observation;
    },

    async sampleFocus(keys, signal) {
      const on = last;
      return on && untilCancelled(signal, () => readFocus(keys, on, clientOf, clock));
    },

    async peek(streamKey, sequence, signal) {
      const target = findPeekTarget(streamKey, last?.mapped ?? null, clientOf);
      return untilCancelled(signal, () => peekMessage(target, sequence, options.peekPayload ?? false));
    },

    async close() {
      closing.abort(new CollectorError("INTERNAL", "The collector was closed.", "Make a new one."));
      await coreWatch?.close();
      await Promise.all(accounts.map((one) => one.close()));
    },
  };
  const { probe: asked } = options;
  if (asked === undefined) return collector;
  const storedBy = () =>
    last?.mapped.snapshot.streams.find(
      ({ account, entry }) =>
        account === "" && entry.subjects.split(" ").some((subject) => covers(subject, asked.subject)),
    )?.entry.name ?? null;
  return withProbe(collector, () => (probe = new NatsProbe({ ...asked, access: named, storedBy, clock })));
}
