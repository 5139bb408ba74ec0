import type { PaceOver } from "../derive/pace.ts";
import { PROVENANCES, type Reading, toReading, UNKNOWN_READING } from "../model/reading.ts";
import type { Sampled } from "./sampled.ts";

/** Readings of one consumer, from what was derived of a sample. */
export function dueOf({ derived }: Sampled, row: number): Reading {
  return toReading(derived.consumers.duePerSecond[row]!);
}

export function outOf({ derived }: Sampled, row: number): Reading {
  return toReading(derived.consumers.outPerSecond[row]!);
}

export function backlogOf({ derived }: Sampled, row: number): Reading {
  const { backlog, backlogProvenance } = derived.consumers;
  return provenReading(backlog[row]!, backlogProvenance[row]!);
}

export function latencyOf({ derived }: Sampled, row: number): Reading {
  const { latencyMs, latencyProvenance } = derived.consumers;
  return provenReading(latencyMs[row]!, latencyProvenance[row]!);
}

/** What became due and what was finished over its moves; null with fewer than two of them. */
export function paceOf({ derived }: Sampled, row: number): PaceOver | null {
  const { paceDue, paceOut, paceOverMs } = derived.consumers;
  const pace = { duePerSecond: paceDue[row]!, outPerSecond: paceOut[row]!, overMs: paceOverMs[row]! };
  return Number.isNaN(pace.overMs) ? null : pace;
}

/** A reading from a value and the index of its provenance. */
export function provenReading(value: number, provenanceIndex: number): Reading {
  const provenance = PROVENANCES[provenanceIndex]!;
  return provenance === "unknown" ? UNKNOWN_READING : toReading(value, provenance);
}
