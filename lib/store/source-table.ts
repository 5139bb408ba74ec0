import { DEFAULT_LIMITS, type Limits } from "../derive/limits.ts";
import { RATE_WINDOW_MS, rateOf } from "../derive/rate.ts";
import { WatchedTime } from "../derive/watched-time.ts";
import { exactBacklog } from "../format/index.ts";
import { WINDOW_MS } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import type { SourceSignal } from "../model/signal.ts";
import {
  type SourceEvent,
  type SourceFact,
  type SourceFailure,
  type SourceIdentity,
  type SourceStatus,
  statusOfFailure,
} from "../model/source.ts";
import type { Status } from "../model/status.ts";
import { deriveFocus } from "../pipeline/derive-focus.ts";
import { deriveSample } from "../pipeline/derive-sample.ts";
import { markLossesSeen } from "../pipeline/judge-sample.ts";
import { Outages } from "../pipeline/outage-events.ts";
import { ResetWatch } from "../pipeline/reset-events.ts";
import type { Sampled } from "../pipeline/sampled.ts";
import { FOCUS_MS, type MeasuredCost } from "../pipeline/scheduler.ts";
import { createColumns, remapColumns } from "../pipeline/source-columns.ts";
import { statusEvents } from "../pipeline/status-events.ts";
import { StreamStatuses } from "../pipeline/stream-statuses.ts";
import { UnagedRows } from "../pipeline/unaged-rows.ts";
import type { FailureNews } from "../sample/collector-error.ts";
import { rowsSince } from "../sample/row-map.ts";
import type { Sample } from "../sample/sample.ts";
import { NO_WORDS, type SampleWords } from "../sample/words.ts";
import { CallTable } from "./call-table.ts";
import { entityId } from "./entity-id.ts";
import { MethodTable } from "./method-table.ts";
import { RecentEvents } from "./recent-events.ts";
import { SectionTable } from "./section-table.ts";
import { SeriesTable } from "./series-table.ts";

/** A sample this many intervals old is late: two turns were missed. */
const LATE_INTERVALS = 2;
/** Series of consumers that are gone are dropped this often. */
const SWEEP_SAMPLES = 60;

export const CONSUMER_MEASURES = ["due", "out", "backlog", "latency"] as const;

export interface SourceTableOptions {
  readonly identity: SourceIdentity;
  /** Where it is, without secrets. */
  readonly address: string;
  readonly intervalMs: number;
  /** Whether its collector can be asked for single messages. Default false. */
  readonly canPeek?: boolean;
  /** What its kind has to say of samples; absent: nothing. */
  readonly words?: SampleWords;
  /** What a consumer is measured by, by its name and streams; absent: the system's defaults. */
  readonly limitsOf?: (name: string, streams: readonly string[]) => Limits;
}

/** Everything the server knows of one source: its newest sample, its windows, its failures. */
export class SourceTable {
  readonly identity: SourceIdentity;
  readonly address: string;
  readonly intervalMs: number;
  readonly canPeek: boolean;
  readonly words: SampleWords;
  readonly series: SeriesTable;
  readonly sections = new SectionTable();
  readonly calls = new CallTable();
  readonly methods = new MethodTable();
  readonly streamStatuses = new StreamStatuses();
  private readonly resets = new ResetWatch();
  readonly counts = { taken: 0, failed: 0, skipped: 0 };
  readonly outages = new Outages();
  /** Changes of status that were told, by the status they led to. */
  readonly statusChanges = new Map<Status, number>();
  private current: Sampled | null = null;
  private changes = 0;
  private failure: SourceFailure | null = null;
  private failing = false;
  private failedSignals: readonly SourceSignal[] | null = null;
  private failedFacts: readonly SourceFact[] | null = null;
  readonly recent = new RecentEvents();
  private rowOfConsumer = new Map<string, number>();
  /** The newest sample of what someone looks at, and of whom. */
  private focused: { readonly sampled: Sampled; readonly consumers: readonly number[] } | null = null;
  private readonly unagedRows = new UnagedRows();
  private readonly limitsOf: (name: string, streams: readonly string[]) => Limits;

