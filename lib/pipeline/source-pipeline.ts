import { WatchedTime } from "../derive/watched-time.ts";
import { exactBacklog } from "../format/index.ts";
import type { EpochMs } from "../model/reading.ts";
import type { SourceEvent, SourceFailure, SourceIdentity } from "../model/source.ts";
import type { FailureNews } from "../sample/collector-error.ts";
import type { Layout, RowMap } from "../sample/layout.ts";
import { type Limits, USUAL_LIMITS } from "../sample/limits.ts";
import { rowsSince } from "../sample/row-map.ts";
import type { Sample } from "../sample/sample.ts";
import { NO_WORDS, type SampleWords } from "../sample/words.ts";
import { deriveFocus } from "./derive-focus.ts";
import { deriveSample } from "./derive-sample.ts";
import { copyJudged, keepEvidence } from "./derived-columns.ts";
import { entityId } from "./entity-id.ts";
import { Outages } from "./events/outage-events.ts";
import { RecentEvents } from "./events/recent-events.ts";
import { ResetWatch } from "./events/reset-events.ts";
import { statusChanges } from "./events/status-events.ts";
import { nextTroubles } from "./events/stream-troubles.ts";
import { hasNews } from "./focus-news.ts";
import { markLossesSeen } from "./judge-sample.ts";
import { createMemory, remapMemory, type SourceMemory } from "./memory/source-memory.ts";
import type { SampleSink } from "./sample-sink.ts";
import { type KeptSample, type Sampled, toSampled } from "./sampled.ts";
import type { MeasuredCost } from "./scheduler.ts";
import { UnagedRows } from "./unaged-rows.ts";

export interface SourcePipelineOptions {
  readonly identity: SourceIdentity;
  readonly intervalMs: number;
  /** What its kind has to say of samples; absent: nothing. */
  readonly words?: SampleWords;
  /** What consumers of its kind are measured by where nothing is set; absent: those of most kinds. */
  readonly usualLimits?: Limits;
  /** What a consumer is measured by, by its name and streams; absent: the usual limits. */
  readonly limitsOf?: (name: string, streams: readonly string[]) => Limits;
  /** Whether people set positions of its kind by hand, so that it is told when somebody did. Default false. */
  readonly hasSettablePositions?: boolean;
}

/**
 * From the samples of one source to readings, verdicts and events. It owns what needs a memory between samples, and hands
 * each result to its sinks; it keeps nothing to be looked at.
 */
export class SourcePipeline {
  readonly identity: SourceIdentity;
  readonly intervalMs: number;
  private readonly words: SampleWords;
  private readonly usualLimits: Limits;
  private readonly limitsOf: (name: string, streams: readonly string[]) => Limits;
  private readonly sinks: SampleSink[] = [];
  private readonly resets: ResetWatch | null;
  private readonly recent = new RecentEvents();
  private readonly unagedRows = new UnagedRows();
  private readonly outages = new Outages();
  private memory: SourceMemory | null = null;
  private newest: Sampled | null = null;
  /** The same, or the sample of a few consumers that came after it. */
  private latest: Sampled | null = null;
  private failing = false;

  constructor({
    identity,
    intervalMs,
    words = NO_WORDS,
    usualLimits = USUAL_LIMITS,
    limitsOf = () => usualLimits,
    hasSettablePositions = false,
  }: SourcePipelineOptions) {
    this.identity = identity;
    this.intervalMs = intervalMs;
    this.words = words;
    this.usualLimits = usualLimits;
    this.limitsOf = limitsOf;
    this.resets = hasSettablePositions ? new ResetWatch() : null;
  }

  addSink(sink: SampleSink): void {
    this.sinks.push(sink);
  }

  /** The newest sample with everything derived from it; null before the first one. */
  get sampled(): Sampled | null {
    return this.newest;
  }

