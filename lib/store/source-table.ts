import { WINDOW_MS } from "../model/live.ts";
import type { EpochMs } from "../model/reading.ts";
import type { SourceSignal } from "../model/signal.ts";
import type { SourceEvent, SourceFact, SourceFailure, SourceIdentity } from "../model/source.ts";
import type { Status } from "../model/status.ts";
import { kindWord } from "../model/system.ts";
import { NO_OUTAGES, type OutageSum } from "../pipeline/events/outage-events.ts";
import { RecentEvents } from "../pipeline/events/recent-events.ts";
import type { FailedSample, SampleNews, SampleSink } from "../pipeline/sample-sink.ts";
import type { Sampled } from "../pipeline/sampled.ts";
import { FOCUS_MS } from "../pipeline/scheduler.ts";
import { CallTable } from "./call-table.ts";
import { MethodTable } from "./method-table.ts";
import { SectionTable } from "./section-table.ts";
import { SeriesTable } from "./series-table.ts";

/** Series of consumers that are gone are dropped this often. */
const SWEEP_SAMPLES = 60;

export const CONSUMER_MEASURES = ["due", "out", "backlog", "latency"] as const;

export interface SourceTableOptions {
  readonly identity: SourceIdentity;
  readonly intervalMs: number;
  /** Where it is, without secrets. */
  readonly address: string;
  /** Its kind, for people; absent: as the systems are called. */
  readonly kindName?: string;
  /** Whether its collector can be asked for single messages. Default false. */
  readonly canPeek?: boolean;
}

/** Everything there is to show of one source: its newest sample, its windows, its failures. */
export class SourceTable implements SampleSink {
  readonly identity: SourceIdentity;
  readonly address: string;
  readonly kindName: string;
  readonly intervalMs: number;
  readonly canPeek: boolean;
  readonly series: SeriesTable;
  readonly sections = new SectionTable();
  readonly calls = new CallTable();
  readonly methods = new MethodTable();
  readonly recent = new RecentEvents();
  readonly counts = { taken: 0, failed: 0, skipped: 0 };
  /** Changes of the status of consumers since it is watched, by what they became. */
  readonly statusChanges = new Map<Status, number>();
  outages: OutageSum = NO_OUTAGES;
  private changes = 0;
  /** How often each consumer was seen to change by itself since the newest sample of everything, by row. */
  private readonly looks = new Map<number, number>();
  private current: Sampled | null = null;
  private failure: SourceFailure | null = null;
  private failing = false;
  private failedSignals: readonly SourceSignal[] | null = null;
  private failedFacts: readonly SourceFact[] | null = null;
  /** The newest sample of what someone looks at, and of whom. */
  private focused: { readonly sampled: Sampled; readonly consumers: readonly number[] } | null = null;

  constructor({
    identity,
    intervalMs,
    address,
    kindName = kindWord(identity.kind),
    canPeek = false,
  }: SourceTableOptions) {
    this.identity = identity;
    this.intervalMs = intervalMs;
    this.address = address;
    this.kindName = kindName;
    this.canPeek = canPeek;
    this.series = new SeriesTable(CONSUMER_MEASURES, Math.ceil(WINDOW_MS / intervalMs));
  }

  take(sampled: Sampled, { events, statusChanges, outages }: SampleNews): void {
    const { sample } = sampled;
    this.changes++;
    this.looks.clear();
    this.current = sampled;
    this.failing = false;
    this.failedSignals = null;
    this.failedFacts = null;
    this.counts.taken++;
    this.outages = outages;
    for (const [to, count] of statusChanges) {
      this.statusChanges.set(to, (this.statusChanges.get(to) ?? 0) + count);
    }
    this.recordSeries(sampled);
    this.sections.accept(sample.sections ?? [], sample.finishedAt);
    this.calls.accept(sample.finishedAt, sample.calls);
    this.methods.accept(sample, sampled.streamIds);
    this.recent.add(events);
  }

  takeFocus(sampled: Sampled, consumers: readonly number[], news: readonly number[]): void {
    this.focused = { sampled, consumers };
    for (const row of news) this.looks.set(row, (this.looks.get(row) ?? 0) + 1);
  }

  takeFailure({ failure, news, events, outages }: FailedSample): void {
    this.changes++;
    this.outages = outages;
    this.recent.add(events);
    if (news !== undefined) {
      this.failedSignals = news.signals;
      this.failedFacts = news.facts ?? null;
    }
    this.failure = failure;
    this.failing = true;
    this.counts.failed++;
  }

  takeSkip(): void {
    this.changes++;
    this.counts.skipped++;
  }

  takeNote(sampled: Sampled, events: readonly SourceEvent[]): void {
    this.changes++;
    this.current = sampled;
    // What was sampled of it in between knows nothing of what was done.
    this.focused = null;
    this.recent.add(events);
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
    const leadMs = focused.sampled.sample.finishedAt - current.sample.finishedAt;
    return {
      sampled: leadMs > 0 ? focused.sampled : current,
      // Right after a full sample the one before it tells that it is looked at.
      intervalMs: leadMs > -2 * FOCUS_MS ? FOCUS_MS : this.intervalMs,
    };
  }

  /** Counts up with whatever is learned of the source as a whole. */
  get version(): number {
    return this.changes;
  }

  /** Differs with whatever is learned of a consumer, also between two samples of everything. */
  versionOf(row: number): string {
    return `${this.changes}.${this.looks.get(row) ?? 0}`;
  }

  get sampled(): Sampled | null {
    return this.current;
  }

  /** When the newest sample was taken. */
  get asOf(): EpochMs | null {
    return this.current?.sample.finishedAt ?? null;
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
    return this.failedSignals ?? this.current?.sample.signals ?? [];
  }

  /** What is known of the source as a whole: of one that is lost what the failed sample knew, where it knew anything. */
  get facts(): readonly SourceFact[] {
    return this.failedFacts ?? this.current?.sample.facts ?? [];
  }

  get events(): readonly SourceEvent[] {
    return this.recent.list;
  }

  /** The collector's key of a consumer; null where this source has no such consumer now. */
  keyOf(consumerId: string): string | null {
    return this.current?.layout.consumers[this.rowOf(consumerId)]?.key ?? null;
  }

  rowOf(consumerId: string): number {
    return this.current?.rowOfConsumer.get(consumerId) ?? -1;
  }

  private recordSeries({ sample, derived, consumerIds }: Sampled): void {
    const { consumers } = derived;
    this.series.begin(sample.finishedAt);
    const { duePerSecond, outPerSecond, backlog, latencyMs } = consumers;
    this.series.setAll(consumerIds, [duePerSecond, outPerSecond, backlog, latencyMs]);
    if (this.counts.taken % SWEEP_SAMPLES === 0) this.series.retain(new Set(consumerIds));
  }
}
