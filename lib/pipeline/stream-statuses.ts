import { RATE_WINDOW_MS, rateOf } from "../derive/rate.ts";
import { judgeStream } from "../derive/stream-verdict.ts";
import type { EpochMs } from "../model/reading.ts";
import type { SourceEvent } from "../model/source.ts";
import { severityRank, type Verdict } from "../model/status.ts";
import type { Sampled } from "./sampled.ts";

/** That it is over is told once that has held for so long. */
const RECOVERY_MS = 10_000;

/** A verdict that is not good, and since when; `goodAt`: since when the stream has been fine again, NaN while it is not. */
interface Trouble {
  readonly verdict: Verdict;
  readonly since: EpochMs;
  readonly goodAt: EpochMs;
}

/**
 * The health of a source's streams from sample to sample. Only those in trouble are kept: what is wrong is told at once,
 * that it is over once that has held for a while.
 */
export class StreamStatuses {
  private readonly troubles = new Map<string, Trouble>();

  /** Takes the newest sample and tells what has changed. */
  accept(sampled: Sampled): SourceEvent[] {
    const { layout, observation } = sampled;
    const events: SourceEvent[] = [];
    const now = observation.finishedAt;
    const wrong = new Set<string>();
    for (const row of observation.streams.signals?.keys() ?? []) {
      const verdict = judge(sampled, row);
      if (verdict.severity === "good") continue;
      const { key } = layout.streams[row]!;
      wrong.add(key);
      const before = this.troubles.get(key);
      const changed =
        before?.verdict.status !== verdict.status || before.verdict.severity !== verdict.severity;
      this.troubles.set(key, { verdict, since: changed ? now : before.since, goodAt: Number.NaN });
      if (changed) events.push(change(key, now, now, before?.verdict ?? null, verdict));
    }
    for (const [key, trouble] of this.troubles) {
      if (wrong.has(key)) continue;
      const goodAt = Number.isNaN(trouble.goodAt) ? now : trouble.goodAt;
      // A clock that was set back ends no waiting.
      if (now >= goodAt && now - goodAt < RECOVERY_MS) {
        this.troubles.set(key, { ...trouble, goodAt });
        continue;
      }
      this.troubles.delete(key);
      const row = layout.streams.findIndex((info) => info.key === key);
      if (row >= 0) events.push(change(key, now, goodAt, trouble.verdict, judge(sampled, row)));
    }
    return events;
  }

  /** The verdict to show, and since when; null: nothing was known to be wrong. */
  verdictOf(sampled: Sampled, row: number): Verdict & { readonly since: EpochMs | null } {
    const trouble = this.troubles.get(sampled.layout.streams[row]!.key);
    if (trouble === undefined) return { ...judge(sampled, row), since: null };
    const { verdict, since, goodAt } = trouble;
    if (Number.isNaN(goodAt)) return { ...verdict, since };
    return { ...verdict, because: `Until a moment ago: ${verdict.because}`, since };
  }

  /** Streams in trouble, worst first, by key. */
  worst(): readonly { readonly key: string; readonly verdict: Verdict; readonly since: EpochMs }[] {
    return [...this.troubles]
      .map(([key, { verdict, since }]) => ({ key, verdict, since }))
      .sort(
        (a, b) => severityRank(a.verdict.severity) - severityRank(b.verdict.severity) || a.since - b.since,
      );
  }
}

function judge({ columns, observation }: Sampled, row: number): Verdict {
  return judgeStream({
    now: observation.finishedAt,
    signals: observation.streams.signals?.get(row) ?? [],
    inPerSecond: rateOf(columns.streams.inWindow, row, RATE_WINDOW_MS),
  });
}

function change(
  streamKey: string,
  at: EpochMs,
  began: EpochMs,
  before: Verdict | null,
  after: Verdict,
): SourceEvent {
  return {
    at,
    began,
    kind: "status",
    title: after.because,
    ...(before === null ? {} : { before: before.status }),
    after: after.status,
    severity: after.severity,
    streamKey,
  };
}
