import { systemClock } from "../../async/clock.ts";
import { untilAborted } from "../../async/until-aborted.ts";
import type { EpochMs } from "../../model/reading.ts";
import type { PartialFailure, SourceEvent, SourceFact } from "../../model/source.ts";
import type { Collector } from "../../sample/collector.ts";
import { CollectorError, cancelledSample } from "../../sample/collector-error.ts";
import type { Sample } from "../../sample/sample.ts";
import type { GrpcCollectorOptions } from "./config.ts";
import { mapConnections } from "./rows/connections.ts";
import { type Columns, mapColumns, mapRows, type Rows, takeMetricsEvents } from "./rows/mapper.ts";
import type { Backend } from "./ways/backend.ts";
import { Backends } from "./ways/backends.ts";
import { channelzSections } from "./ways/channelz/channelz-sections.ts";
import { metricsFacts } from "./ways/metrics/metrics-facts.ts";
import { reflectionFacts } from "./ways/reflection/reflection-facts.ts";
import { failure, failureOfWay, failuresOfAddress } from "./ways/way-failures.ts";
import { waysSection } from "./ways/ways-section.ts";
import { addressesSection, connectionFacts, type WatchedAddress } from "./words/addresses-section.ts";
import { mapFacts, mapTroubles } from "./words/facts.ts";
import { type JudgedAddress, servingServices, sourceSignals, streamSignals } from "./words/signals.ts";
import { addressFacts, healthFacts, lastHealthFacts } from "./words/target-facts.ts";

/**
 * Samples one gRPC target: every address it stands for, through every way that address offers. What is not known now is
 * not served: rows whose Watch does not confirm them stay, without numbers.
 */
export function createGrpcCollector(options: GrpcCollectorOptions): Collector {
  const { uses = "auto", clock = systemClock } = options;
  const backends = new Backends(options, clock);
  const closing = new AbortController();
  let rows: Rows | null = null;
  let columns: Columns | null = null;

  const observe = async (): Promise<Sample> => {
    const startedAt = clock.now();
    const requestsBefore = backends.requests;
    await backends.ask();
    const dead = new Map<Backend, CollectorError>();
    for (const backend of backends.all) {
      const failure = backend.failure(startedAt);
      if (failure) dead.set(backend, failure);
      backend.prune(clock.now());
    }
    backends.note([...dead.values()]);
    const shared = backends.sharedMetrics;
    const [error] = dead.values();
    const judged = backends.all.map((backend) => judgedAddress(backends, backend, dead));
    const { services: named = [] } = options;
    const signals = sourceSignals(judged, backends.areSeveral, named);
    if (error && dead.size === backends.all.length && !shared?.hasHeardSince(startedAt)) {
      error.news = { events: eventsOf(backends, dead), signals, facts: lastFacts(backends) };
      throw error;
    }

    const findings = backends.findings();
    rows = mapRows(findings, rows);
    const connections = mapConnections(findings);
    const watched = backends.all.map((backend) => watchedAddress(backends, backend, dead));
    columns = mapColumns(rows, findings, columns);
    const ofStreams = streamSignals(rows.layout, judged);
    return {
      startedAt,
      finishedAt: clock.now(),
      layout: rows.layout,
      ...columns,
      streams: { ...columns.streams, ...(ofStreams.size > 0 && { signals: ofStreams }) },
      facts: [
        ...healthFacts(backends.all.map(({ ways }, i) => ({ name: watched[i]!.name, health: ways.health }))),
        ...addressFacts(backends.addresses, dead.size),
        ...(watched.length === 1 ? connectionFacts(watched[0]!) : []),
        ...reflectionFacts(findings.map(({ catalogue }) => catalogue)),
        ...metricsFacts(findings.map(({ metrics }) => metrics)),
        ...mapFacts({ instrumented: callsSeen(backends.all), backends: findings }),
      ],
      sections: [
        ...(backends.areSeveral ? [addressesSection(watched, clock.now())] : []),
        waysSection(
          [
            ...backends.all.map(({ ways }, i) => ({ name: watched[i]!.name, ways })),
            ...(shared ? [{ name: options.target, ways: { metrics: shared } }] : []),
          ],
          clock.now(),
        ),
        ...(connections === null ? [] : [connections]),
        ...channelzSections(findings.map(({ address, channelz }) => ({ name: address, channelz }))),
      ],
      events: [...eventsOf(backends, dead), ...takeMetricsEvents(rows)],
      ...(signals.length > 0 && { signals }),
      health: servingServices(judged, named),
      failures: [...failuresOf(backends, dead, uses !== "auto", clock.now()), ...mapTroubles(findings)],
      cost: { requests: backends.requests - requestsBefore },
    };
  };

  return {
    async sample(signal) {
      try {
        return await untilAborted([signal, closing.signal], observe);
      } catch (error) {
        throw signal.aborted ? cancelledSample(error) : error;
      }
    },

    async close() {
      closing.abort(new CollectorError("INTERNAL", "The collector was closed.", ""));
      backends.close();
    },
  };
}

