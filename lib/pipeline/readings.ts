import { RATE_WINDOW_MS, rateOf } from "../derive/rate.ts";
import { PROVENANCES, type Reading, toReading, UNKNOWN_READING } from "../model/reading.ts";
import type { Sampled } from "./sampled.ts";

/** Readings of one consumer, from the columns of its table's newest sample. */
export function dueOf({ columns }: Sampled, row: number): Reading {
  return toReading(rateOf(columns.consumers.dueWindow, row, RATE_WINDOW_MS));
}

export function outOf({ columns }: Sampled, row: number): Reading {
  return toReading(rateOf(columns.consumers.outWindow, row, RATE_WINDOW_MS));
}

export function backlogOf({ columns }: Sampled, row: number): Reading {
  const { backlog, backlogProvenance } = columns.consumers;
  return provenReading(backlog[row]!, backlogProvenance[row]!);
}

export function latencyOf({ columns }: Sampled, row: number): Reading {
  const { latencyMs, latencyProvenance } = columns.consumers;
  return provenReading(latencyMs[row]!, latencyProvenance[row]!);
}

/** A reading from a value and the index of its provenance. */
export function provenReading(value: number, provenanceIndex: number): Reading {
  const provenance = PROVENANCES[provenanceIndex]!;
  return provenance === "unknown" ? UNKNOWN_READING : toReading(value, provenance);
}