  accept(sample: Sample, cost: MeasuredCost): void {
    const before = this.newest;
    const moved = before === null ? null : rowsSince(before.layout, sample.layout);
    const memory = this.memoryFor(sample.layout, moved);
    const wasFailing = this.failing;
    this.failing = false;
    const events = [...this.outages.sampled(sample.finishedAt), ...sample.events];
    // After an outage commits may be missing that the brokers had no time to keep.
    if (this.resets !== null && before !== null && !wasFailing) {
      const rows = moved?.positions ?? null;
      events.push(...this.resets.observe(memory, before.sample, sample, rows, this.recent.list));
    }
    const limits = before !== null && moved === null ? before.limits : this.limitsFor(sample.layout);
    const derived = deriveSample(memory, sample, limits, moved === null ? before : null, wasFailing);
    const known = before?.derived.streams.troubles ?? new Map();
    const streams = nextTroubles(known, sample, derived.streams.inPerSecond);
    const kept: KeptSample = {
      sample,
      derived: { ...derived, streams: { ...derived.streams, troubles: streams.troubles } },
      limits,
      usualLimits: this.usualLimits,
      cost,
    };
    const sampled = toSampled(kept, this.identity.id, this.words, before);
    this.newest = sampled;
    this.latest = sampled;
    const changes = statusChanges(sampled, memory.consumers.told);
    events.push(...changes.events, ...streams.events);
    this.recent.add(events);
    const news = { events, statusChanges: changes.counts, outages: this.outages.sum };
    for (const sink of this.sinks) sink.take(sampled, news);
  }

  /**
   * A sample of these consumers alone, by key. One that belongs to an older layout is too late.
   *
   * @returns ids of those of which it tells what was not told before
   */
  acceptFocus(sample: Sample, consumerKeys: readonly string[]): readonly string[] {
    const { newest, latest, memory } = this;
    if (newest === null || latest === null || memory === null) return [];
    if (newest.layout.version !== sample.layout.version) return [];
    const rows = consumerKeys.map((key) => newest.rowOfConsumer.get(entityId(this.identity.id, key)) ?? -1);
    const consumers = rows.filter((row) => row >= 0);
    const derived = deriveFocus(memory, newest, sample, consumers);
    const sampled = { ...newest, sample, derived };
    const news = consumers.filter((consumer) => hasNews(sampled, latest, consumer));
    this.latest = sampled;
    for (const sink of this.sinks) sink.takeFocus(sampled, consumers, news);
    return news.map((consumer) => newest.consumerIds[consumer]!);
  }

  /** `news`: what the failed sample learned all the same. */
  fail(failure: SourceFailure, news?: FailureNews): void {
    const events = this.outages.failed(failure, news, this.newest !== null);
    this.failing = true;
    this.recent.add(events);
    for (const sink of this.sinks) sink.takeFailure({ failure, news, events, outages: this.outages.sum });
  }

  skip(): void {
    for (const sink of this.sinks) sink.takeSkip();
  }

  /** A person has seen what a consumer lost. How many messages that were not seen before; null: no such consumer. */
  markLossesSeen(consumerId: string, at: EpochMs): number | null {
    const { newest, memory } = this;
    const row = newest?.rowOfConsumer.get(consumerId);
    if (newest === null || memory === null || row === undefined) return null;
    const { sample, limits, layout } = newest;
    const judged = copyJudged(newest.derived);
    const messages = markLossesSeen(memory, judged, sample, limits[row]!, row);
    if (messages > 0) {
      this.newest = {
        ...newest,
        derived: { ...judged, evidence: keepEvidence(memory, judged, sample, null) },
      };
      this.latest = this.newest;
      const { key, backlogUnit } = layout.consumers[row]!;
      const title = `The loss of ${exactBacklog(messages, backlogUnit)} was marked as seen`;
      const event: SourceEvent = { at, kind: "loss-seen", title, consumerKey: key };
      this.recent.add([event]);
      for (const sink of this.sinks) sink.takeNote(this.newest, [event]);
    }
    return messages;
  }

  /** Positions whose age the next sample had better look up: rows of the newest layout, worst first. */
  unaged(): readonly number[] {
    const { newest, memory } = this;
    return newest === null || memory === null ? [] : this.unagedRows.of(newest, memory);
  }

  /** What is remembered, in the rows of a layout. */
  private memoryFor(layout: Layout, moved: RowMap | null): SourceMemory {
    if (this.memory === null) this.memory = createMemory(layout, new WatchedTime(this.intervalMs));
    else if (moved !== null) this.memory = remapMemory(this.memory, layout, moved);
    return this.memory;
  }

  private limitsFor({ consumers, streams }: Layout): Limits[] {
    return consumers.map((info) =>
      this.limitsOf(
        info.name,
        info.streams.map((stream) => streams[stream]!.name),
      ),
    );
  }
}