function eventsOf(backends: Backends, dead: ReadonlyMap<Backend, CollectorError>): SourceEvent[] {
  return [...backends.takeEvents(), ...backends.all.flatMap((one) => one.takeEvents(!dead.has(one)))];
}

function judgedAddress(
  backends: Backends,
  backend: Backend,
  dead: ReadonlyMap<Backend, CollectorError>,
): JudgedAddress {
  const isDead = dead.has(backend);
  const health = backend.ways.health?.value ?? null;
  // What an address that is lost said last, as far as it was no good news: that it serves cannot be known now.
  const services = isDead
    ? Array.from(backend.toldHealth, ([service, { state }]) => ({ service, state })).filter(
        ({ state }) => state !== "SERVING",
      )
    : (health?.services ?? []);
  return { name: backends.nameOf(backend), isDead, services };
}

/** Of a target that is lost altogether: what is known now, and what was last known with its time. */
function lastFacts(backends: Backends): SourceFact[] {
  const [only, ...others] = backends.all;
  if (only === undefined || others.length > 0) return [];
  return [
    ...lastHealthFacts(only.toldHealth),
    ...connectionFacts({ link: only.client.link, roundTripMs: Number.NaN }, true),
  ];
}

function watchedAddress(
  backends: Backends,
  backend: Backend,
  dead: ReadonlyMap<Backend, CollectorError>,
): WatchedAddress {
  return {
    name: backends.nameOf(backend),
    link: backend.client.link,
    roundTripMs: backend.ways.health?.value?.services[0]?.roundTripMs ?? Number.NaN,
    failure: dead.get(backend) ?? null,
  };
}

function failuresOf(
  backends: Backends,
  dead: ReadonlyMap<Backend, CollectorError>,
  isListed: boolean,
  now: EpochMs,
): PartialFailure[] {
  const { addresses, sharedMetrics, areSeveral } = backends;
  return [
    ...(addresses.failure === null ? [] : [failure("DNS", addresses.failure)]),
    ...backends.all.flatMap((backend) => {
      const where = areSeveral ? ` of ${backend.address.name}` : "";
      return failuresOfAddress(backend, dead.get(backend) ?? null, where, isListed, now);
    }),
    ...(sharedMetrics === null ? [] : failureOfWay(sharedMetrics, "Metrics", isListed, now)),
  ];
}

/** How the calls of the target are seen: as at the address where most is. */
function callsSeen(backends: readonly Backend[]): "yes" | "no" | "unwanted" | "refused" {
  const states = backends.map(({ ways }) => ways.instrumented?.state.kind ?? null);
  if (states.every((kind) => kind === null)) return "unwanted";
  if (states.includes("used") || states.includes("waiting")) return "yes";
  return states.every((kind) => kind === "not offered") ? "no" : "refused";
}
