import type { Clock } from "../async/clock.ts";
import type { StreamsideConfig } from "../config/index.ts";
import type { SourceFailure, SourceIdentity } from "../model/source.ts";
import { type Schedule, schedule } from "../pipeline/scheduler.ts";
import type { SourcePipeline } from "../pipeline/source-pipeline.ts";
import type { Entry } from "../recording/entry.ts";
import type { SourcesRecorded } from "../recording/segment.ts";
import type { Collector } from "../sample/collector.ts";
import type { ConfiguredSource } from "../sources/definition.ts";
import type { Store } from "../store/store.ts";
import { assembleSource, recordedAs, type SourceSettings } from "./assemble.ts";
import type { Log } from "./log.ts";

/** A source that could not be had at all (a demo broker that is not installed): shown with its reason, never sampled. */
export interface UnavailableSource {
  readonly identity: SourceIdentity;
  readonly reason: string;
  readonly hint: string;
}

type SampledConfig = Pick<StreamsideConfig<ConfiguredSource>, "sources" | "sampling" | "limits">;

export interface SamplingOptions {
  readonly config: SampledConfig;
  readonly unavailable: readonly UnavailableSource[];
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Ids of the consumers whose page somebody looks at. */
  readonly watchedConsumers: () => readonly string[];
  /** These were sampled just now. */
  readonly onConsumers: (ids: ReadonlySet<string>) => void;
  /** Is told what goes into the pipelines; absent: nobody is. */
  readonly record?: ((entry: Entry) => void) | undefined;
}

export interface Sampling {
  /** Of each source, by its id. */
  readonly pipelines: ReadonlyMap<string, SourcePipeline>;
  /** Samples from now until it is stopped. */
  start(): void;
  /** Who samples a source, by its id. */
  collectorOf(sourceId: string): Collector | undefined;
  /** A person has seen what a consumer lost. How many messages; null when no source has it now. */
  markLossesSeen(consumerId: string): number | null;
  stop(): Promise<void>;
}

/** One table, one pipeline and one schedule a source. */
export function createSampling({
  config,
  unavailable,
  store,
  clock,
  log,
  watchedConsumers,
  onConsumers,
  record = () => {},
}: SamplingOptions): Sampling {
  const schedules: Schedule[] = [];
  const starts: (() => Schedule)[] = [];
  const collectors = new Map<string, Collector>();
  const pipelines = new Map<string, SourcePipeline>();
  for (const source of config.sources) {
    const { id, intervalMs, timeoutMs } = source.config;
    const collector = source.createCollector(config.sampling, clock);
    collectors.set(id, collector);
    const settings = settingsOf(source, config);
    const { pipeline, table } = assembleSource(id, settings, source.kind, collector.peek !== undefined);
    store.add(table);
    pipelines.set(id, pipeline);
    const focus = () => watchedConsumers().flatMap((id) => table.keyOf(id) ?? []);
    let failing = false;
    // Whoever looks at one consumer need not wait for the round of all.
    const pushWatched = () => {
      const ids = watchedConsumers().filter((id) => table.keyOf(id) !== null);
      if (ids.length > 0) onConsumers(new Set(ids));
    };
    starts.push(() =>
      schedule({
        collector,
        intervalMs,
        timeoutMs,
        clock,
        cpuMs: processCpuMs,
        random: Math.random,
        scope: () => ({ focus: focus(), unaged: pipeline.unaged() }),
        focus,
        onFocus(observation, consumerKeys) {
          record({ kind: "focus", source: id, keys: consumerKeys, sample: observation });
          const changed = pipeline.acceptFocus(observation, consumerKeys);
          if (changed.length > 0) onConsumers(new Set(changed));
        },
        onSample(observation, cost) {
          if (failing) log.info("Source is back.", { source: id });
          failing = false;
          record({ kind: "sample", source: id, cost, sample: observation });
          pipeline.accept(observation, cost);
          pushWatched();
        },
        onFailure(failure, news) {
          if (isNews(table.lastFailure, failure)) {
            log.warn(`${failure.message} ${failure.hint}`, { source: id, code: failure.code });
          }
          failing = true;
          record({ kind: "failure", source: id, failure, news });
          pipeline.fail(failure, news);
        },
        onSkip() {
          record({ kind: "skip", source: id });
          pipeline.skip();
        },
      }),
    );
  }
  for (const source of unavailable) {
    store.add(assembleSource(source.identity.id, settingsOfUnavailable(source, clock), undefined).table);
  }
  return {
    pipelines,
    start() {
      schedules.push(...starts.map((start) => start()));
    },
    collectorOf: (sourceId) => collectors.get(sourceId),
    markLossesSeen(consumerId) {
      for (const [source, pipeline] of pipelines) {
        const at = clock.now();
        const messages = pipeline.markLossesSeen(consumerId, at);
        if (messages === null) continue;
        record({ kind: "seen", source, consumerId, at });
        return messages;
      }
      return null;
    },
    async stop() {
      await Promise.all(schedules.map((running) => running.close()));
    },
  };
}

/** What is recorded of all that is shown, with the samples. */
export function sourcesRecorded(
  config: SampledConfig,
  unavailable: readonly UnavailableSource[],
  clock: Clock,
): SourcesRecorded {
  return Object.fromEntries([
    ...config.sources.map((source) => [source.config.id, recordedAs(settingsOf(source, config))]),
    ...unavailable.map((source) => [source.identity.id, recordedAs(settingsOfUnavailable(source, clock))]),
  ]);
}

function settingsOf({ kind, config, addresses }: ConfiguredSource, all: SampledConfig): SourceSettings {
  return {
    kind: kind.id,
    name: config.name,
    address: addresses.join(", "),
    intervalMs: config.intervalMs,
    limits: { everywhere: all.limits, here: config.limits },
    unavailable: null,
  };
}

function settingsOfUnavailable({ identity, reason, hint }: UnavailableSource, clock: Clock): SourceSettings {
  const at = clock.now();
  return {
    kind: identity.kind,
    name: identity.name,
    address: "—",
    intervalMs: 1_000,
    limits: { everywhere: { consumers: [] }, here: { consumers: [] } },
    unavailable: { code: "UNAVAILABLE", message: reason, hint, at, nextTryAt: null, attempts: 1 },
  };
}

/** A log is for changes: the same failure every two seconds is on the sources page, not in the log. */
function isNews(last: SourceFailure | null, failure: SourceFailure): boolean {
  return failure.attempts === 1 || last?.code !== failure.code;
}

function processCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