  constructor(options: SourceTableOptions) {
    this.identity = options.identity;
    this.address = options.address;
    this.intervalMs = options.intervalMs;
    this.canPeek = options.canPeek ?? false;
    this.words = options.words ?? NO_WORDS;
    const defaults = DEFAULT_LIMITS[options.identity.kind];
    this.limitsOf = options.limitsOf ?? (() => defaults);
    this.series = new SeriesTable(CONSUMER_MEASURES, Math.ceil(WINDOW_MS / options.intervalMs));
  }

  accept(observation: Sample, cost: MeasuredCost): void {
    this.changes++;
    const { layout } = observation;
    const before = this.current;
    const moved = before === null ? null : rowsSince(before.layout, layout);
    if (before === null || moved !== null) {
      const columns =
        moved === null
          ? createColumns(layout, new WatchedTime(this.intervalMs))
          : remapColumns(before!.columns, layout, moved);
      // The same strings as before: those were hashed already.
      const ids = (infos: readonly { key: string }[], known?: readonly string[], oldRow?: Int32Array) =>
        infos.map(({ key }, row) => known?.[oldRow?.[row] ?? -1] ?? entityId(this.identity.id, key));
      const consumerIds = ids(layout.consumers, before?.consumerIds, moved?.consumers);
      this.rowOfConsumer = new Map(consumerIds.map((id, row) => [id, row]));
      const limits = layout.consumers.map(({ name, streams }) =>
        this.limitsOf(
          name,
          streams.map((stream) => layout.streams[stream]!.name),
        ),
      );
      const streamIds = ids(layout.streams);
      this.current = {
        layout,
        observation,
        columns,
        streamIds,
        consumerIds,
        limits,
        cost,
        words: this.words,
      };
    } else {
      this.current = { ...before, observation, cost };
    }
    const wasFailing = this.failing;
    this.failing = false;
    this.counts.taken++;
    const events = [...this.outages.sampled(observation.finishedAt), ...observation.events];
    // After an outage commits may be missing that the brokers had no time to keep.
    if (before !== null && !wasFailing && this.identity.kind === "kafka") {
      const rows = moved?.positions ?? null;
      events.push(
        ...this.resets.observe(this.current.columns, before.observation, observation, rows, this.recent.list),
      );
    }
    deriveSample(this.current.columns, observation, this.current.limits, wasFailing);
    events.push(
      ...statusEvents(this.current, this.statusChanges),
      ...this.streamStatuses.accept(this.current),
    );
    this.recordSeries(this.current);
    this.sections.accept(observation.sections ?? [], observation.finishedAt);
    this.calls.accept(observation.finishedAt, observation.calls);
    this.methods.accept(observation, this.current.streamIds);
    this.failedSignals = null;
    this.failedFacts = null;
    this.recent.add(events);
  }

  /** A sample of these consumers alone, by key. One that belongs to an older layout is too late. */
  acceptFocus(observation: Sample, consumerKeys: readonly string[]): void {
    const { current } = this;
    if (current === null || current.layout.version !== observation.layout.version) return;
    this.changes++;
    const consumers = consumerKeys
      .map((key) => this.rowOf(entityId(this.identity.id, key)))
      .filter((row) => row >= 0);
    deriveFocus(current.columns, observation, consumers);
    this.focused = { sampled: { ...current, observation }, consumers };
  }

  /** The newest sample of one consumer, and how far apart its samples are. */
  sampledFor(row: number): { readonly sampled: Sampled; readonly intervalMs: number } | null {
    const { current, focused } = this;
    if (current === null) return null;
    if (
      focused === null ||
      focused.sampled.layout.version !== current.layout.version ||
      !focused.consumers.includes(row)
    ) {
      return { sampled: current, intervalMs: this.intervalMs };
    }
    const leadMs = focused.sampled.observation.finishedAt - current.observation.finishedAt;
    return {
      sampled: leadMs > 0 ? focused.sampled : current,
      // Right after a full sample the one before it tells that it is looked at.
      intervalMs: leadMs > -2 * FOCUS_MS ? FOCUS_MS : this.intervalMs,
    };
  }

