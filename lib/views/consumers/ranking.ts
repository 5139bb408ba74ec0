import { type Status, severityOf, severityRank } from "../../model/status.ts";
import type { Sampled } from "../../pipeline/sampled.ts";

/** More than any impact has steps. */
const STEPS = 1_000;
/** A message that is lost weighs as much as one that has waited for so long. */
const LOST_SECONDS = 3_600;

/**
 * How far up a consumer stands, the worst with the smallest number: severity, then impact, and whatever is ignored
 * last. Impact is age × backlog, with what is lost on top, in powers of two, so that two rows of about the same weight
 * do not change places every second.
 */
export function worstRank(sampled: Sampled, row: number, status: Status): number {
  const place = sampled.limits[row]!.ignore ? 10 : severityRank(severityOf(status));
  return place * STEPS - impactStep(sampled, row);
}

function impactStep(sampled: Sampled, row: number): number {
  if (sampled.layout.consumers[row]!.backlogUnit === "bytes") return 0;
  const { backlog, latencyMs, lost } = sampled.derived.consumers;
  // Where nobody knows how old it is, it counts as new.
  const seconds = Math.max(1, (latencyMs[row]! || 0) / 1000);
  const weight = (backlog[row]! || 0) * seconds + lost[row]! * LOST_SECONDS;
  return weight === 0 ? 0 : 1 + Math.floor(Math.log2(weight));
}

/** By name, then by id: never before the weight. */
export function compareNames(a: Sampled, rowA: number, b: Sampled, rowB: number): number {
  return (
    compareText(a.layout.consumers[rowA]!.name, b.layout.consumers[rowB]!.name) ||
    compareText(a.consumerIds[rowA]!, b.consumerIds[rowB]!)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
