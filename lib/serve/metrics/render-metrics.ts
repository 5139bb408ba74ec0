import { collectDefaultMetrics, Registry } from "prom-client";
import type { EpochMs } from "../../model/reading.ts";
import { STATUSES } from "../../model/status.ts";
import { verdictOfStream } from "../../pipeline/events/stream-troubles.ts";
import type { Sampled } from "../../pipeline/sampled.ts";
import { type SourceMetrics, writeFigures } from "../../sample/metrics.ts";
import type { SourceSnapshot } from "../../store/source-snapshot.ts";
import type { Store } from "../../store/store.ts";
import { counter, gauge, RegistryWriter, SeriesBudget, setKnown } from "./series.ts";
import { addConsumerStatus, addOutageMetrics } from "./verdict-metrics.ts";

export interface MetricsOptions {
  readonly store: Store;
  /** What sources of each kind are told as, besides the gauges of their samples. */
  readonly kinds: readonly { readonly id: string; readonly metrics: SourceMetrics }[];
  readonly now: () => EpochMs;
  /** At most this many per-position series in one scrape. */
  readonly maxPositionSeries: number;
  readonly sockets: () => { clients: number; queries: number };
}

/**
 * `/metrics`: a registry a scrape, so that what is gone from a cluster is gone from the next scrape. The process's own
 * metrics live on between scrapes.
 */
export function createMetrics(options: MetricsOptions): () => Promise<{ contentType: string; text: string }> {
  const process = new Registry();
  collectDefaultMetrics({ register: process, prefix: "streamside_" });
  const ofKind = new Map(options.kinds.map(({ id, metrics }) => [id, metrics]));
  return async () => {
    const registry = new Registry();
    const budget = new SeriesBudget(options.maxPositionSeries);
    // Of its own: a cluster with too many positions still tells how its consumers are.
    const statusBudget = new SeriesBudget(options.maxPositionSeries);
    for (const snapshot of options.store.at(options.now()).sources.values()) {
      addSourceMetrics(registry, snapshot);
      addOutageMetrics(registry, snapshot);
      const { sampled } = snapshot;
      // A source that cannot be sampled has no current numbers to scrape: its series end, as they should.
      if (sampled === null || !snapshot.isCurrent) continue;
      addKindMetrics(
        new RegistryWriter(registry, budget),
        snapshot,
        sampled,
        ofKind.get(snapshot.identity.kind),
      );
      addVerdicts(registry, snapshot.identity.id, sampled);
      addConsumerStatus(registry, snapshot, sampled, statusBudget);
    }
    const { clients, queries } = options.sockets();
    gauge(registry, "streamside_socket_clients", "Browsers and programs connected.", []).set(clients);
    gauge(registry, "streamside_live_queries", "Distinct live queries evaluated each second.", []).set(
      queries,
    );
    gauge(
      registry,
      "streamside_position_series_dropped",
      "Per-position series left out of this scrape because of metrics.maxPositionSeries.",
      [],
    ).set(budget.dropped);
    gauge(
      registry,
      "streamside_consumer_status_series_dropped",
      "Series of streamside_consumer_status left out of this scrape because of metrics.maxPositionSeries.",
      [],
    ).set(statusBudget.dropped);
    const text = `${await registry.metrics()}\n${await process.metrics()}`;
    return { contentType: registry.contentType, text };
  };
}

function addKindMetrics(
  writer: RegistryWriter,
  { identity: { id: source }, table }: SourceSnapshot,
  { sample, derived, limits, usualLimits, streamIds }: Sampled,
  metrics: SourceMetrics | undefined,
): void {
  writeFigures(writer, { source }, sample.gauges ?? []);
  const methodSince = (stream: number) => table.methods.of(streamIds[stream]!);
  metrics?.({ source, sample, derived, limits, usualLimits, methodSince }, writer);
}

/** How many consumers have which status, and which one each stream has. */
function addVerdicts(registry: Registry, source: string, sampled: Sampled): void {
  const status = gauge(registry, "streamside_consumers", "Consumers by status.", ["source", "status"]);
  const counts = new Map<string, number>();
  for (const [row, code] of sampled.derived.consumers.status.entries()) {
    if (sampled.limits[row]!.ignore) continue;
    counts.set(STATUSES[code]!, (counts.get(STATUSES[code]!) ?? 0) + 1);
  }
  for (const name of STATUSES) status.set({ source, status: name }, counts.get(name) ?? 0);
  const streams = gauge(
    registry,
    "streamside_stream_status",
    "1 for the status that a stream has; docs/verdicts.md says what each takes.",
    ["source", "stream", "status"],
  );
  for (const [row, { key }] of sampled.layout.streams.entries()) {
    streams.set({ source, stream: key, status: verdictOfStream(sampled, row).status }, 1);
  }
}

function addSourceMetrics(registry: Registry, snapshot: SourceSnapshot): void {
  const labels = { source: snapshot.identity.id, kind: snapshot.identity.kind };
  const names = ["source", "kind"] as const;
  const up = gauge(registry, "streamside_source_up", "1 while the source is sampled in time.", names);
  up.set(labels, snapshot.isCurrent ? 1 : 0);
  const { sampled } = snapshot;
  const age = gauge(registry, "streamside_source_sample_age_seconds", "Age of the newest sample.", names);
  const wall = gauge(registry, "streamside_source_sample_seconds", "Wall time of the newest sample.", names);
  const requests = gauge(
    registry,
    "streamside_source_sample_requests",
    "Requests of the newest sample.",
    names,
  );
  if (sampled !== null) {
    setKnown(age, labels, (snapshot.at - sampled.sample.finishedAt) / 1000);
    setKnown(wall, labels, sampled.cost.wallMs / 1000);
    setKnown(requests, labels, sampled.sample.cost.requests);
  }
  const samples = counter(registry, "streamside_source_samples_total", "Samples by result.", [
    ...names,
    "result",
  ]);
  for (const result of ["taken", "failed", "skipped"] as const) {
    samples.inc({ ...labels, result }, snapshot.table.counts[result]);
  }
}
