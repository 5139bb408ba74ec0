import { DEFAULT_LIMITS, type Limits } from "../derive/limits.ts";
import { WatchedTime } from "../derive/watched-time.ts";
import { exactBacklog } from "../format/index.ts";
import type { EpochMs } from "../model/reading.ts";
import type { SourceEvent, SourceFailure, SourceIdentity } from "../model/source.ts";
import type { Status } from "../model/status.ts";
import type { FailureNews } from "../sample/collector-error.ts";
import type { Layout, RowMap } from "../sample/layout.ts";
import { rowsSince } from "../sample/row-map.ts";
import type { Sample } from "../sample/sample.ts";
import { NO_WORDS, type SampleWords } from "../sample/words.ts";
import { deriveFocus } from "./derive-focus.ts";
import { deriveSample } from "./derive-sample.ts";
import { entityId } from "./entity-id.ts";
import { markLossesSeen } from "./judge-sample.ts";
import { Outages } from "./outage-events.ts";
import { RecentEvents } from "./recent-events.ts";
import { ResetWatch } from "./reset-events.ts";
import type { SampleSink } from "./sample-sink.ts";
import type { Sampled } from "./sampled.ts";
import type { MeasuredCost } from "./scheduler.ts";
import { createColumns, remapColumns } from "./source-columns.ts";
import { statusEvents } from "./status-events.ts";
import { StreamStatuses } from "./stream-statuses.ts";
import { UnagedRows } from "./unaged-rows.ts";

export interface SourcePipelineOptions {
  readonly identity: SourceIdentity;
  readonly intervalMs: number;
  /** What its kind has to say of samples; absent: nothing. */
  readonly words?: SampleWords;
  /** What a consumer is measured by, by its name and streams; absent: the system's defaults. */
  readonly limitsOf?: (name: string, streams: readonly string[]) => Limits;
}

/**
 * From the samples of one source to readings, verdicts and events. It owns what needs a memory between samples, and hands
 * each result to its sinks; it keeps nothing to be looked at.
 */
export class SourcePipeline {
  readonly identity: SourceIdentity;
  readonly intervalMs: number;
  readonly outages = new Outages();
  readonly streamStatuses = new StreamStatuses();
  /** Changes of status that were told, by the status they led to. */
  readonly statusChanges = new Map<Status, number>();
  private readonly words: SampleWords;
  private readonly usualLimits: Limits;
  private readonly limitsOf: (name: string, streams: readonly string[]) => Limits;
  private readonly sinks: SampleSink[] = [];
  private readonly resets = new ResetWatch();
  private readonly recent = new RecentEvents();
  private readonly unagedRows = new UnagedRows();
  private newest: Sampled | null = null;
  private failing = false;

  constructor({ identity, intervalMs, words = NO_WORDS, limitsOf }: SourcePipelineOptions) {
    this.identity = identity;
    this.intervalMs = intervalMs;
    this.words = words;
    this.usualLimits = DEFAULT_LIMITS[identity.kind];
    this.limitsOf = limitsOf ?? (() => this.usualLimits);
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
    const sampled: Sampled =
      before !== null && moved === null
        ? { ...before, layout: sample.layout, observation: sample, cost }
        : { ...this.rowsOf(sample.layout, before, moved), observation: sample, cost, words: this.words };
    this.newest = sampled;
    const wasFailing = this.failing;
    this.failing = false;
    const events = [...this.outages.sampled(sample.finishedAt), ...sample.events];
    // After an outage commits may be missing that the brokers had no time to keep.
    if (before !== null && !wasFailing && this.identity.kind === "kafka") {
      const rows = moved?.positions ?? null;
      events.push(
        ...this.resets.observe(sampled.columns, before.observation, sample, rows, this.recent.list),
      );
    }
    deriveSample(sampled.columns, sample, sampled.limits, wasFailing);
    events.push(...statusEvents(sampled, this.statusChanges), ...this.streamStatuses.accept(sampled));
    this.recent.add(events);
    for (const sink of this.sinks) sink.take(sampled, events);
  }

  /** A sample of these consumers alone, by key. One that belongs to an older layout is too late. */
  acceptFocus(sample: Sample, consumerKeys: readonly string[]): void {
    const { newest } = this;
    if (newest === null || newest.layout.version !== sample.layout.version) return;
    const rows = consumerKeys.map((key) => newest.rowOfConsumer.get(entityId(this.identity.id, key)) ?? -1);
    const consumers = rows.filter((row) => row >= 0);
    deriveFocus(newest.columns, sample, consumers);
    for (const sink of this.sinks) sink.takeFocus({ ...newest, observation: sample }, consumers);
  }

  /** `news`: what the failed sample learned all the same. */
  fail(failure: SourceFailure, news?: FailureNews): void {
    const events = this.outages.failed(failure, news, this.newest !== null);
    this.failing = true;
    this.recent.add(events);
    for (const sink of this.sinks) sink.takeFailure(failure, news, events);
  }

  skip(): void {
    for (const sink of this.sinks) sink.takeSkip();
  }

  /** A person has seen what a consumer lost. How many messages that were not seen before; null: no such consumer. */
  markLossesSeen(consumerId: string, at: EpochMs): number | null {
    const row = this.newest?.rowOfConsumer.get(consumerId);
    if (this.newest === null || row === undefined) return null;
    const { columns, observation, limits, layout } = this.newest;
    const messages = markLossesSeen(columns, observation, limits[row]!, row);
    if (messages > 0) {
      const { key, backlogUnit } = layout.consumers[row]!;
      const title = `The loss of ${exactBacklog(messages, backlogUnit)} was marked as seen`;
      const event: SourceEvent = { at, kind: "loss-seen", title, consumerKey: key };
      this.recent.add([event]);
      for (const sink of this.sinks) sink.note([event]);
    }
    return messages;
  }

  /** Positions whose age the next sample had better look up: rows of the newest layout, worst first. */
  unaged(): readonly number[] {
    return this.newest === null ? [] : this.unagedRows.of(this.newest);
  }

  /** Who the rows of a layout are, with what was known of those that were there before. */
  private rowsOf(layout: Layout, before: Sampled | null, moved: RowMap | null) {
    // The same strings as before: those were hashed already.
    const ids = (infos: readonly { key: string }[], known?: readonly string[], oldRow?: Int32Array) =>
      infos.map(({ key }, row) => known?.[oldRow?.[row] ?? -1] ?? entityId(this.identity.id, key));
    const consumerIds = ids(layout.consumers, before?.consumerIds, moved?.consumers);
    return {
      layout,
      columns:
        before === null || moved === null
          ? createColumns(layout, new WatchedTime(this.intervalMs))
          : remapColumns(before.columns, layout, moved),
      streamIds: ids(layout.streams, before?.streamIds, moved?.streams),
      consumerIds,
      rowOfConsumer: new Map(consumerIds.map((id, row) => [id, row])),
      usualLimits: this.usualLimits,
      limits: layout.consumers.map(({ name, streams }) =>
        this.limitsOf(
          name,
          streams.map((stream) => layout.streams[stream]!.name),
        ),
      ),
    };
  }
}
