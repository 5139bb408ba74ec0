import { formatInterval } from "../../format/index.ts";
import type { EpochMs } from "../../model/reading.ts";
import { type SourceEvent, type SourceFailure, statusOfFailure } from "../../model/source.ts";
import type { FailureNews } from "../../sample/collector-error.ts";

/** What the outages of a source come to. */
export interface OutageSum {
  /** Since when it has been lost; null while it is not. */
  readonly since: EpochMs | null;
  /** Outages since it is watched, and how long those that are over lasted, ms. */
  readonly count: number;
  readonly endedMs: number;
}

export const NO_OUTAGES: OutageSum = { since: null, count: 0, endedMs: 0 };

/** The outages of one source: an event when one begins, one when it is over, and what they come to. */
export class Outages {
  private count = 0;
  private endedMs = 0;
  private present: { readonly since: EpochMs; readonly was: "lost" | "refused" } | null = null;

  get sum(): OutageSum {
    return { since: this.present?.since ?? null, count: this.count, endedMs: this.endedMs };
  }

  /** What a failed sample tells: that the source is lost, once an outage, and what it had learned before it failed. */
  failed(failure: SourceFailure, news: FailureNews | undefined, wasSampled: boolean): SourceEvent[] {
    const events = news === undefined ? [] : [...news.events, ...healthEvents(news, failure.at)];
    if (this.present !== null) return events;
    const was = statusOfFailure(failure.code);
    this.present = { since: failure.at, was };
    this.count++;
    const before = wasSampled ? { before: "live" } : {};
    return [
      ...events,
      { at: failure.at, kind: "outage", title: failure.message, ...before, after: was, severity: "critical" },
    ];
  }

  /** The first sample after a failure ends the outage; none where there is none. */
  sampled(at: EpochMs): SourceEvent[] {
    if (this.present === null) return [];
    const { since, was } = this.present;
    const lastedMs = Math.max(0, at - since);
    this.present = null;
    this.endedMs += lastedMs;
    return [
      {
        at,
        began: since,
        kind: "outage",
        title: `The source is back after ${formatInterval(lastedMs)}`,
        before: was,
        after: "live",
        lastedMs,
        severity: "good",
      },
    ];
  }
}

/** A health service that says it goes, right before it is gone, is the reason. */
function healthEvents({ signals }: FailureNews, at: EpochMs): SourceEvent[] {
  return signals.flatMap((signal): SourceEvent[] => {
    if (signal.kind !== "health" || signal.says === "SERVING") return [];
    const who = signal.service === "" ? "The server" : `“${signal.service}”`;
    return [{ at, kind: "health", title: `${who} said ${signal.says}`, severity: "critical" }];
  });
}