  /** `news`: what the failed sample learned all the same. */
  fail(failure: SourceFailure, news?: FailureNews): void {
    this.changes++;
    this.recent.add(this.outages.failed(failure, news, this.current !== null));
    if (news !== undefined) {
      this.failedSignals = news.signals;
      this.failedFacts = news.facts ?? null;
    }
    this.failure = failure;
    this.failing = true;
    this.counts.failed++;
  }

  skip(): void {
    this.changes++;
    this.counts.skipped++;
  }

  /** A person has seen what a consumer lost. How many messages that were not seen before; null: no such consumer. */
  markLossesSeen(consumerId: string, at: EpochMs): number | null {
    const row = this.rowOf(consumerId);
    if (this.current === null || row < 0) return null;
    const { columns, observation, limits, layout } = this.current;
    const messages = markLossesSeen(columns, observation, limits[row]!, row);
    if (messages > 0) {
      this.changes++;
      const { key, backlogUnit } = layout.consumers[row]!;
      const title = `The loss of ${exactBacklog(messages, backlogUnit)} was marked as seen`;
      this.recent.add([{ at, kind: "loss-seen", title, consumerKey: key }]);
    }
    return messages;
  }

  /** Counts up with whatever is learned of the source. */
  get version(): number {
    return this.changes;
  }

  get sampled(): Sampled | null {
    return this.current;
  }

  /** When the newest sample was taken. */
  get asOf(): EpochMs | null {
    return this.current?.observation.finishedAt ?? null;
  }

  /** The last failure, also after a recovery. */
  get lastFailure(): SourceFailure | null {
    return this.failure;
  }

  /** Whether the newest attempt to sample it failed. */
  get isFailing(): boolean {
    return this.failing;
  }

  /** What the source shows of its own health; also what a sample that failed has learned. */
  get signals(): readonly SourceSignal[] {
    return this.failedSignals ?? this.current?.observation.signals ?? [];
  }

  /** What is known of the source as a whole: of one that is lost what the failed sample knew, where it knew anything. */
  get facts(): readonly SourceFact[] {
    return this.failedFacts ?? this.current?.observation.facts ?? [];
  }

  get events(): readonly SourceEvent[] {
    return this.recent.list;
  }

  /** Positions whose age the next sample had better look up: rows of the newest layout, worst first. */
  unaged(): readonly number[] {
    return this.current === null ? [] : this.unagedRows.of(this.current);
  }

  statusAt(now: EpochMs): SourceStatus {
    if (this.failing && this.failure !== null) return statusOfFailure(this.failure.code);
    if (this.asOf === null) return "waiting";
    return now - this.asOf > LATE_INTERVALS * this.intervalMs ? "late" : "live";
  }

  /** Whether its numbers may stand for now. A late source is still believed until it fails or five turns are gone. */
  isCurrentAt(now: EpochMs): boolean {
    const status = this.statusAt(now);
    return status === "live" || (status === "late" && now - (this.asOf ?? 0) <= 5 * this.intervalMs);
  }

  /** The collector's key of a consumer; null where this source has no such consumer now. */
  keyOf(consumerId: string): string | null {
    return this.current?.layout.consumers[this.rowOf(consumerId)]?.key ?? null;
  }

  rowOf(consumerId: string): number {
    return this.rowOfConsumer.get(consumerId) ?? -1;
  }

  private recordSeries({ observation, columns, consumerIds }: Sampled): void {
    const { consumers } = columns;
    this.series.begin(observation.finishedAt);
    for (const [row, id] of consumerIds.entries()) {
      this.series.set(id, 0, rateOf(consumers.dueWindow, row, RATE_WINDOW_MS));
      this.series.set(id, 1, rateOf(consumers.outWindow, row, RATE_WINDOW_MS));
      this.series.set(id, 2, consumers.backlog[row]!);
      this.series.set(id, 3, consumers.latencyMs[row]!);
    }
    if (this.counts.taken % SWEEP_SAMPLES === 0) this.series.retain(new Set(consumerIds));
  }
}
