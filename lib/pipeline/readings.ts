import { RATE_WINDOW_MS, rateOf } from "../derive/rate.ts";
import { PROVENANCES, type Reading, toReading, unknownReading } from "../model/reading.ts";
import type { Sampled } from "./sampled.ts";

/** Readings of one consumer, from the columns of its table's newest sample. */
export function dueOf({ columns, observation }: Sampled, row: number): Reading {
  return toReading(rateOf(columns.consumers.dueWindow, row, RATE_WINDOW_MS), observation.finishedAt);
}

export function outOf({ columns, observation }: Sampled, row: number): Reading {
  return toReading(rateOf(columns.consumers.outWindow, row, RATE_WINDOW_MS), observation.finishedAt);
}

export function backlogOf({ columns, observation }: Sampled, row: number): Reading {
  const { backlog, backlogProvenance } = columns.consumers;
  return provenReading(backlog[row]!, observation.finishedAt, backlogProvenance[row]!);
}

export function latencyOf({ columns, observation }: Sampled, row: number): Reading {
  const { latencyMs, latencyProvenance } = columns.consumers;
  return provenReading(latencyMs[row]!, observation.finishedAt, latencyProvenance[row]!);
}

/** A reading from a value and the index of its provenance. */
export function provenReading(value: number, asOf: number, provenanceIndex: number): Reading {
  const provenance = PROVENANCES[provenanceIndex]!;
  return provenance === "unknown" ? unknownReading(asOf) : toReading(value, asOf, provenance);
}
