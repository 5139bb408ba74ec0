import { type ConsumerEvidence, explainStatus } from "../derive/because.ts";
import { TRENDS } from "../derive/low-points.ts";
import { UNKNOWN_READING } from "../model/reading.ts";
import type { Sentence } from "../model/sentence.ts";
import { STATUSES, type Status } from "../model/status.ts";
import { KeptEvidence } from "./lane-evidence.ts";
import { backlogOf, latencyOf, paceOf } from "./readings.ts";
import type { Sampled } from "./sampled.ts";

/** The sentence that explains the status shown of a consumer, with what only its system knows of it. */
export function explainConsumer(sampled: Sampled, row: number, status: Status): Sentence {
  const sentence = explainStatus(evidenceOf(sampled, row, status));
  const own = sampled.words.explain(sampled.sample, row, status);
  return own === null ? sentence : `${sentence} ${own}`;
}

function evidenceOf(sampled: Sampled, row: number, status: Status): ConsumerEvidence {
  const { layout, derived, sample } = sampled;
  const { consumers, watched } = derived;
  const { start, lane } = layout.positions;
  const limits = sampled.limits[row]!;
  const worst = consumers.worstPosition[row]!;
  const inFlight = consumers.inFlight[row]!;
  const unknownLanes = consumers.unknownLanes[row]!;
  const left = consumers.leftBacklog[row]!;
  const nameOf = (position: number) => laneName(sampled, lane[position]!);
  return {
    at: sample.finishedAt,
    status,
    limits,
    backlog: backlogOf(sampled, row),
    unit: layout.consumers[row]!.backlogUnit,
    pace: paceOf(sampled, row),
    trend: TRENDS[consumers.trend[row]!]!,
    // The round trip of a connection is no age of what waits for it.
    latencyMs: layout.consumers[row]!.kind === "connection" ? UNKNOWN_READING : latencyOf(sampled, row),
    inFlight: Number.isNaN(inFlight) ? null : inFlight,
    lanes: start[row + 1]! - start[row]!,
    worst:
      worst < 0 ? null : { name: nameOf(worst), evidence: new KeptEvidence(sample, derived).of(row, worst) },
    unknownLanes:
      unknownLanes === 0 ? null : { count: unknownLanes, name: nameOf(consumers.unknownPosition[row]!) },
    left:
      left > 0
        ? {
            messages: left,
            name: layout.streams[layout.lanes.stream[lane[consumers.leftPosition[row]!]!]!]!.name,
          }
        : null,
    recovering:
      consumers.judged[row] === consumers.status[row]
        ? null
        : {
            to: STATUSES[consumers.judged[row]!]!,
            forMs: watched.now - consumers.betterSince[row]!,
            afterMs: limits.recoveryMs,
          },
  };
}

/** `orders · 7`, or the stream alone where it has one lane by nature. */
export function laneName({ layout }: Pick<Sampled, "layout">, lane: number): string {
  const stream = layout.streams[layout.lanes.stream[lane]!]!;
  const label = layout.lanes.label?.[lane];
  if (label !== undefined) return label;
  return stream.kind === "topic" ? `${stream.name} · ${layout.lanes.number[lane]!}` : stream.name;
}
