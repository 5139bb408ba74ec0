import { judgeStream } from "../../derive/stream-verdict.ts";
import type { EpochMs } from "../../model/reading.ts";
import type { SourceEvent } from "../../model/source.ts";
import { severityRank, type Verdict } from "../../model/status.ts";
import type { StreamTrouble } from "../../sample/derived.ts";
import type { Sample } from "../../sample/sample.ts";
import type { Sampled } from "../sampled.ts";

/** That it is over is told once that has held for so long. */
const RECOVERY_MS = 10_000;

/**
 * The streams in trouble after a sample, and what has changed. Only those are kept: what is wrong is told at once, that it
 * is over once that has held for a while.
 *
 * @param before after the sample before
 */
export function nextTroubles(
  before: ReadonlyMap<string, StreamTrouble>,
  sample: Sample,
  inPerSecond: Float64Array,
): { readonly troubles: ReadonlyMap<string, StreamTrouble>; readonly events: SourceEvent[] } {
  const { layout } = sample;
  const troubles = new Map<string, StreamTrouble>();
  const events: SourceEvent[] = [];
  const now = sample.finishedAt;
  for (const row of sample.streams.signals?.keys() ?? []) {
    const verdict = judge(sample, inPerSecond, row);
    if (verdict.severity === "good") continue;
    const { key } = layout.streams[row]!;
    const known = before.get(key);
    const changed = known?.verdict.status !== verdict.status || known.verdict.severity !== verdict.severity;
    troubles.set(key, { verdict, since: changed ? now : known.since, goodAt: Number.NaN });
    if (changed) events.push(change(key, now, now, known?.verdict ?? null, verdict));
  }
  for (const [key, trouble] of before) {
    if (troubles.has(key)) continue;
    const goodAt = Number.isNaN(trouble.goodAt) ? now : trouble.goodAt;
    // A clock that was set back ends no waiting.
    if (now >= goodAt && now - goodAt < RECOVERY_MS) {
      troubles.set(key, { ...trouble, goodAt });
      continue;
    }
    const row = layout.streams.findIndex((info) => info.key === key);
    if (row >= 0) events.push(change(key, now, goodAt, trouble.verdict, judge(sample, inPerSecond, row)));
  }
  return { troubles, events };
}

/** The verdict to show of a stream, and since when; null: nothing was known to be wrong. */
export function verdictOfStream(
  { layout, derived, sample }: Sampled,
  row: number,
): Verdict & { readonly since: EpochMs | null } {
  const { troubles, inPerSecond } = derived.streams;
  const trouble = troubles.get(layout.streams[row]!.key);
  if (trouble === undefined) return { ...judge(sample, inPerSecond, row), since: null };
  const { verdict, since, goodAt } = trouble;
  if (Number.isNaN(goodAt)) return { ...verdict, since };
  return { ...verdict, because: `Until a moment ago: ${verdict.because}`, since };
}

/** Streams in trouble, worst first, by key. */
export function worstStreams({ derived }: Sampled): readonly (StreamTrouble & { readonly key: string })[] {
  return Array.from(derived.streams.troubles, ([key, trouble]) => ({ key, ...trouble })).sort(
    (a, b) => severityRank(a.verdict.severity) - severityRank(b.verdict.severity) || a.since - b.since,
  );
}

function judge({ finishedAt, streams }: Sample, inPerSecond: Float64Array, row: number): Verdict {
  return judgeStream({
    now: finishedAt,
    signals: streams.signals?.get(row) ?? [],
    inPerSecond: inPerSecond[row]!,
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
